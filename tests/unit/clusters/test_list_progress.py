"""A list says what clusters do, and calls none complete that is not known to work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from disco.attributes import CHECK, FAILURE_NODE, FAILURE_REASON, FAILURE_STEP, PHASE
from disco.clusters import list_progress
from disco.clusters.end_tag import with_end_tag
from disco.clusters.list_progress import ListProgress, follows_from_list
from disco.errors import CloudUnavailable
from disco.heat.stack_status import STATUSES, StackStatus
from disco.heat.stacks import Stack
from disco.heat.template.stack import CHECKS
from disco.openstack.delete_credential import End

LOGIN: Any = mock.Mock(project_id="p")
RESUMED = "RESUME_COMPLETE"
BROKEN = {PHASE: "failed", CHECK: "failed", FAILURE_NODE: "disco-worker-1"}


def told_of(progress: ListProgress, login: Any, stacks: list[Stack]) -> dict[str, dict[str, str]]:
    """What a list tells, by the cluster's id."""
    return {found.cluster_id: told for found, told in progress.read(login, stacks)}


def stack(status: str, *tags: str, updated: str = "t", name: str = "c", reason: str = "") -> Stack:
    return Stack(name, f"s-{name}", StackStatus(status), reason, updated=updated, tags=tags)


@pytest.fixture(autouse=True)
def stacks() -> Iterator[Any]:
    with mock.patch.object(list_progress, "Stacks") as found:
        yield found


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("CREATE_COMPLETE", "complete"), ("UPDATE_COMPLETE", "complete"),
        ("SUSPEND_COMPLETE", "suspended"), ("SUSPEND_IN_PROGRESS", "suspending"),
        ("RESUME_IN_PROGRESS", "resuming"), ("DELETE_IN_PROGRESS", "deleting"),
        ("UPDATE_IN_PROGRESS", "updating"), ("CREATE_FAILED", "failed"),
        ("DELETE_FAILED", "failed"), ("RESUME_FAILED", "failed"), ("SUSPEND_FAILED", "failed"),
        ("RESUME_COMPLETE", "complete"),  # of a cluster whose nodes tell of no check
        ("CREATE_IN_PROGRESS", None),  # its resources and its nodes know more
    ],
)  # fmt: skip
def test_what_heat_s_list_tells_is_not_asked_for(status: str, phase: str | None) -> None:
    ask = mock.Mock()
    told = told_of(ListProgress(ask), LOGIN, [stack(status)])["c"]
    assert told.get(PHASE) == phase
    ask.assert_not_called()


def test_a_failed_cluster_says_where_and_why() -> None:
    reason = (
        "Resource CREATE failed: WaitConditionFailure: resources.ready:"
        " disco-worker-1: dask:installed: exit 6: no such host"
    )
    told = told_of(ListProgress(mock.Mock()), LOGIN, [stack("CREATE_FAILED", reason=reason)])["c"]
    assert told[FAILURE_NODE] == "disco-worker-1"
    assert told[FAILURE_STEP] == "dask:installed"
    assert "no such host" in told[FAILURE_REASON]


@pytest.mark.parametrize("result", ["passed", "failed"])
def test_a_resumed_cluster_is_what_its_check_says_and_is_not_asked_each_time(result: str) -> None:
    said = {PHASE: "failed" if result == "failed" else "complete", CHECK: result}
    ask = mock.Mock(return_value=said)
    progress = ListProgress(ask)
    for _ in range(3):
        assert told_of(progress, LOGIN, [stack(RESUMED, CHECKS)]) == {"c": said}
    assert ask.call_count == 1
    told_of(progress, LOGIN, [stack(RESUMED, CHECKS, updated="later")])
    assert ask.call_count == 2  # another resume has another check


def test_an_answer_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(list_progress.time, "monotonic", lambda: now[0])
    ask = mock.Mock(side_effect=[{PHASE: "complete", CHECK: "passed"}, BROKEN])
    progress = ListProgress(ask)
    assert told_of(progress, LOGIN, [stack(RESUMED, CHECKS)])["c"][PHASE] == "complete"
    now[0] += list_progress.FRESH_S + 1
    assert told_of(progress, LOGIN, [stack(RESUMED, CHECKS)])["c"] == BROKEN


def test_a_check_that_runs_is_asked_for_in_each_list() -> None:
    ask = mock.Mock(side_effect=[{PHASE: "checking"}, BROKEN])
    progress = ListProgress(ask)
    assert told_of(progress, LOGIN, [stack(RESUMED, CHECKS)])["c"][PHASE] == "checking"
    assert told_of(progress, LOGIN, [stack(RESUMED, CHECKS)])["c"] == BROKEN


def test_what_one_project_was_told_is_not_told_to_another() -> None:
    ask = mock.Mock(side_effect=[BROKEN, {PHASE: "complete"}])
    progress = ListProgress(ask)
    told_of(progress, LOGIN, [stack(RESUMED, CHECKS)])
    other: Any = mock.Mock(project_id="other")
    assert told_of(progress, other, [stack(RESUMED, CHECKS)])["c"][PHASE] == "complete"


@pytest.mark.parametrize("end", [End(1, None), End(0, None)], ids=["over", "when idle"])
def test_a_cluster_whose_nodes_may_have_powered_off_is_not_called_complete_unseen(end: End) -> None:
    ask = mock.Mock(return_value={PHASE: "ended"})
    told = told_of(ListProgress(ask), LOGIN, [stack("CREATE_COMPLETE", *with_end_tag((), end))])
    assert told["c"][PHASE] == "ended"


@pytest.mark.parametrize("end", [End(1, "id"), End(1 << 33, None)], ids=["deletes", "later"])
def test_a_cluster_that_is_deleted_or_ends_later_is_not_asked(end: End) -> None:
    ask = mock.Mock()
    told = told_of(ListProgress(ask), LOGIN, [stack("CREATE_COMPLETE", *with_end_tag((), end))])
    assert told["c"][PHASE] == "complete"
    ask.assert_not_called()


def test_a_list_waits_for_a_few_seconds_and_goes_on_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(list_progress.time, "monotonic", lambda: now[0])

    def slow(*_: object) -> dict[str, str]:
        now[0] += list_progress.SECONDS * 0.6
        return {PHASE: "complete", CHECK: "passed"}

    many = [stack(RESUMED, CHECKS, name=f"c{i}") for i in range(6)]
    progress = ListProgress(slow)
    known = [sum(bool(t) for t in told_of(progress, LOGIN, many).values()) for _ in range(3)]
    assert known == [2, 4, 6]


def test_a_cloud_that_does_not_tell_leaves_the_phase_out(stacks: Any) -> None:
    stacks.return_value.get.side_effect = CloudUnavailable("away")
    assert told_of(ListProgress(mock.Mock()), LOGIN, [stack(RESUMED, CHECKS)]) == {"c": {}}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("end", [None, End(0, None), End(4_000_000_000, None), End(1, "c")])
def test_what_follows_from_heat_s_list_needs_no_question_later(
    status: str, end: End | None
) -> None:
    found = stack(status, *with_end_tag((CHECKS,), end) if end else (CHECKS,))
    ask = mock.Mock(return_value={PHASE: "ended"})
    with mock.patch("time.time", return_value=5_000_000_000.0):
        told_of(ListProgress(ask), LOGIN, [found])
    assert not (follows_from_list(found) and ask.called)
    # most do
    assert follows_from_list(stack(status, *with_end_tag((), End(1, "c")))) or "RESUME" in status
