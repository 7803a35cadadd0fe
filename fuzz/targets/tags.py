"""The tags of a stack, which a list shows."""

from __future__ import annotations

from disco.clusters.view import served_attributes
from disco.heat.template.address_tag import tagged_addresses
from fuzz.parts import as_text
from fuzz.samples import make_stack
from fuzz.target import Target


def run(data: bytes) -> str:
    """Show a stack with these tags, and count the addresses that they take."""
    tags = tuple(as_text(data).split(","))
    shown = served_attributes(make_stack(tags=tags), "http://127.0.0.1/", None)
    count = sum(1 for _ in tagged_addresses(tags, "s"))
    return f"{shown} {count}".encode("utf-8", "replace").decode()


TARGET = Target(
    run,
    refusals=(),
    dictionary=("disco-addresses=s/10.0.0.1/99999", "disco-flavor=", "disco-name="),
)
