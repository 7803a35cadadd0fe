from pathlib import Path

import pytest

from disco.components.conditions import select_daemons, select_ports
from disco.components.models import Component, Daemon, Port, RolePlan
from disco.errors import ComponentError

TOOL = Component(
    schema_version=1,
    name="tool",
    title="Tool",
    description="",
    folder=Path("tool"),
    versions=("1.0",),
    roles={
        "master": RolePlan(
            daemons=(
                Daemon(name="always", exec="/bin/a"),
                Daemon(name="alone", exec="/bin/b", when="'hadoop' not in frameworks"),
                Daemon(name="far", exec="/bin/c", when="mode == 'far'"),
            )
        )
    },
    ports=(
        Port(port=1, role="master", expose="public"),
        Port(port=2, role="master", expose="public", when="mode == 'far'"),
        Port(port=3, role="worker", expose="cluster", when="'hadoop' in frameworks"),
    ),
)


@pytest.mark.parametrize(
    ("mode", "frameworks", "daemons", "ports"),
    [
        ("near", ["tool"], ["always", "alone"], [1]),
        ("far", ["tool"], ["always", "alone", "far"], [1, 2]),
        ("near", ["hadoop", "tool"], ["always"], [1, 3]),
    ],
)
def test_properties_and_frameworks_decide(mode, frameworks, daemons, ports):
    selected = select_daemons(TOOL, "master", {"mode": mode}, frameworks)
    assert [daemon.name for daemon in selected] == daemons
    assert [port.port for port in select_ports(TOOL, {"mode": mode}, frameworks)] == ports


def test_a_role_that_is_not_declared_has_no_daemons():
    assert select_daemons(TOOL, "worker", {}, []) == ()


def test_a_condition_without_its_property_is_named():
    with pytest.raises(ComponentError, match="mode == 'far'"):
        select_ports(TOOL, {}, [])
