"""What a cluster is doing, and why it failed."""
