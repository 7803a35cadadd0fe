"""The header ``Accept``, and the media types in it."""

from __future__ import annotations

from disco.occi import MEDIA_TYPES, negotiate
from fuzz.parts import as_header
from fuzz.target import Target

TARGET = Target(
    lambda data: negotiate(as_header(data), MEDIA_TYPES),
    dictionary=(*MEDIA_TYPES, ";q=", "*/*", "text/*", "0.5", "; version=1.2"),
)
