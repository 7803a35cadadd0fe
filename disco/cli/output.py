"""What commands print: tables for people, JSON and YAML for programs."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from disco.client.plain_text import UNSAFE, plain_text

RED, GREEN, DIM, RESET = "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"
_FAILED = re.compile(
    r"FAILED\b|\b(?:check failed|failed|unhealthy|not healthy|does not run|does not answer)\b"
)
#: what nodes said just now; what Heat calls complete may have stopped since
_WORKS = re.compile(r"\bhealthy\b|\bworks\b")
_COLORS = ((_FAILED, "red"), (re.compile(r"(?<=_)COMPLETE\b"), "green"))


def say(text: str, end: str = "\n", stream: TextIO | None = None) -> None:
    """Print for people, on standard output unless told otherwise."""
    print(plain_text(text), end=end, file=stream or sys.stdout, flush=True)


def note(text: str) -> None:
    """Print a line for people on standard error."""
    say(text, stream=sys.stderr)


def write_log(text: str) -> None:
    """Print a part of a log: to a file or program as it is."""
    sys.stdout.write(plain_text(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def as_json(data: Any, indent: int | None = None) -> str:
    """``data`` as JSON that a terminal can show: JSON itself escapes too few characters."""
    return escape_json(json.dumps(data, indent=indent, ensure_ascii=False))


def escape_json(text: str) -> str:
    """JSON in which characters that control a terminal are escaped."""
    return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream leads to a terminal that can be drawn on."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def painted(text: str, stream: TextIO) -> str:
    """A table with statuses in colors: what failed is red, and nothing on its line is green."""
    if "NO_COLOR" in os.environ or not is_terminal(stream):
        return text
    lines = []
    for line in text.split("\n"):
        is_bad = _FAILED.search(line)
        pattern, color = (_FAILED, RED) if is_bad else (_WORKS, GREEN)
        lines.append(pattern.sub(rf"{color}\g<0>{RESET}", line))
    return "\n".join(lines)


def color_of(line: str) -> tuple[re.Pattern[str], str]:
    """Which words have a color at the end of an action, and which: failed, or else complete."""
    return next((pair for pair in _COLORS if pair[0].search(line)), _COLORS[0])


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows in columns as wide as their widest cell, under a head line."""
    lines = [[plain_text(str(cell)).replace("\n", " ") for cell in row] for row in rows]
    if head:
        lines.insert(0, list(head))
    if not lines:
        return ""
    widths = [max(len(row[i]) for row in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )


def frameworks_text(frameworks: Mapping[str, str]) -> str:
    """``dask 2026.8.0, jupyter``."""
    return ", ".join(f"{name} {version}".strip() for name, version in frameworks.items())
