"""Which ports of a floating IP are open."""

from __future__ import annotations

import pytest

from disco.embedded.nodes.net import floating_ip
from disco.embedded.nodes.protocol import IngressRule
from tests.unit.embedded.nodes.specs import RULES


def test_only_rules_for_this_machine_open_ports() -> None:
    assert floating_ip.open_ports(RULES) == (22,)


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        (IngressRule("tcp", 80, 82), (80, 81, 82)),
        (IngressRule("any", 443, 443, "127.0.0.0/8"), (443,)),
        (IngressRule("udp", 53, 53), ()),
        (IngressRule("icmp", 0, 255), ()),
        (IngressRule("tcp", 1, 65535), ()),
        (IngressRule("tcp", 5000, 5255), tuple(range(5000, 5256))),
        (IngressRule("tcp", 5000, 5256), ()),
    ],
)
def test_open_ports(rule: IngressRule, ports: tuple[int, ...]) -> None:
    assert floating_ip.open_ports([rule]) == ports
