"""What a list is filtered by: categories and attributes in headers."""

from __future__ import annotations

from disco.occi import matches, parse_message
from fuzz.parts import as_fields, as_header
from fuzz.samples import make_resource
from fuzz.target import Target
from fuzz.targets.occi_plain import WORDS

CLUSTER = make_resource({"a": "b", "icclab.disco.components.heat.slavecount": "2"})


def run(data: bytes) -> bool:
    """Compare a filter with a cluster."""
    category, attribute = map(as_header, as_fields(data, 2))
    headers = {"Category": category, "X-OCCI-Attribute": attribute}
    return matches(CLUSTER, parse_message("text/occi", headers, b""))


TARGET = Target(run, dictionary=WORDS)
