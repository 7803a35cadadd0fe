"""The compute service (Nova v2.1)."""
