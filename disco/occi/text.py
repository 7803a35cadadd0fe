r"""Values on the wire: quoting, escapes, and what may not be in them.

A quoted string escapes ``"`` and ``\`` with a backslash, with one exception: a
newline is the two characters ``\`` and ``n``, in every rendering, as clients of
the original expect of keys. A backslash before an ``n`` is therefore neither
added to nor removed, and a backslash before any other character than a quote
or a backslash is read as itself.

Bodies are UTF-8. Headers carry the same UTF-8 bytes, presented as a latin-1
string, as WSGI (PEP 3333) asks for; they are read in the same way, and taken as
latin-1 where they are not UTF-8.
"""

from __future__ import annotations

import functools
import re

from disco.untrusted import is_plain

BLANKS = " \t"
#: printable text and the tab; C1 controls are no text either
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,254}")
TERM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")

_NEWLINE = re.compile(r"\r\n|\r|\n")
_TO_ESCAPE = re.compile(r'\\(?!n)|"')
_QUOTED = {q: re.compile(rf"{q}([^{q}\\]*(?:\\.[^{q}\\]*)*){q}", re.S) for q in "\"'"}
_ESCAPED = {q: re.compile(rf"\\([{q}\\])") for q in "\"'"}
_BLANKS, _OPENING = re.compile(f"[{BLANKS}]*+"), re.compile(f"[{BLANKS}]*+<")
_LONGEST_SHOWN = 64


class Malformed(ValueError):
    """A value that cannot be read; its text says why and never holds the value."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


def wire_value(value: str) -> str:
    r"""``value`` as one line of text: newlines become ``\n``, other controls ``?``."""
    if is_plain(value):
        return value
    line = CONTROL.sub("?", _NEWLINE.sub(r"\\n", value))
    return line.encode("utf-8", "replace").decode("utf-8")


def quote(value: str) -> str:
    """``value`` as a quoted string."""
    return '"' + _TO_ESCAPE.sub(r"\\\g<0>", wire_value(value)) + '"'


def quote_all(value: str) -> str:
    r"""``value`` as a quoted string of HTTP (RFC 9110, 5.6.4): the ``\`` of ``\n`` is escaped."""
    return '"' + re.sub(r'[\\"]', r"\\\g<0>", wire_value(value)) + '"'


def plain_title(title: str) -> str:
    """A category's title without the characters at which common readers end it, or a list."""
    return re.sub(r"\s*[,;]+\s*", " - ", title.replace('"', "'").replace("\\", "/")).strip(" -")


def unquote(raw: str) -> str:
    """The value that ``raw`` stands for, in double, single or no quotes.

    Raises:
        Malformed: the quotes are not balanced, or something follows them.
    """
    raw = raw.strip(BLANKS)
    mark = raw[:1]
    if mark not in ('"', "'"):
        if '"' in raw:
            raise Malformed("a quotation mark inside a value without quotes", "unbalanced-quotes")
        return raw
    match = _QUOTED[mark].match(raw)
    if match is None:
        raise Malformed(
            "the quotes are not balanced: the closing one is missing", "unbalanced-quotes"
        )
    if raw[match.end() :].strip(BLANKS + ";"):
        raise Malformed(
            "the quotes are not balanced: text after the closing one", "unbalanced-quotes"
        )
    return _ESCAPED[mark].sub(r"\1", match[1])


def split(text: str, separator: str, inner: str = "") -> list[str]:
    """The parts of ``text`` between separators outside of quotes.

    Quotes open only where a value begins, right after a part's first ``=``, so
    that an apostrophe in a bare value is text. ``inner`` are separators of a
    lower level, at which new values begin too. A part that begins with ``<`` has
    no separator before the ``>``.
    """
    # strangers send headers of 128 KiB: what is not a separator is left to the expressions
    ends, ends_or_value = _stops(separator + inner)
    last_bracket = text.rfind(">")
    parts: list[str] = []
    start = 0
    position = _end_of_brackets(text, start, last_bracket)
    stops = ends_or_value
    while stop := stops.search(text, position):
        position = stop.end()
        if stop[0] == "=" and stops is ends_or_value:
            stops = ends
            position = _end_of_quoted(text, position)
            continue
        stops = ends_or_value
        if stop[0] == separator:
            parts.append(text[start : stop.start()])
            start = position
            position = _end_of_brackets(text, start, last_bracket)
    parts.append(text[start:])
    return parts


@functools.cache
def _stops(separators: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Expressions for the next separator, and for that or the beginning of a value."""
    either = re.escape(separators)
    return re.compile(f"[{either}]"), re.compile(f"[{either}=]")


def _end_of_brackets(text: str, position: int, last_bracket: int) -> int:
    """Where a part goes on that begins here with ``<...>``; ``position`` if it does not."""
    opened = _OPENING.match(text, position)
    if opened is None or opened.end() > last_bracket:
        return position
    return text.index(">", opened.end()) + 1


def _end_of_quoted(text: str, position: int) -> int:
    """Where a value that begins here with a quote ends; ``position`` if it has none."""
    blanks = _BLANKS.match(text, position)
    position = blanks.end() if blanks else position
    quoted = _QUOTED.get(text[position : position + 1])
    if quoted is None:
        return position
    match = quoted.match(text, position)
    return match.end() if match else len(text)


def shown(text: str) -> str:
    """A piece of a request that may be repeated in an error: short and escaped."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")


def from_header(value: str) -> str:
    """A header value as WSGI gives it, as text."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def to_header(value: str) -> str:
    """One line of text as a header value for WSGI."""
    return wire_value(value).encode("utf-8").decode("latin-1")


def plain_name(name: str) -> str:
    """An attribute's name without what would break the line that it stands in."""
    return re.sub(r"[^A-Za-z0-9_.:-]", "_", name)
