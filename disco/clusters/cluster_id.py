"""The ids of clusters: UUIDs, in one form."""

from __future__ import annotations

import uuid


def parse_id(text: str) -> str | None:
    """A cluster id in its canonical form, or None if ``text`` is not a UUID."""
    try:
        canonical = str(uuid.UUID(text))
    except (ValueError, AttributeError):
        return None
    return canonical if text.lower() == canonical else None
