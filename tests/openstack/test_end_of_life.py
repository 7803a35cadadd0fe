"""A cluster whose time is over: its nodes are off, and an operator's command removes it."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.openstack.catalogue import connect
from tests.openstack.conftest import DEADLINE, ShortLived, Stage
from tests.support.cloud import until


def test_a_cluster_ends_with_its_time_and_an_operator_removes_it(
    stage: Stage, short_lived: ShortLived
) -> None:
    """Heat would take the delete of the cluster's own credential; Neutron does not take Heat's."""
    cluster, extended, nothing_left = short_lived
    until(lambda: set(stage.servers().values()) == {"SHUTOFF"}, 600, "the nodes to be off")
    changed = [
        datetime.fromisoformat(one.updated_at).astimezone(UTC)
        for one in connect(stage.who, stage.region, stage.ca).compute.servers()
    ]
    stage.note("ttl of 60 s, until all nodes were off", max(changed).timestamp() - extended)
    shown = stage.caller.show(cluster)
    assert shown["disco.phase"] == "ended"
    assert "external_ip" not in shown
    shell = stage.shell()
    told = shell.run("operate", "--dry-run", timeout=300)
    assert (told.status, cluster[-36:] in told.out) == (0, True), told.out + told.err
    assert stage.caller.state(cluster) == "UPDATE_COMPLETE"
    done = shell.run("operate", timeout=300)
    assert done.status == 0, done.out + done.err
    stage.caller.wait_until_gone(cluster, seconds=DEADLINE)
    assert shell.run("operate", timeout=300).status == 0  # there is nothing more to do
    assert nothing_left() == {}
