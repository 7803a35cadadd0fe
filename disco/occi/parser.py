"""From a request's content type, headers and body to a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from disco.errors import Fault, InvalidRequest, UnsupportedMediaType
from disco.occi.grammar import (
    ATTRIBUTE,
    CATEGORY,
    LINK,
    LOCATION,
    AttributeReader,
    read_categories,
    read_links,
    read_locations,
    refuse_if_any,
)
from disco.occi.json_reader import read_json
from disco.occi.media import (
    JSON,
    OCCI_JSON,
    READABLE,
    TEXT_OCCI,
    TEXT_PLAIN,
    URI_LIST,
    MediaType,
)
from disco.occi.message import CategoryRef, LinkRef, Message
from disco.occi.text import BLANKS, from_header, shown

#: charsets that a body may name, as Python knows them
CHARSETS = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "us-ascii": "utf-8-sig",
    "iso-8859-1": "latin-1",
}

_HEADER = re.compile(r"[ \t]*(category|x[-_]occi[-_](attribute|location)|link)[ \t]*:", re.I)


def parse_message(content_type: str | None, headers: Mapping[str, str], body: bytes) -> Message:
    """The content of a request.

    Without a content type, a body is text/plain. Without a body, the headers
    are read, for clients that forget to say text/occi.

    ``content_type`` is the header's value with its parameters. ``headers`` are
    found by name in any case, repeated ones joined with commas; those read are
    Category, X-OCCI-Attribute, X-OCCI-Location and Link.

    Raises:
        InvalidRequest: malformed; with every fault that was found.
        UnsupportedMediaType: a content type that is not read.
    """
    if content_type is None or not content_type.strip():
        media = MediaType(TEXT_PLAIN)
    else:
        media = MediaType.parse(content_type)
        if media.name not in READABLE:
            raise _unsupported(content_type)
    if media.name == URI_LIST:
        return _read_uri_list(_decode(media, body))
    if media.name == TEXT_OCCI or not body.strip():
        return _read_headers(headers)
    text = _decode(media, body)
    if media.name in (JSON, OCCI_JSON):
        return read_json(text)
    return _read_lines(text)


def _unsupported(content_type: str) -> UnsupportedMediaType:
    name = content_type.partition(";")[0].strip()
    fault = Fault(
        "Content-Type",
        f"This service is unable to understand the mime type: {shown(name)}",
        ", ".join(READABLE),
        "unsupported-media-type",
    )
    return UnsupportedMediaType(str(fault), faults=[fault])


def _decode(media: MediaType, body: bytes) -> str:
    charset = media.parameters.get("charset", "utf-8").lower()
    if charset not in CHARSETS:
        text = f"Content-Type names the unknown charset {shown(charset)}"
        raise InvalidRequest.of([Fault("Content-Type", text, "utf-8", "unknown-charset")])
    try:
        return body.decode(CHARSETS[charset])
    except UnicodeDecodeError as error:
        text = f"byte {error.start} is not {charset.upper()}"
        raise InvalidRequest.of([Fault("body", text, "UTF-8", "not-utf8")]) from None


class _Gatherer:
    """Takes the values of OCCI headers, from headers or from lines of a body."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._categories: list[CategoryRef] = []
        self._attributes = AttributeReader()
        self._locations: list[str] = []
        self._links: list[LinkRef] = []
        self._readers: dict[str, Callable[[str], None]] = {
            CATEGORY.lower(): lambda v: self._categories.extend(read_categories(v, self.faults)),
            ATTRIBUTE.lower(): self._attributes.read,
            LOCATION.lower(): lambda v: self._locations.extend(
                read_locations(v.split(","), self.faults)
            ),
            LINK.lower(): lambda v: self._links.extend(read_links(v, self.faults)),
        }

    def take(self, name: str, value: str) -> bool:
        """Read ``value``; False if ``name`` is none of OCCI's."""
        reader = self._readers.get(name.strip(BLANKS).lower().replace("_", "-"))
        if reader is not None:
            reader(value)
        return reader is not None

    def message(self) -> Message:
        refuse_if_any([*self.faults, *self._attributes.faults])
        return Message(
            categories=tuple(self._categories),
            attributes=self._attributes.found,
            locations=tuple(self._locations),
            links=tuple(self._links),
        )


def _read_headers(headers: Mapping[str, str]) -> Message:
    gatherer = _Gatherer()
    for name, value in headers.items():
        gatherer.take(name, from_header(value))
    return gatherer.message()


def _read_lines(text: str) -> Message:
    gatherer = _Gatherer()
    for number, line in _unfold(text):
        name, colon, value = line.partition(":")
        if not (colon and gatherer.take(name, value)):
            allowed = ", ".join(f"{n}:" for n in (CATEGORY, ATTRIBUTE, LOCATION, LINK))
            reason = f"line {number} does not begin with the name of an OCCI header"
            gatherer.faults.append(Fault("body", reason, allowed, "bad-line"))
    return gatherer.message()


def _unfold(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers.

    A line that begins with a blank goes on with the one before it, as headers did (RFC 2616,
    2.2), unless it begins with the name of an OCCI header, because it is only indented.
    """
    first = 0
    pieces: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not line.strip(BLANKS):
            continue
        if pieces and line[0] in BLANKS and not _HEADER.match(line):
            pieces.append(line.strip(BLANKS))
            continue
        if pieces:
            yield first, " ".join(pieces)
        first, pieces = number, [line]
    if pieces:
        yield first, " ".join(pieces)


def _read_uri_list(text: str) -> Message:
    faults: list[Fault] = []
    lines = [line.removesuffix("\r") for line in text.split("\n") if not line.startswith("#")]
    found = read_locations(lines, faults)
    refuse_if_any(faults)
    return Message(locations=found)
