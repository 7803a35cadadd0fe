"""One odd cluster does not hide the others."""

from __future__ import annotations

import pytest

from disco.client.cluster_list import ClusterList
from tests.support.hostile import IDS
from tests.support.wire import ID, resource

RUNNING = resource("CREATE_COMPLETE")


@pytest.mark.parametrize(
    "odd",
    [
        *({**RUNNING, "id": name} for name in IDS),
        {**RUNNING, "id": 5},
        {**RUNNING, "attributes": [1]},
        {**RUNNING, "actions": {"a": 1}},
        {**RUNNING, "actions": ["x#-rf /"]},
        [],
        None,
        {},
    ],
)
def test_it_is_left_out_and_told(odd: object) -> None:
    clusters = ClusterList.read([odd, RUNNING])
    assert [cluster.id for cluster in clusters] == [ID]
    assert len(clusters.odd) == 1
    assert clusters.odd[0].startswith("A cluster is left out. Invalid ")


def test_one_with_an_odd_attribute_stays_and_is_told() -> None:
    clusters = ClusterList.read([resource("CREATE_COMPLETE", external_ip="evil.example")])
    assert [cluster.id for cluster in clusters] == [ID]
    assert clusters.odd == (
        f'Cluster {ID}: Invalid address of the master "evil.example": it is not an IP address.',
    )
