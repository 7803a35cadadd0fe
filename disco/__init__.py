"""DISCO: one HTTP request becomes a distributed computing cluster on OpenStack."""

__version__ = "2.0.0.dev0"
