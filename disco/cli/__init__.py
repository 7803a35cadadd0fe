"""The commands of DISCO."""
