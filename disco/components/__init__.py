"""Components: what they declare, how requests choose them, in which order they install."""
