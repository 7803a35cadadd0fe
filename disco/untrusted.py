"""Readers for text that comes from outside: clients, nodes, stacks, the cloud's answers.

Every JSON text, number and time that DISCO did not write itself is read here. What cannot be
read raises `Malformed`, a ``ValueError`` whose sentence can be shown, and never anything else:
not ``RecursionError`` for nesting, not ``OverflowError`` for a number or date that is far off,
not ``UnicodeError`` for half a surrogate pair. Size, depth and count are bounded before
anything is parsed, so that reading costs about as much as the text is long.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any, NoReturn

#: of a JSON text: bytes, nesting, values in all, digits of a number
MAX_BYTES, MAX_DEPTH, MAX_VALUES, MAX_DIGITS = 1 << 20, 32, 20_000, 30
#: strings as a whole, so that brackets in them do not count; linear, for nothing is tried twice
_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*+"?|[\[{]|[\]}]|,', re.S)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]+")
_C1 = re.compile("[\x7f-\x9f]")
_HALF = re.compile("[\ud800-\udfff]")
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Malformed(ValueError):
    """A text from outside that cannot be read; the message says why."""


def read_json(
    text: str | bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_values: int = MAX_VALUES,
) -> Any:
    """The value of a JSON text (RFC 8259).

    Args:
        text: UTF-8 where it is bytes.
        max_bytes: its largest size.
        max_depth: how many arrays and objects may stand in one another.
        max_values: how many members and elements there may be in all.

    Raises:
        Malformed: not JSON, beyond one of the limits, a number of more than 30 digits or that
            is infinite or not a number, or half of a surrogate pair in a string.
    """
    decoded = _decode(text, max_bytes)
    _check_shape(decoded, max_depth, max_values)
    try:
        value = json.loads(
            decoded, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
        if _SURROGATE.search(decoded):
            json.dumps(value, ensure_ascii=False).encode()
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    return value


def read_json_object(text: str | bytes, **limits: int) -> dict[str, Any]:
    """A JSON text that must be an object; limits as in `read_json`.

    Raises:
        Malformed: it is not one.
    """
    value = read_json(text, **limits)
    if not isinstance(value, dict):
        raise Malformed("not a JSON object")
    return value


def read_int(text: str, low: int, high: int) -> int:
    """A decimal number between ``low`` and ``high``, which are allowed; no sign unless negative.

    The whole text counts, leading zeros too: what is checked is what is used.

    Raises:
        Malformed: something else.
    """
    digits = max(len(str(low)), len(str(high)))
    if not isinstance(text, str) or not re.fullmatch(rf"-?[0-9]{{1,{digits}}}", text):
        raise Malformed(f"not a number from {low} to {high}")
    number = int(text)
    if not low <= number <= high:
        raise Malformed(f"not a number from {low} to {high}")
    return number


def read_seconds(value: object, most: float = 1e9) -> float:
    """A duration in seconds that JSON told: finite, from 0 to ``most``.

    Raises:
        Malformed: something else.
    """
    # comparisons are false for what is not a number, and need no conversion of large ones
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= most:  # type: ignore[operator]
        raise Malformed("not a number of seconds")
    return float(value)  # type: ignore[arg-type]


def read_time(text: str) -> datetime:
    """A time as ISO 8601 writes it, between the years 1970 and 9999; without a zone it is UTC.

    Raises:
        Malformed: something else.
    """
    try:
        if not isinstance(text, str) or len(text) > 40:
            raise Malformed("not a time")
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("not a time") from error
    if not _EARLIEST <= moment < _LATEST:
        raise Malformed("not a time")
    return moment


def read_epoch(text: str) -> datetime:
    """A time as whole seconds since 1970, before the year 9999.

    Raises:
        Malformed: something else.
    """
    return datetime.fromtimestamp(read_int(text, 0, int(_LATEST.timestamp()) - 1), UTC)


def is_plain(text: str) -> bool:
    """Whether a text is one line of printable ASCII, as most are, and needs no search."""
    return text.isascii() and text.isprintable()


def read_epoch_number(value: object) -> int:
    """Whole seconds since 1970 that JSON told, before the year 9999: what a date can be made of.

    Raises:
        Malformed: something else.
    """
    return int(read_seconds(value, _LATEST.timestamp() - 1))


def one_line(value: object, most: int) -> str:
    """Any value as text on one line of at most ``most`` characters that can be encoded.

    It is cut before it is searched, so that a long text costs no more than a short one.
    """
    text = "" if value is None else str(value)[: 2 * most]
    if is_plain(text):
        return text[:most]
    return _CONTROL.sub(" ", text)[:most]


def bounded_text(value: object, most: int) -> str:
    """Any value as text of at most ``most`` characters that can be encoded; lines are kept."""
    text = "" if value is None else str(value)[:most]
    if text.isascii():
        return text
    return _HALF.sub("\ufffd", text)


def to_utf8(text: str) -> bytes:
    r"""Any text in UTF-8, for an answer.

    ``?`` stands for half of a surrogate pair, which cannot be encoded. Controls that JSON need
    not escape, and that a terminal obeys (ECMA-48, 8.3.16), are written as JSON's ``\u009b``.
    """
    if text.isascii() and "\x7f" not in text:
        return text.encode()
    shown = _C1.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return shown.encode("utf-8", "replace")


def _decode(text: str | bytes, most: int) -> str:
    try:
        if isinstance(text, str):
            # a character is at least a byte: the cheap look first
            size = len(text) if len(text) > most else len(text.encode())
        else:
            size = len(text)
        if size > most:
            raise Malformed(f"longer than {most} bytes")
        return text if isinstance(text, str) else text.decode()
    except UnicodeError as error:
        raise Malformed("not UTF-8") from error


def _check_shape(text: str, max_depth: int, max_values: int) -> None:
    depth = values = strings = 0
    for match in _TOKEN.finditer(text):
        first = match[0][0]
        if first in "[{":
            depth += 1
            values += 1
            if depth > max_depth:
                raise Malformed(f"nested deeper than {max_depth}")
        elif first in "]}":
            depth -= 1
        elif first == ",":
            values += 1
        else:
            strings += 1  # without commas they are no JSON, which costs as much to find out
        # each value but the first has a comma or a bracket, and a name at most
        if values > max_values or strings > 2 * max_values + 2:
            raise Malformed(f"more than {max_values} values")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Malformed(f"a number of more than {MAX_DIGITS} digits")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed("a number that is infinite")
    return number


def _constant(text: str) -> NoReturn:
    raise Malformed(f"{text} is not JSON")
