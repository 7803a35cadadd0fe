"""A marker of events: ``since`` and ``Last-Event-ID``."""

from __future__ import annotations

from disco.status.events import Position
from fuzz.parts import as_text
from fuzz.target import Target

TARGET = Target(
    lambda data: Position.parse(as_text(data)),
    dictionary=("h", "~0-1", "~1-22", "0123456789abcdef-"),
)
