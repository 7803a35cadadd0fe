"""Which form of the text renderings a client reads, where clients want different ones.

A client that names its version of OCCI reads what the specification says; who names none is
taken for a client of the original. The version stands in ``User-Agent``, as OCCI asks for
(GFD.185, 3.6.6; GFD.223, 5.3), or in ``Accept``, for clients that cannot set the former.
"""

from __future__ import annotations

import re
from enum import Enum

from disco.occi.media import MediaType, ranges
from disco.occi.text import NAME

VERSION = re.compile(r"\bOCCI/([0-9]++)\.([0-9]++)")


class Dialect(Enum):
    """The form of the text renderings; the value is the version that asks for it."""

    ORIGINAL = ""
    OCCI_11 = "1.1"
    OCCI_12 = "1.2"

    @property
    def names(self) -> re.Pattern[str]:
        """Names of attributes that can be written in it."""
        return _NAMES[self]


_NAMES = {
    Dialect.ORIGINAL: NAME,
    Dialect.OCCI_11: re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*"),
    Dialect.OCCI_12: re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"),
}


def find_dialect(accept: str | None, user_agent: str | None, chosen: str) -> Dialect:
    """The form that a client asks for, ``chosen`` being the media type of the answer.

    The most exact one holds: the parameter ``version`` (or ``occi``) of the media type in
    ``Accept``, then ``OCCI/1.x`` anywhere in ``Accept``, then the one in ``User-Agent``. Of
    several the newer counts; 1.0 counts as 1.1, and versions that there are not are passed over.
    """
    name = MediaType.parse(chosen).name
    for media in ranges(accept or ""):
        version = media.parameters.get("version") or media.parameters.get("occi")
        if media.name == name and version in (Dialect.OCCI_11.value, Dialect.OCCI_12.value):
            return Dialect(version)
    return _named(accept) or _named(user_agent) or Dialect.ORIGINAL


def _named(header: str | None) -> Dialect | None:
    found = VERSION.findall(header or "")
    versions = {f"{int(major[:4])}.{int(minor[:4])}" for major, minor in found}
    if Dialect.OCCI_12.value in versions:
        return Dialect.OCCI_12
    return Dialect.OCCI_11 if versions & {Dialect.OCCI_11.value, "1.0"} else None
