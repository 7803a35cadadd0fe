"""Passwords in URLs, which nobody is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PASSWORD = re.compile(r"(://[^/\s:@?#]*):[^/\s]*@")


def mask_passwords(text: str) -> str:
    """Put ``***`` in the place of passwords in URLs."""
    return _PASSWORD.sub(r"\1:***@", text) if "://" in text else text


def mask_value(value: object) -> object:
    """A property's value likewise; a family of properties is a mapping."""
    if isinstance(value, Mapping):
        return {name: mask_value(item) for name, item in value.items()}
    return mask_passwords(value) if isinstance(value, str) else value
