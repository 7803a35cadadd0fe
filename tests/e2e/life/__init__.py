"""Clusters from their creation to their end, on one cloud with nodes."""
