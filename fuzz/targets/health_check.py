"""What a master says of its check, in a file and on its console."""

from __future__ import annotations

from typing import cast

from disco.openstack.session import Login
from disco.status.health_check import Check, read
from fuzz.samples import make_stack
from fuzz.target import Target

STACK = make_stack()


def run(data: bytes) -> str:
    """Read the file ``checked.json``."""
    text = data.decode("utf-8", "replace")
    found = read(cast(Login, None), STACK, lambda _: text)
    return f"{found} {Check.parse(text)}"


TARGET = Target(
    run,
    refusals=(),
    dictionary=(
        '"check": ',
        '"status": "passed"',
        '"node": ',
        '"reason": ',
        '"lines": ',
        '"step": ',
    ),
)
