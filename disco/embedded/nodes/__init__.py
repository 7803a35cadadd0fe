"""Nodes on this machine for the servers of the embedded cloud."""
