"""Which servers a retry replaces; tests/api/test_retry.py has the rest, on a real Heat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

import pytest

from disco.clusters import retry
from disco.clusters.retry import RetryRequest
from disco.errors import Conflict
from disco.heat.stack_resources import StackResource
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from tests.unit.heat.template.test_resize import present

TEMPLATE = present(2)
SERVERS = ("master", "worker_1", "worker_2")


class Update:
    """A stack as Heat has it, and what is sent to it."""

    def __init__(self, template: Any, reports: list[tuple[str, str]], **statuses: str) -> None:
        self._template, self._reports = template, reports
        self._statuses = {**dict.fromkeys((*SERVERS, "ready"), "CREATE_COMPLETE"), **statuses}
        self.replaced: list[str] = []
        self.sent: Mapping[str, Any] | None = None

    def template(self) -> Any:
        return self._template

    def resources(self) -> dict[str, StackResource]:
        return {
            name: StackResource(name, "t", StackStatus(status), "" if "INIT" in status else "id")
            for name, status in self._statuses.items()
        }

    def reports(self, _: str) -> list[tuple[str, str]]:
        return self._reports

    def make_anew(self, name: str) -> None:
        self.replaced.append(name)

    def send(self, template: Mapping[str, Any], *_: Any) -> None:
        self.sent = template


def retried(update: Update, answers: bool = False, status: str = "CREATE_FAILED") -> list[str]:
    stack = Stack("c", "s", StackStatus(status), attributes=_without_quota_check())
    planner = mock.Mock()
    planner.validate.return_value = mock.Mock(heat={"timeout": 60})
    with mock.patch.object(retry, "StackUpdate", return_value=update):
        RetryRequest(mock.Mock(), stack, planner, lambda: answers, mock.Mock()).run()
    assert update.sent is not None
    return update.replaced


def _without_quota_check() -> dict[str, str]:
    return {"icclab.disco.components.heat.skipquota": "true"}


FAILED = "CREATE_FAILED"
SAID = ("disco-manager", "disco-manager: workers:done: disco-worker-2 failed at dask:installed")


@pytest.mark.parametrize(
    ("reports", "answers", "statuses", "replaced"),
    [
        # a server that Nova could not make
        ([SAID], False, {"worker_1": FAILED}, ["worker_1"]),
        # a worker that reported itself, and a master that goes on
        ([SAID, ("disco-worker-2", "disco-worker-2: x")], False, {}, ["worker_2"]),
        # a master that says nothing, though it was waited for: all start again
        ([], False, {"ready": FAILED}, list(SERVERS)),
        ([], True, {"ready": FAILED}, []),
        # nobody was waited for yet
        ([], False, {"ready": "INIT_COMPLETE", "worker_2": FAILED}, ["worker_2"]),
        # without a master there is nothing to go on with
        ([], True, {"master": FAILED}, list(SERVERS)),
    ],
)
def test_what_works_stays(
    reports: list[tuple[str, str]], answers: bool, statuses: dict[str, str], replaced: list[str]
) -> None:
    assert retried(Update(TEMPLATE, reports, **statuses), answers) == replaced


def test_a_server_that_was_never_made_is_made_and_not_replaced() -> None:
    assert retried(Update(TEMPLATE, [SAID], worker_2="INIT_COMPLETE")) == []


def test_a_stack_of_an_older_disco_is_refused() -> None:
    old = Update({"resources": {}}, [])
    with pytest.raises(Conflict) as caught:
        retried(old)
    assert (caught.value.code, old.sent) == ("not-retriable", None)


def test_a_failed_change_of_workers_is_repeated_as_it_was_asked_for() -> None:
    count = {"icclab.disco.components.heat.slavecount": "3"}
    stack = Stack("c", "s", StackStatus("UPDATE_FAILED"), attributes=count)
    with (
        mock.patch.object(retry, "StackUpdate", return_value=Update(TEMPLATE, [])),
        mock.patch.object(retry, "ScaleRequest") as scale,
    ):
        RetryRequest(mock.Mock(), stack, mock.Mock(), lambda: True, mock.Mock()).run()
    assert scale.call_args.args[3] == count
    scale.return_value.run.assert_called_once_with()
