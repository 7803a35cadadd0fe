"""What the master's log server says of the nodes: how each is now, and the last hour.

Nodes are nobody's to vouch for: every name, number and length of what they say is checked, and
what is not as DISCO's own nodes write it is refused as a whole or left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from disco.untrusted import Malformed, read_epoch_number, read_json

#: the files of the log server
NOW_FILE, HOUR_FILE = "/health.json", "/history.json"
#: seconds between two points of the hour, and how many there are at most
STEP, POINTS = 30, 120
#: bytes of an answer without nodes, headers among them, and of each node in the two files
_FRAME, NOW_BYTES, HOUR_BYTES = 8192, 8192, 8192
#: nodes that have their room in any case: the master tells of workers that left, too
_FEWEST = 200
#: lines that a node says, and daemons among them
_MAX_LINES = 80
_LINE = re.compile(r"disco_([a-z_]{1,40})\{(?:name=\"([a-z0-9][a-z0-9-]{0,79})\")?\} ([0-9]{1,9})")
_POINT = re.compile(r"([0-9]{1,9}) ([0-9]{1,9}) ([0-9]{1,9}) ([0-9]{1,9}) ([0-9]{1,9})")
#: as a node's lines name them, in the order of a point's numbers
NUMBERS = (
    "cpu_percent",
    "memory_percent",
    "disk_percent",
    "received_kilobytes",
    "sent_kilobytes",
)
#: of a node: each the five numbers, or None
Points = list[tuple[int, ...] | None]
T = TypeVar("T")
DaemonStatus = Literal["works", "silent", "stopped"]
_DAEMON: Mapping[int, DaemonStatus] = {2: "works", 1: "silent", 0: "stopped"}


@dataclass(frozen=True)
class Look:
    """What a node said of itself when the master asked it last.

    Attributes:
        at: seconds since the epoch, by the master's clock.
        numbers: per cent of CPU, memory and disk, and kB/s received and sent; None for one that
            it did not say.
        daemons: their statuses by name, such as ``dask-worker``.
    """

    at: int
    numbers: tuple[int | None, ...]
    daemons: Mapping[str, DaemonStatus]


def most_bytes(nodes: int, each: int) -> int:
    """How many bytes an answer of the log server about so many nodes may have."""
    return _FRAME + each * max(nodes, _FEWEST)


def read_now(text: str, names: Collection[str]) -> tuple[int, dict[str, Look | Malformed]]:
    """When the master wrote the file (seconds since the epoch), and these nodes' looks.

    A node that says something else than nodes do costs the others nothing: in the place of its
    look is why it cannot be read.

    Raises:
        Malformed: it is not such a file.
    """
    time, nodes = _file(text, len(names), NOW_BYTES)
    return time, {name: _tried(_look, said) for name, said in nodes.items() if name in names}


def read_hour(text: str, names: Collection[str]) -> tuple[int, dict[str, Points | Malformed]]:
    """The time of the newest points, and these nodes' points, None where there is none.

    Raises:
        Malformed: it is not such a file.
    """
    time, nodes = _file(text, len(names), HOUR_BYTES)
    return time, {name: _tried(_points, said) for name, said in nodes.items() if name in names}


def _tried(read: Callable[[object], T], said: object) -> T | Malformed:
    try:
        return read(said)
    except Malformed as error:
        return error


def _file(text: str, nodes: int, each: int) -> tuple[int, Mapping[str, Any]]:
    most = most_bytes(nodes, each)
    values = (POINTS + 8) * 2 * max(nodes, _FEWEST)
    told = read_json(text, max_bytes=most, max_depth=5, max_values=values)
    if not isinstance(told, list) or len(told) != 2:
        raise Malformed("not a list of a time and nodes")
    time, said = told
    if not isinstance(said, dict):
        raise Malformed("the nodes are no JSON object")
    return _time(time), said


def _time(value: object) -> int:
    if not isinstance(value, int):
        raise Malformed("a time that is not a number of seconds")
    return read_epoch_number(value)


def _look(said: object) -> Look:
    if not isinstance(said, list) or len(said) != 2 or not isinstance(said[1], list):
        raise Malformed("a node that is no time and lines")
    numbers: dict[str, int] = {}
    daemons: dict[str, DaemonStatus] = {}
    for name, daemon, number in _lines(said[1]):
        if name == "daemon" and daemon:
            if number not in _DAEMON:
                raise Malformed("a status of a daemon that there is not")
            daemons[daemon] = _DAEMON[number]
        elif name in NUMBERS and not daemon:
            numbers[name] = _bounded(name, number)
    return Look(_time(said[0]), tuple(numbers.get(name) for name in NUMBERS), daemons)


def _lines(lines: list[object]) -> Iterator[tuple[str, str | None, int]]:
    if len(lines) > _MAX_LINES:
        raise Malformed(f"a node that says more than {_MAX_LINES} lines")
    for line in lines:
        match = _LINE.fullmatch(line) if isinstance(line, str) else None
        if match is None:
            raise Malformed("a line of a node that is no number with a name")
        yield match[1], match[2], int(match[3])


def _bounded(name: str, number: int) -> int:
    if name.endswith("_percent") and number > 100:
        raise Malformed("more than 100 per cent")
    return number


def _points(said: object) -> Points:
    if not isinstance(said, list) or len(said) > POINTS:
        raise Malformed(f"a node with something else than up to {POINTS} points")
    return [_point(text) for text in said]


def _point(text: object) -> tuple[int, ...] | None:
    if text == "":
        return None
    match = _POINT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Malformed("a point that is not five numbers")
    return tuple(_bounded(name, int(n)) for name, n in zip(NUMBERS, match.groups(), strict=True))
