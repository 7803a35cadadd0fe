"""One module for each address of the HTTP interface."""
