"""What is done with one cluster that works: commands, and other numbers of workers."""
