"""Programs that run inside a node which has no systemd; they need nothing but Python's library.

The folder is copied into the node as it is, so nothing here imports DISCO.
"""
