"""Dispatch: the table decides, then the action is done, with one cluster or with all."""

from __future__ import annotations

import contextlib
from typing import Any
from unittest import mock

import pytest

from disco.clusters.actions import BY_TERM
from disco.clusters.service import Clusters
from disco.clusters.view import Cluster
from disco.errors import (
    CloudError,
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    InvalidRequest,
    NotFound,
)
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack

KEYSTONE = "disco.clusters.keystone_credentials"
FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"
THIRD = "33333333-3333-4333-8333-333333333333"
LOGIN: Any = mock.Mock()


class Bench(Clusters):
    """Clusters whose stacks are given, and which notes what is done with them."""

    def __init__(self, **errors: Exception) -> None:
        self.stacks: dict[str, Stack | None] = {}
        self.done: list[tuple[str, str]] = []
        self.errors = errors
        self._run = {term: self._note(term) for term in self._noted()}
        self._view = mock.Mock()
        self._view.shown.side_effect = lambda _, stack, *__: Cluster(stack.cluster_id, {})

    @staticmethod
    def _noted() -> list[str]:
        return list(BY_TERM)

    def _note(self, term: str) -> Any:
        def run(_: Any, stack: Stack, *__: Any) -> None:
            if error := self.errors.get(f"at_{stack.cluster_id[0]}"):
                raise error
            self.done.append((term, stack.cluster_id))

        return run

    def with_statuses(self, *statuses: str | None) -> Bench:
        for cluster, status in zip((FIRST, SECOND, THIRD), statuses, strict=False):
            self.stacks[cluster] = status and Stack(cluster, "s", StackStatus(status))
        return self

    def _stacks(self, _: Any) -> list[Stack]:
        return [stack or Stack(name, "s", StackStatus("")) for name, stack in self.stacks.items()]

    def _stack(self, _: Any, cluster_id: str, beside: Any = None) -> Stack:
        stack = self.stacks[cluster_id]
        if stack is None:
            raise NotFound("deleted since it was listed")
        return stack


def test_every_action_of_the_table_is_dispatched() -> None:
    from disco.config import Settings

    clusters = Clusters(mock.Mock(spec=Settings, key_secrets=()), {}, "/disco/")
    assert set(clusters._run) == set(BY_TERM)


def test_an_action_is_done_and_its_outcome_told() -> None:
    bench = Bench().with_statuses("CREATE_COMPLETE")
    assert bench.act(LOGIN, FIRST, "suspend").attributes == {"runstate": "suspended"}
    assert bench.done == [("suspend", FIRST)]
    assert bench.act(LOGIN, FIRST, "scale").attributes == {}


def test_a_repeated_suspend_asks_heat_for_nothing() -> None:
    for status in ("SUSPEND_IN_PROGRESS", "SUSPEND_COMPLETE"):
        bench = Bench().with_statuses(status)
        assert bench.act(LOGIN, FIRST, "suspend").attributes["runstate"] == "suspended"
        assert bench.done == []


def test_a_running_cluster_is_not_resumed() -> None:
    bench = Bench().with_statuses("UPDATE_COMPLETE")
    with pytest.raises(Conflict, match="not suspended: it is UPDATE_COMPLETE") as caught:
        bench.act(LOGIN, FIRST, "resume")
    assert (caught.value.code, bench.done) == ("nothing-to-resume", [])


def test_all_that_can_be_extended_are_and_others_are_left_alone() -> None:
    bench = Bench().with_statuses("CREATE_COMPLETE", "CREATE_IN_PROGRESS", "UPDATE_COMPLETE")
    bench.act_on_all(LOGIN, "extend", {})
    assert bench.done == [("extend", FIRST), ("extend", THIRD)]


def test_where_none_can_be_it_is_said_of_each() -> None:
    bench = Bench().with_statuses("CREATE_COMPLETE", "CREATE_FAILED")
    with pytest.raises(Conflict) as caught:
        bench.act_on_all(LOGIN, "resume", {})
    assert [(f.attribute, f.code) for f in caught.value.faults] == [
        (FIRST, "nothing-to-resume"),
        (SECOND, "conflict"),
    ]


def test_an_empty_project_and_one_that_empties_are_no_error() -> None:
    Bench().act_on_all(LOGIN, "suspend", {})
    Bench().with_statuses(None).act_on_all(LOGIN, "suspend", {})


def test_an_error_of_one_cluster_is_told_after_the_others_had_their_turn() -> None:
    bench = Bench(at_1=CloudError("Heat is unwell")).with_statuses(*["CREATE_COMPLETE"] * 2)
    with pytest.raises(CloudError, match="unwell"):
        bench.act_on_all(LOGIN, "suspend", {})
    assert bench.done == [("suspend", SECOND)]


def test_an_unknown_action_is_refused_even_where_there_is_no_cluster() -> None:
    with pytest.raises(InvalidRequest, match="unknown action"):
        Bench().act_on_all(LOGIN, "reboot", {})


@pytest.mark.parametrize("error", [CloudTimeout("late"), CloudUnavailable("away")])
def test_a_heat_that_is_away_is_not_asked_for_every_cluster(error: DiscoError) -> None:
    bench = Bench(**{f"at_{SECOND[0]}": error})
    bench.with_statuses("CREATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE")
    with pytest.raises(type(error)):
        bench.act_on_all(LOGIN, "suspend", {})
    assert bench.done == [("suspend", FIRST)]


@pytest.mark.parametrize(
    ("error", "asked", "ended"),
    [
        (None, [FIRST, SECOND, THIRD], [FIRST, SECOND, THIRD]),
        (CloudError("this one"), [FIRST, SECOND, THIRD], [FIRST, THIRD]),
        (CloudTimeout("late"), [FIRST, SECOND], [FIRST]),
    ],
    ids=["none", "of one", "away"],
)
def test_a_cluster_that_stays_keeps_what_ends_it(
    error: DiscoError | None, asked: list[str], ended: list[str]
) -> None:
    stacks, credentials, keys = mock.Mock(), mock.Mock(), mock.Mock()
    listed = [Stack(c, "s", StackStatus("CREATE_COMPLETE")) for c in (FIRST, SECOND, THIRD)]
    stacks.list.return_value = listed
    fails = {SECOND: error}
    seen: list[str] = []

    def delete(stack: Stack) -> None:
        seen.append(stack.cluster_id)
        if wrong := fails.get(stack.cluster_id):
            raise wrong

    stacks.delete.side_effect = delete
    with (
        mock.patch("disco.clusters.service.Stacks", return_value=stacks),
        mock.patch(f"{KEYSTONE}.DeleteCredentials", return_value=credentials),
        mock.patch(f"{KEYSTONE}.StorageKeys", return_value=keys),
        contextlib.nullcontext() if error is None else pytest.raises(type(error)),
    ):
        Bench().delete_all(LOGIN)
    assert seen == asked
    credentials.remove.assert_called_once_with(ended, of_this_heat=False)
    keys.remove.assert_called_once_with(ended, of_this_heat=False)
