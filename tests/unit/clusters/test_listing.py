"""Nothing of a list is made anew that Heat says as before, and nothing is kept that may change."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from disco.clusters.end_tag import with_end_tag
from disco.clusters.listing import KeptPieces, Listing
from disco.clusters.view import Cluster
from disco.heat import stack_texts
from disco.heat.stack_texts import StackTexts
from disco.heat.stacks import Stack
from disco.heat.template.stack import CHECKS
from disco.occi import Piece
from disco.openstack.delete_credential import End

IDS = [str(uuid.UUID(int=number)) for number in range(1, 6)]


def raw(cluster: str, status: str = "CREATE_COMPLETE", **more: Any) -> dict[str, Any]:
    name = f"disco_{cluster}"
    return {"id": f"id-{cluster}", "stack_name": name, "stack_status": status, **more}


class Lists:
    """Lists of one project after the other; tells of which clusters pieces are made."""

    def __init__(self, kept: KeptPieces | None = None) -> None:
        self.kept = kept or KeptPieces()
        self.made: list[str] = []

    def of(self, *stacks: dict[str, Any], form: str = "f", most: int | None = None) -> list[str]:
        answer = SimpleNamespace(content=json.dumps({"stacks": stacks}).encode())
        texts = StackTexts(SimpleNamespace(read=lambda _: answer))  # type: ignore[arg-type]
        self.made = []
        listing = Listing(texts, self.kept, self._look)
        pieces = listing.pieces(form, lambda c: self._make(form, c), most)
        return [piece.text.decode() for piece in pieces]

    def _look(self, stacks: Iterable[Stack]) -> Iterator[Cluster]:
        return (Cluster(s.cluster_id, {"stack_status": str(s.status)}) for s in stacks)

    def _make(self, form: str, cluster: Cluster) -> Piece:
        self.made.append(cluster.id)
        text = f"{form} {cluster.id} {cluster.attributes['stack_status']}"
        return Piece.of(text.encode(), cluster.id.encode())


def test_only_what_changed_is_made_anew() -> None:
    lists = Lists()
    before = [raw(id) for id in IDS]
    first = lists.of(*before)
    assert lists.made == IDS
    assert (lists.of(*before), lists.made) == (first, [])
    after = [raw(IDS[0]), raw(IDS[1], "SUSPEND_IN_PROGRESS"), *before[2:]]
    seen = lists.of(*after)
    assert lists.made == [IDS[1]]
    assert seen == [first[0], f"f {IDS[1]} SUSPEND_IN_PROGRESS", *first[2:]]
    # the order is that of Heat's list, and one that is gone is gone
    assert lists.of(*reversed(after[1:])) == [*reversed(seen[1:])]


@pytest.mark.parametrize(
    "change",
    [
        {"tags": ["x"]}, {"stack_status_reason": "other"}, {"updated_time": "2026-11-29T12:00:00Z"},
        {"creation_time": "2026-11-29T12:00:00Z"}, {"id": "other"}, {"description": "other"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_whatever_heat_says_of_a_stack_makes_a_difference(change: dict[str, Any]) -> None:
    lists = Lists()
    lists.of(raw(IDS[0]))
    lists.of({**raw(IDS[0]), **change})
    assert lists.made == [IDS[0]]


def test_each_form_has_its_own_pieces() -> None:
    lists = Lists()
    assert lists.of(raw(IDS[0]))[0].startswith("f ")
    assert lists.of(raw(IDS[0]), form="g")[0].startswith("g ")
    assert lists.made == [IDS[0]]


@pytest.mark.parametrize(
    "changing",
    [
        # its check may have failed meanwhile
        raw(IDS[0], "RESUME_COMPLETE", tags=[CHECKS]),
        # its nodes will be off; or may be, being idle
        raw(IDS[0], tags=with_end_tag((), End(4_000_000_000, None))),
        raw(IDS[0], tags=with_end_tag((), End(0, None))),
    ],
    ids=["resumed", "ends", "idle"],
)
def test_what_heat_does_not_tell_is_looked_at_each_time(changing: dict[str, Any]) -> None:
    lists = Lists()
    for _ in range(2):
        lists.of(changing, raw(IDS[1]))
        assert IDS[0] in lists.made


@pytest.mark.parametrize("most", [1, 2, 3, 5, 9])
def test_no_more_are_made_than_are_wanted(most: int) -> None:
    lists = Lists()
    every = [raw(id) for id in IDS]
    lists.of(*every[1:3])
    first = lists.of(*every, most=most)
    assert [text.split()[1] for text in first] == IDS[:most]
    assert lists.made == [id for id in IDS[:most] if id not in IDS[1:3]]


def test_what_is_no_cluster_is_looked_at_once() -> None:
    lists = Lists()
    others = [raw(IDS[0], stack_name="web"), raw(IDS[1], "DELETE_COMPLETE")]
    with mock.patch.object(stack_texts, "_cluster", wraps=stack_texts._cluster) as read:
        for _ in range(2):
            assert lists.of(*others) == []
    assert read.call_count == 2


def test_there_is_room_for_so_many_bytes() -> None:
    reason = "x" * 1000
    lists = Lists(KeptPieces(most=10_000))
    many = [raw(str(uuid.UUID(int=n)), stack_status_reason=reason) for n in range(1, 50)]
    assert len(lists.of(*many)) == 49
    lists.of(*many[-3:])
    assert lists.made == []
    lists.of(*many[:3])
    assert len(lists.made) == 3
    # one that is larger than all the room is made each time
    lists.of(raw(IDS[0], stack_status_reason=reason * 20))
    lists.of(raw(IDS[0], stack_status_reason=reason * 20))
    assert lists.made == [IDS[0]]


def test_many_may_list_at_once() -> None:
    kept = KeptPieces(most=20_000)

    def lists(number: int) -> bool:
        mine = [raw(str(uuid.UUID(int=number * 100 + n))) for n in range(1, 30)]
        seen = [Lists(kept).of(*mine) for _ in range(5)]
        return all(
            one == [f"f {s['stack_name'][6:]} CREATE_COMPLETE" for s in mine] for one in seen
        )

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lists, range(16)))
