"""Pieces of bash that take any text."""

from __future__ import annotations

import hashlib


def here_document(text: str) -> str:
    """A quoted here-document of ``text``; its terminator is not a line of it."""
    end = f"DISCO_{hashlib.sha256(text.encode()).hexdigest()[:12].upper()}"
    text = text if text.endswith("\n") else text + "\n"
    return f"<<'{end}'\n{text}{end}\n"


def function(name: str, body: str) -> str:
    """A bash function; never empty, since bash does not take that."""
    body = body if body.endswith("\n") or not body else body + "\n"
    return f"{name}() {{\n:\n{body}}}\n"
