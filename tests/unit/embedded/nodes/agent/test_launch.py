"""What this machine allows is said before an agent starts."""

from __future__ import annotations

from disco.embedded.nodes.agent import launch
from disco.embedded.nodes.protocol import HostStatus


def test_nodes_can_be_switched_off() -> None:
    assert launch.detect("none") == HostStatus("none", "Nodes are switched off with --nodes none.")


def test_missing_program_is_named_with_its_package() -> None:
    reason = launch.missing_programs({"no-such-program": "some-package", "sh": "dash"})
    assert reason == "programs are missing: apt-get install -y some-package"
