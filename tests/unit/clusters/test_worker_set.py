"""Who stays, who is new and who leaves, of the plain workers and of groups."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from disco.attributes import GROUPS, LEFT_WORKERS, SLAVE_COUNT
from disco.clusters.worker_set import Workers, change, present
from disco.errors import InvalidRequest
from disco.heat.stack_resources import StackResource
from disco.heat.template import resize
from tests.unit.heat.template.test_resize import with_groups

#: 1 and 2 are plain, 3 and 4 big
TEMPLATE = with_groups()
ALL = Workers({1: "", 2: "", 3: "big", 4: "big"}, {})


def test_each_pool_is_scaled_by_itself() -> None:
    found = change(TEMPLATE, ALL, {"big": 3}, "")
    assert found.wanted == {1: "", 2: "", 3: "big", 4: "big", 5: "big"}
    assert (found.fresh, found.leaving, found.attribute) == ({5: "big"}, {}, GROUPS)
    found = change(TEMPLATE, ALL, {"": 3, "big": 1}, "")
    assert found.wanted == {1: "", 2: "", 3: "big", 5: ""}
    assert (found.fresh, found.leaving, found.attribute) == ({5: ""}, {4: "big"}, SLAVE_COUNT)
    assert found.counts() == {"": 3, "big": 1}


def test_who_is_named_leaves_of_whatever_pool() -> None:
    found = change(TEMPLATE, ALL, {}, "disco-worker-3 2")
    assert found.wanted == {1: "", 4: "big"}
    assert found.leaving == {2: "", 3: "big"}


@pytest.mark.parametrize(
    ("counts", "remove", "said"),
    [
        (
            {"big": 2},
            "3",
            'removing 1 of 2 workers of the group "big" leaves 1, but 2 are requested',
        ),
        ({}, "3 4", 'all workers of the group "big" would be removed'),
        ({}, "9", "unknown worker: 9"),
    ],
)
def test_what_contradicts_itself_is_refused(counts: Any, remove: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        change(TEMPLATE, ALL, counts, remove)
    assert said in caught.value.faults[0].message


def test_those_that_do_not_work_make_room_and_a_pool_is_never_empty() -> None:
    some = Workers({1: "", 2: ""}, {3: "big", 4: "big"})
    found = change(TEMPLATE, some, {"": 1}, "")
    assert found.wanted == {1: "", 5: "big"}
    assert found.leaving == {2: ""}


def test_who_was_to_leave_and_stayed_is_still_of_its_group() -> None:
    smaller = resize.with_workers(TEMPLATE, {1, 3}, (), {2, 4}, 600, 900)
    resources = {
        f"worker_{n}": StackResource(f"worker_{n}", "OS::Nova::Server", "CREATE_COMPLETE", "id")
        for n in range(1, 5)
    }
    stack: Any = SimpleNamespace(attributes={LEFT_WORKERS: "big:4"})
    found = present(stack, None, smaller, resources)  # type: ignore[arg-type]
    assert found == ALL
    back = change(smaller, found, {}, "")
    made = resize.with_workers(smaller, back.wanted, (), (), 600, 900, back.wanted)
    for name in ("worker_2", "worker_4", "port_4"):
        assert made["resources"][name] == TEMPLATE["resources"][name]
