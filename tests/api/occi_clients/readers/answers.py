"""What the readers have in common: saved answers in, a JSON list of what was read out.

The arguments are WHAT MEDIA-TYPE HEAD BODY, as often as there are answers. Each reader runs in a
process of its own, with the client's library as its first folder of modules.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: what, media type, headers, body
Read = Callable[[str, str, list[tuple[str, str]], str], dict[str, Any]]


def print_read(read: Read) -> None:
    found = []
    arguments = iter(sys.argv[1:])
    for what, media_type, head, body in zip(*[arguments] * 4, strict=True):
        # as they came: universal newlines would hide what ends a line
        lines = Path(head).read_bytes().decode().rstrip("\n").split("\n")
        headers = [tuple(line.split(": ", 1)) for line in lines]
        try:
            found.append(read(what, media_type, headers, Path(body).read_bytes().decode()))
        except Exception as error:
            found.append({"failed": f"{type(error).__name__}: {error}"})
    print(json.dumps(found))
