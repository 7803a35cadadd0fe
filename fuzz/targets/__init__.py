"""The readers of outside text, one a module; each has a ``TARGET``."""
