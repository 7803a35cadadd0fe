"""OCCI in headers, ``text/occi``: four of them, separated by zero bytes."""

from __future__ import annotations

from fuzz.parts import as_fields, as_header
from fuzz.target import Target
from fuzz.targets.occi_plain import WORDS, read

NAMES = ("Category", "X-OCCI-Attribute", "X-OCCI-Location", "Link")


def run(data: bytes) -> str:
    """Read a request without a body."""
    values = map(as_header, as_fields(data, 4))
    return read("text/occi", dict(zip(NAMES, values, strict=True)), b"")


TARGET = Target(run, dictionary=WORDS, answer_bytes=1 << 17, answer_factor=60)
