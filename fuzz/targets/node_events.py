"""What a node says in its ``events.jsonl``, as far as a GET of the events shows it."""

from __future__ import annotations

import json
from typing import Any, cast
from unittest import mock

from disco.openstack.session import Login
from disco.status.events import Events, as_data, as_text, is_testing
from disco.status.node_logs import NodeLogs
from fuzz.samples import make_stack
from fuzz.target import Target

STACK = make_stack(
    outputs={"external_ip": "192.0.2.1"},
    attributes={"icclab.disco.components.heat.slavecount": "1"},
)
LOGIN = cast(Login, None)


class Nodes:
    """A log server that says the same in each file."""

    def __init__(self, said: str) -> None:
        self.said = said

    def may_ask(self, *_: Any, **__: Any) -> bool:
        """Yes."""
        return True

    def read(self, *_: Any, **__: Any) -> str:
        """What was given."""
        return self.said


def run(data: bytes) -> str:
    """Show the events of a cluster whose nodes say ``data``."""
    # node_logs reads bytes as UTF-8, and what is none as replacement characters
    nodes = cast(NodeLogs, Nodes(data.decode("utf-8", "replace")))
    is_testing(LOGIN, nodes, STACK)
    with mock.patch("disco.status.events.StackHistory") as history:
        history.return_value.events.return_value = ()
        found = Events(LOGIN, nodes, None).read(STACK)
    shown = json.dumps([as_data(event) for event in found], ensure_ascii=False)
    return shown + as_text(found)


TARGET = Target(
    run,
    refusals=(),
    answer_bytes=1 << 20,
    answer_factor=600,
    longest=32 * 1024,
    dictionary=(
        *('{"time": "', '"step": "', '"event": "end"', '"status": "failed"', '"seconds": ', "}\n"),
        *("dask:smoke", '"event": "begin"', "2026-01-01T00:00:00Z"),
    ),
)
