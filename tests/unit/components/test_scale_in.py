"""Which workers the frameworks let go."""

from __future__ import annotations

import pytest

from disco.components.scale_in import list_objections, list_shortages
from tests.support.specs import draft


def refused(inject: dict[str, str], created: int, leaving: list[int], left: int) -> list[str]:
    plan, spec = draft(inject, workers=created)
    return [text for text, _ in list_objections(plan, spec.properties, created, leaving, left)]


@pytest.mark.parametrize(
    ("created", "leaving", "named"),
    [
        (4, [3, 4], ""),
        (4, [2], "worker 2"),
        (2, [2], "worker 2"),
        (1, [2], ""),
        (3, [1, 3], "worker 1"),
    ],
)
def test_members_of_zookeepers_quorum_stay(created: int, leaving: list[int], named: str) -> None:
    objections = refused({"zookeeper": ""}, created, leaving, 3)
    assert bool(objections) == bool(named)
    assert not objections or f"({named})" in objections[0]


def test_kafkas_brokers_stay() -> None:
    assert refused({"kafka": ""}, 2, [3], 2)


@pytest.mark.parametrize(("created", "left", "stays"), [(4, 3, False), (4, 2, True), (1, 1, False)])
def test_hdfs_keeps_as_many_nodes_as_copies(created: int, left: int, stays: bool) -> None:
    assert bool(refused({"hadoop": ""}, created, [9], left)) == stays


def test_dask_lets_everyone_go() -> None:
    assert refused({"dask": ""}, 4, [2, 3, 4], 1) == []


@pytest.mark.parametrize(
    ("workers", "given", "said"),
    [
        (1, {"replication": 3}, "3 are needed, and there are 1"),
        (2, {"conf.hdfs-site": {"dfs.replication": "9"}}, "9 are needed, and there are 2"),
        (3, {"replication": 3}, None),
        (1, {}, None),
        (0, {}, None),
    ],
)
def test_more_copies_than_workers_are_said(
    workers: int, given: dict[str, object], said: str | None
) -> None:
    plan, spec = draft({"hadoop": ""}, max(workers, 1))
    values = {**spec.properties, "hadoop": {**spec.properties["hadoop"], **given}}
    found = list(list_shortages(plan, values, workers))
    assert len(found) == (said is not None)
    if said:
        assert found[0].startswith("Apache Hadoop: HDFS keeps as many copies")
        assert found[0].endswith(said)
