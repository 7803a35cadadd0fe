"""Why the node agent does not carry out a call."""

from __future__ import annotations


class HostError(Exception):
    """A call that cannot be carried out; the text is for the caller."""
