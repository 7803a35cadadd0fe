"""The matrix of all actions and all statuses, from the table, and how requests follow it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from disco.attributes import ENDING, REMOVE, SLAVE_COUNT, TTL
from disco.clusters.actions import BY_TERM, TABLE, Action, Outcome, find_action, offered
from disco.errors import Conflict, InvalidRequest
from disco.heat.stack_status import STATUSES, StackStatus

#: what users rely on, written out: the table is checked against it in both directions
DONE = {
    "suspend": "CREATE_COMPLETE UPDATE_COMPLETE RESUME_COMPLETE SUSPEND_FAILED RESUME_FAILED",
    "resume": "SUSPEND_COMPLETE SUSPEND_FAILED RESUME_FAILED",
    "extend": "CREATE_COMPLETE UPDATE_COMPLETE RESUME_COMPLETE",
    "scale": "CREATE_COMPLETE UPDATE_COMPLETE RESUME_COMPLETE UPDATE_FAILED",
    "retry": "CREATE_FAILED UPDATE_FAILED",
    "check": "CREATE_COMPLETE UPDATE_COMPLETE RESUME_COMPLETE",
}
HARMLESS = {"suspend": "SUSPEND_IN_PROGRESS SUSPEND_COMPLETE", "resume": "RESUME_IN_PROGRESS"}
#: of Heat's own client: what they leave runs
FOREIGN = ("CHECK_COMPLETE", "SNAPSHOT_COMPLETE", "RESTORE_COMPLETE", "ROLLBACK_COMPLETE")
MATRIX = list(product(BY_TERM.values(), STATUSES))
ID = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


def wanted(term: str, status: str) -> Outcome:
    if status in DONE[term].split() or (status in FOREIGN and "CREATE_COMPLETE" in DONE[term]):
        return Outcome.DO
    return Outcome.NOTHING if status in HARMLESS.get(term, "").split() else Outcome.REFUSE


def name(value: Any) -> str:
    return value.term if isinstance(value, Action) else str(value)


@pytest.mark.parametrize(("action", "status"), MATRIX, ids=name)
def test_the_matrix(action: Action, status: StackStatus) -> None:
    outcome = action.outcome(status)
    assert outcome is wanted(action.term, status)
    if outcome is not Outcome.REFUSE:
        assert action.check(status) is (outcome is Outcome.DO)
        return
    with pytest.raises(Conflict) as caught:
        action.check(status)
    error = caught.value
    # the reader learns what the cluster is doing, and what to do unless there is nothing to
    assert status in error.message or error.message == "The cluster is suspended."
    assert error.hint or error.code in ("nothing-to-retry", "nothing-to-resume")
    if status.is_in_progress:
        assert error.message == f"The cluster is busy: {status}."


@pytest.mark.parametrize(("action", "status"), MATRIX, ids=name)
def test_what_is_offered_is_what_is_done(action: Action, status: StackStatus) -> None:
    everything = {ENDING: "delete"}
    is_offered = action.term in offered(everything, status)
    assert is_offered is (action.outcome(status) is Outcome.DO)


def test_a_cluster_without_an_end_is_not_offered_another() -> None:
    status = StackStatus("CREATE_COMPLETE")
    assert offered({}, status) == {"suspend", "scale", "check"}
    assert offered({ENDING: "delete"}, status) == {"suspend", "scale", "check", "extend"}
    assert offered({ENDING: "delete"}, StackStatus("")) == set()


def test_a_status_that_nobody_knows_is_refused_with_its_name() -> None:
    for action in BY_TERM.values():
        with pytest.raises(Conflict, match="ADOPT_COMPLETE"):
            action.check(StackStatus("ADOPT_COMPLETE"))


def test_an_unknown_action_is_answered_with_those_there_are() -> None:
    # preview is the collection's: a cluster has none
    for term in ("reboot", "", "preview"):
        with pytest.raises(InvalidRequest) as caught:
            find_action(term)
        (fault,) = caught.value.faults
        assert fault.code == "unknown-action"
        assert fault.allowed == "check, extend, resume, retry, scale, suspend"


def test_every_row_says_what_it_is_for() -> None:
    assert len({row.term for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.title and row.help.endswith("."), row.term
    assert BY_TERM["extend"].takes(TTL)
    assert BY_TERM["scale"].takes(SLAVE_COUNT) and BY_TERM["scale"].takes(REMOVE)
    assert not BY_TERM["suspend"].takes(TTL)
