"""The readers that the others are made of: JSON, numbers, times, lines."""

from __future__ import annotations

import contextlib
import json

from disco.untrusted import (
    Malformed,
    one_line,
    read_epoch,
    read_int,
    read_json,
    read_json_object,
    read_seconds,
    read_time,
)
from fuzz.parts import as_text
from fuzz.target import Target


def run(data: bytes) -> str:
    """Hand the same to all of them."""
    text = as_text(data)
    said = [one_line(text, 200)]
    said[0].encode()
    for source in (data, text):
        with contextlib.suppress(Malformed):
            value = read_json(source)
            json.dumps(value, ensure_ascii=False).encode()
            with contextlib.suppress(Malformed):
                said.append(str(read_seconds(value)))
    with contextlib.suppress(Malformed):
        said.append(str(len(read_json_object(data, max_depth=3))))
    with contextlib.suppress(Malformed):
        number = read_int(text, -5, 1000)
        assert -5 <= number <= 1000
        said.append(str(number))
    with contextlib.suppress(Malformed):
        said.append(read_time(text).isoformat())
    with contextlib.suppress(Malformed):
        said.append(read_epoch(text).isoformat())
    return "\n".join(said)


TARGET = Target(
    run, refusals=(), dictionary=("2026-01-01T00:00:00Z", "+23:59", "-1", "1e308", "\\ud83d")
)
