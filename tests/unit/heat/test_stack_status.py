"""Heat's statuses: taken apart in one place, and still text for whoever prints them."""

from __future__ import annotations

import json

import pytest

from disco.heat.stack_resources import StackResource
from disco.heat.stack_status import STATUSES, StackStatus
from disco.heat.stacks import Stack


def test_it_renders_as_heat_s_text() -> None:
    status = StackStatus("CREATE_IN_PROGRESS")
    assert (f"{status}", json.dumps({"status": status})) == (
        "CREATE_IN_PROGRESS",
        '{"status": "CREATE_IN_PROGRESS"}',
    )
    assert type(str(status)) is str


@pytest.mark.parametrize(
    ("text", "action", "in_progress", "complete", "failed", "running"),
    [
        ("CREATE_IN_PROGRESS", "CREATE", True, False, False, False),
        ("UPDATE_COMPLETE", "UPDATE", False, True, False, True),
        ("SUSPEND_COMPLETE", "SUSPEND", False, True, False, False),
        ("RESUME_COMPLETE", "RESUME", False, True, False, True),
        ("DELETE_COMPLETE", "DELETE", False, True, False, False),
        ("INIT_COMPLETE", "INIT", False, True, False, False),
        ("DELETE_FAILED", "DELETE", False, False, True, False),
        ("", "", False, False, False, False),
    ],
)
def test_its_parts(
    text: str, action: str, in_progress: bool, complete: bool, failed: bool, running: bool
) -> None:
    status = StackStatus(text)
    assert status.action == action
    assert (status.is_in_progress, status.is_complete) == (in_progress, complete)
    assert (status.is_failed, status.is_running) == (failed, running)
    assert status.is_untouched is (action == "INIT")


def test_a_stack_and_a_resource_have_one_whatever_they_were_made_from() -> None:
    assert Stack("c", "s", "UPDATE_FAILED").status.is_failed  # type: ignore[arg-type]
    assert StackResource("r", "t", "INIT_COMPLETE").status.is_untouched  # type: ignore[arg-type]


def test_a_stack_that_exists_was_not_deleted() -> None:
    assert "DELETE_COMPLETE" not in STATUSES
    assert {"DELETE_FAILED", "ROLLBACK_IN_PROGRESS"} < set(STATUSES)
