"""Pieces of bash that take any text."""

from __future__ import annotations


def here_document(text: str) -> str:
    """A quoted here-document of ``text``; its terminator is not a line of it.

    The same terminator for nearly all, since scripts are compressed: one of its own for each
    took 1,400 bytes of the user data of a master with all frameworks.
    """
    text = text if text.endswith("\n") else text + "\n"
    end = "DISCO_FILE"
    while f"\n{end}\n" in f"\n{text}":
        end += "_"
    return f"<<'{end}'\n{text}{end}\n"


def function(name: str, body: str) -> str:
    """A bash function; never empty, since bash does not take that."""
    body = body if body.endswith("\n") or not body else body + "\n"
    return f"{name}() {{\n:\n{body}}}\n"
