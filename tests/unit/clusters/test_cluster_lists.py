"""What was made of a cluster before is not told in place of how it is now."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from disco.clusters import cluster_lists
from disco.clusters.cluster_lists import ClusterLists
from disco.clusters.list_health import ListHealth
from disco.clusters.view import Cluster
from disco.occi import Piece

IDS = [str(uuid.UUID(int=number)) for number in range(1, 5)]
LOGIN: Any = mock.Mock(project_id="p")


@pytest.mark.parametrize(
    ("known", "asked", "told"),
    [(False, False, False), (False, True, True), (True, False, True), (True, True, True)],
)
def test_lists_have_more_than_heat_says_where_health_is_asked_for_or_known(
    known: bool, asked: bool, told: bool
) -> None:
    lists = ClusterLists(mock.Mock(), mock.Mock(), keep=True)
    with mock.patch.object(ListHealth, "knows", return_value=known):
        assert lists.may_tell_health(LOGIN, asked) is told


def raw(cluster: str, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    return {"id": f"id-{cluster}", "stack_name": f"disco_{cluster}", "stack_status": status}


def test_what_is_kept_is_of_the_cluster_whose_stack_it_was_made_of() -> None:
    view = mock.Mock()
    view.listed = lambda stack, _: Cluster(stack.cluster_id, {"status": str(stack.status)})
    view.progress = lambda *_: {}
    lists = ClusterLists(view, mock.Mock(), keep=True)
    anew: list[str] = []

    def listed(*stacks: dict[str, Any]) -> list[str]:
        answer = SimpleNamespace(content=json.dumps({"stacks": stacks}).encode())
        with mock.patch.object(cluster_lists, "Stacks") as heat:
            heat.return_value.read.return_value = answer
            pieces = lists.listing(LOGIN).pieces("f", made)
        return [piece.text.decode() for piece in pieces]

    def made(cluster: Cluster) -> Piece:
        anew.append(cluster.id)
        return Piece.of(f"{cluster.id} {cluster.attributes['status']}".encode(), b"")

    first = listed(*(raw(id) for id in IDS))
    assert first == [f"{id} CREATE_COMPLETE" for id in IDS]
    anew.clear()
    # one is gone, one has changed, and the others are told as they were
    changed = raw(IDS[1], "UPDATE_FAILED")
    second = listed(raw(IDS[0]), changed, raw(IDS[3]))
    assert second == [first[0], f"{IDS[1]} UPDATE_FAILED", first[3]]
    assert anew == [IDS[1]]
