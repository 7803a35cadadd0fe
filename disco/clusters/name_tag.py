"""The tags by which a stack tells its cluster's name, so that a list can show it.

Heat allows 80 characters a tag, no comma, and on some databases nothing but ASCII. A name
is written as in URLs, in as many tags as it takes, each with its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote

from disco.untrusted import one_line

#: the longest name that a list tells in full, in characters
MAX_NAME = 255
_PART = 60
#: a character takes up to four bytes, and each of them three characters
_MAX_TAGS = MAX_NAME * 12 // _PART + 1
_PREFIX = "disco-name-"
_TAG = re.compile(rf"{_PREFIX}(?P<number>[0-9]{{1,2}})=(?P<part>[A-Za-z0-9_.~%-]{{1,80}})")


def name_tags(name: str) -> Iterator[str]:
    """What a stack says of its cluster's name; nothing where it has none."""
    text = quote(one_line(name.strip(), MAX_NAME), safe="")
    for number, begin in enumerate(range(0, len(text), _PART), 1):
        yield f"{_PREFIX}{number}={text[begin : begin + _PART]}"


def tagged_name(tags: Iterable[str]) -> str:
    """The name that a stack's tags tell; empty where there is none, or not a whole one."""
    parts: dict[int, str] = {}
    for tag in tags:
        match = tag.startswith(_PREFIX) and _TAG.fullmatch(tag)
        if match and 0 < int(match["number"]) <= _MAX_TAGS:
            parts[int(match["number"])] = match["part"]
    if not parts or sorted(parts) != [*range(1, len(parts) + 1)]:
        return ""  # users write tags, too
    text = "".join(parts[number] for number in sorted(parts))
    return one_line(unquote(text, errors="replace"), MAX_NAME)
