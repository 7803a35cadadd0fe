"""The stack's resources as data: as many as are sent, whatever the cluster is made of."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import pytest

from disco.heat.template.stack import resources_of
from disco.heat.template.stack_resources import StackResources
from disco.openstack.demand import boots_from_volumes, count
from disco.spec import Volume, WorkerGroup
from tests.support.specs import HUGE, LARGE, draft

GROUPS = (
    WorkerGroup("big", "disco-big", "i", HUGE, 3, "anti-affinity", Volume(9, "t")),
    WorkerGroup("gpu", "disco-gpu", "i", LARGE, 1, None, None, Volume(20)),
)


def resources(workers: int = 3, floating: str = "all", groups: bool = True) -> StackResources:
    plan, spec = draft({"dask": ""}, workers=workers, floating=floating, volume=Volume(5))
    return resources_of(plan, replace(spec, groups=GROUPS if groups else ()))


@pytest.mark.parametrize(
    ("floating", "groups"), itertools.product(("none", "master", "all"), (True, False))
)
def test_counting_kinds_is_counting_each_resource(floating: str, groups: bool) -> None:
    found = resources(floating=floating, groups=groups)
    each = dict(found)
    assert len(found) == len(each)
    assert count(found, [LARGE, HUGE]) == count(each, [LARGE, HUGE])
    assert boots_from_volumes(found) == boots_from_volumes(each)
    by_type: Counter[str] = Counter()
    for resource, times in found.counted():
        by_type[resource["type"]] += times
    assert by_type == Counter(r["type"] for r in each.values())


def test_more_plain_workers_are_more_of_what_each_has() -> None:
    few, many = resources(2), resources(7)
    assert count(few.with_plain_workers(7), [LARGE]) == count(many, [LARGE])


def test_no_two_workers_share_what_must_be_their_own() -> None:
    found = resources()
    servers = {n: r["properties"] for n, r in found.items() if n.startswith("worker_")}
    assert [p["name"] for p in servers.values()] == [f"disco-worker-{n}" for n in range(1, 8)]
    params = [p["user_data"]["str_replace"]["params"] for p in servers.values()]
    assert [p["@@INDEX@@"] for p in params] == [str(n) for n in range(1, 8)]
    assert len({p["@@ADDRESS@@"] for p in params}) == len(servers)
    assert not any("\0" in str(resource) for resource in found.values())
