"""A script of the user's, as it travels in an attribute."""

from __future__ import annotations

import base64
import gzip


def packed_script(text: str) -> str:
    """A script as its attribute carries it; an address stays as it is."""
    if text.startswith("https://") and not text.strip().count("\n"):
        return text.strip()
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
