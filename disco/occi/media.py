"""Media types, and the choice among them (RFC 9110, sections 8.3 and 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from disco.errors import Fault, NotAcceptable
from disco.occi.text import shown, split

TEXT_PLAIN = "text/plain"
TEXT_OCCI = "text/occi"
TEXT_OCCI_PLAIN = "text/occi+plain"
URI_LIST = "text/uri-list"
HTML = "text/html"
OCCI_JSON = "application/occi+json"
OCCI_JSON_12 = "application/occi+json; version=1.2"
JSON = "application/json"

#: those that answers can be rendered in
MEDIA_TYPES = (
    TEXT_PLAIN,
    TEXT_OCCI,
    TEXT_OCCI_PLAIN,
    URI_LIST,
    OCCI_JSON,
    OCCI_JSON_12,
    JSON,
    HTML,
)
#: those that requests are read in
READABLE = (TEXT_OCCI, TEXT_PLAIN, TEXT_OCCI_PLAIN, URI_LIST, OCCI_JSON, JSON)

#: ranges of an Accept header that are looked at, and characters; browsers send ten
MAX_RANGES, MAX_ACCEPT = 100, 8 * 1024

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True)
class MediaType:
    """A media type or range; name and parameter names in lower case."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> MediaType:
        """Read ``type/subtype; name=value``; what is no parameter is passed over."""
        name, *rest = split(text, ";")
        parameters = {}
        for part in rest:
            key, equals, value = part.partition("=")
            if equals:
                parameters[key.strip().lower()] = value.strip().strip('"')
        return cls(name.strip().lower(), parameters)

    @property
    def is_occi_12(self) -> bool:
        """Whether this is a JSON rendering in the form of OCCI 1.2."""
        return self.name == JSON or (
            self.name == OCCI_JSON and self.parameters.get("version") == "1.2"
        )


@dataclass(frozen=True)
class _Range:
    """One range of an Accept header, and its place in it."""

    media: MediaType
    quality: float
    place: int

    def specificity(self, offered: MediaType) -> int:
        """How closely this names ``offered``: 0 is not at all, 1 is ``*/*``."""
        name = self.media.name
        if name == "*/*":
            return 1
        if name.endswith("/*"):
            return 2 if offered.name.startswith(name[:-1]) else 0
        if name != offered.name:
            return 0
        version = self.media.parameters.get("version")
        if version is None:
            return 3
        return 4 if version in _versions(offered) else 0


def _versions(offered: MediaType) -> tuple[str, ...]:
    """The OCCI versions of a rendering; only the JSON ones differ."""
    if offered.is_occi_12:
        return ("1.2",)
    return ("1.1",) if offered.name == OCCI_JSON else ("1.1", "1.2")


def negotiate(accept: str | None, offered: Sequence[str], default: str = TEXT_PLAIN) -> str:
    """The one of ``offered`` that the client likes best.

    The highest q wins; among equals one that is named before one that only a
    wildcard covers, then the one named first, as the original chose, then the
    default, then the order of ``offered``.

    Raises:
        NotAcceptable: naming Accept and what is offered.
    """
    if accept is None or not accept.strip():
        return default
    ranges = list(_ranges(accept))
    best: tuple[tuple[float, bool, int, bool], str] | None = None
    for name in offered:
        media = MediaType.parse(name)
        fitting = [(r.specificity(media), r) for r in ranges if r.specificity(media)]
        if not fitting:
            continue
        specificity, chosen = max(fitting, key=lambda pair: (pair[0], -pair[1].place))
        named = specificity > 2
        rank = (chosen.quality, named, -chosen.place if named else 0, name == default)
        if chosen.quality > 0 and (best is None or rank > best[0]):
            best = rank, name
    if best is None:
        raise _not_acceptable(accept, offered)
    return best[1]


def ranges(accept: str) -> Iterator[MediaType]:
    """The media types and ranges of an Accept header, in their order."""
    if len(accept) > MAX_ACCEPT:
        accept = accept[:MAX_ACCEPT].rpartition(",")[0]
    for part in split(accept, ",", inner=";")[:MAX_RANGES]:
        yield MediaType.parse(part)


def _ranges(accept: str) -> Iterator[_Range]:
    for place, media in enumerate(ranges(accept)):
        quality = media.parameters.get("q", "1")
        if media.name and _QUALITY.fullmatch(quality):
            # "*" alone is what some old Java clients send
            name = "*/*" if media.name == "*" else media.name
            yield _Range(MediaType(name, media.parameters), float(quality), place)


def _not_acceptable(accept: str, offered: Sequence[str]) -> NotAcceptable:
    fault = Fault(
        "Accept",
        f"This service is unable to understand the mime type: {shown(accept.strip())}",
        ", ".join(offered),
        "not-acceptable",
    )
    return NotAcceptable(str(fault), faults=[fault])
