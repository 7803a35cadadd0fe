"""A node: its root file system, processes, limits and volumes."""
