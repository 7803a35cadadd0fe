"""Sync points in memory do what Heat expects of its database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from disco.embedded.patches.sync_points import SyncPoints


def points(*entities: object, stack: str = "s", traversal: str = "t") -> SyncPoints:
    known = SyncPoints()
    for entity in entities:
        add(known, entity, stack, traversal)
    return known


def add(known: SyncPoints, entity: object, stack: str, traversal: str) -> None:
    values: dict[str, Any] = {"entity_id": entity, "traversal_id": traversal, "is_update": True}
    known.create(None, {**values, "stack_id": stack, "atomic_key": 0, "input_data": {}})


def test_a_number_and_its_text_name_the_same_resource() -> None:
    known = points(7)
    assert known.update_input_data(None, "7", "t", True, 0, {"input_data": {"a": 1}}) == 1
    point = known.get_by_key(None, 7, "t", True)
    assert point is not None
    assert (point.input_data, point.extra_data) == ({"input_data": {"a": 1}}, None)


def test_others_are_not_there() -> None:
    known = points(7)
    assert known.get_by_key(None, 7, "t", False) is None
    assert known.get_by_key(None, 7, "another", True) is None
    assert known.update_input_data(None, 8, "t", True, 0, {}) == 0


def test_what_is_not_given_stays() -> None:
    known = points(7)
    known.update_input_data(None, 7, "t", True, 0, {"in": 1}, {"extra": 2})
    known.update_input_data(None, 7, "t", True, 1, None)
    point = known.get_by_key(None, 7, "t", True)
    assert point is not None
    assert (point.input_data, point.extra_data) == ({"in": 1}, {"extra": 2})


def test_what_was_read_is_nobody_elses() -> None:
    known = points(7)
    given = {"list": [1]}
    known.update_input_data(None, 7, "t", True, 0, given)
    given["list"].append(2)
    point = known.get_by_key(None, 7, "t", True)
    assert point is not None
    point.input_data["list"].append(3)
    assert point.input_data == {"list": [1]}


def test_no_word_is_lost_when_all_write_at_once() -> None:
    known, writers = points(7), 8

    def write(number: int) -> None:
        while True:
            point = known.get_by_key(None, 7, "t", True)
            assert point is not None
            data = {**point.input_data, str(number): number}
            if known.update_input_data(None, 7, "t", True, point.atomic_key, data):
                return

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    point = known.get_by_key(None, 7, "t", True)
    assert point is not None
    assert point.input_data == {str(number): number for number in range(writers)}
    assert point.atomic_key == writers


def test_a_traversal_goes_without_the_others() -> None:
    known = points(1, 2)
    add(known, 3, "s", "next")
    add(known, 4, "other", "t")
    assert known.delete_all_by_stack_and_traversal(None, "s", "t") == 2
    assert known.delete_all_by_stack_and_traversal(None, "s", "t") == 0
    there = [known.get_by_key(None, n, t, True) for n, t in ((1, "t"), (3, "next"), (4, "t"))]
    assert [point is not None for point in there] == [False, True, True]
