"""``make demo``: DISCO's main job on the embedded cloud, through its HTTP interface."""
