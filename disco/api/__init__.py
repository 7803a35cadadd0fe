"""The HTTP interface: OCCI over Falcon. Thin: it reads requests and writes answers."""
