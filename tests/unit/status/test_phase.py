"""What a cluster is doing, and since when, out of what Heat tells."""

from __future__ import annotations

from unittest import mock

import pytest

from disco.heat.stack_resources import StackResource
from disco.heat.stacks import Stack
from disco.status import phase

BEGUN, FAILED = "2026-11-23T23:31:55Z", "2026-11-23T23:52:07Z"


def test_a_cluster_has_failed_since_its_stack_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait condition is twenty minutes older than its failure, as Heat tells its time."""
    history = mock.Mock()
    history.resources.return_value = [
        StackResource("master", "OS::Nova::Server", "CREATE_COMPLETE", updated=BEGUN),
        StackResource("drained_1", "OS::Heat::WaitCondition", "CREATE_FAILED", updated=BEGUN),
    ]
    history.since.return_value = FAILED
    monkeypatch.setattr(phase, "StackHistory", lambda login, stack: history)
    stack = Stack("c", "s", "UPDATE_FAILED", created=BEGUN, updated=BEGUN)
    found = phase.progress(mock.Mock(), stack, lambda: False)
    assert found == phase.Progress("failed", FAILED, 1, 2)


@pytest.mark.parametrize("moment", ["", "soon", "9" * 5000, "0001-01-01T00:00:00+23:59"])
def test_a_time_of_heats_that_cannot_be_read_was_long_ago(moment: str) -> None:
    assert phase._seconds(moment) == 0
    assert phase._seconds("1970-01-01T00:00:09Z") == 9
