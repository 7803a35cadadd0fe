"""What is asked beside a stack is what will be asked, as far as what was seen last tells."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import requests_mock as requests_mocks

from disco.attributes import GROUPS, SKIP_QUOTA, SLAVE_COUNT
from disco.clusters.ahead import ActionAhead, ShowAhead
from disco.errors import CloudError
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from disco.openstack.session import Login
from disco.status.health_check import TAG
from tests.support.catalogue import ADDRESSES, login_to

HEAT = ADDRESSES["orchestration"]
#: an end that does not come while tests run: parameters are made when they are collected
FAR = 9_999_999_999
OF_CHANGE = ["files", "resources", "template"]
OF_GROWTH = ["details", "flavors/detail", "images", "limits"]


def seen(status: str, *tags: str, updated: str | None = None) -> Stack:
    return Stack("c", "s", StackStatus(status), created="long ago", updated=updated, tags=tags)


def finish(begun: Any) -> None:
    with suppress(CloudError):  # nothing is in the answers
        begun.result()


@pytest.fixture
def asked(requests_mock: requests_mocks.Mocker) -> Callable[[Any], list[str]]:
    """The ends of the paths that an object has begun to ask for."""
    requests_mock.get(requests_mocks.ANY, json={})

    def paths(ahead: Any) -> list[str]:
        readers = [getattr(ahead, name, None) for name in ("_reads", "reads", "cloud")]
        for begun in [b for reader in readers if reader for b in reader._begun.values()]:
            finish(begun)
        found = [request.path.strip("/") for request in requests_mock.request_history]
        requests_mock.reset_mock()
        short = ("flavors/detail", "application_credentials", "resources/master")
        last = [next((s for s in short if path.endswith(s)), path) for path in found]
        return sorted(p if p in short else p.rpartition("/")[2] for p in last)

    return paths


@pytest.mark.parametrize(
    ("stack", "wanted"),
    [
        (seen("CREATE_COMPLETE"), ["events"]),
        (seen("CREATE_IN_PROGRESS"), ["resources"]),
        (seen("UPDATE_FAILED"), ["events", "resources"]),
        (seen("RESUME_COMPLETE", f"disco-ends={FAR}/delete"), ["events"]),
        # its master's server is asked for, and then perhaps no more
        (seen("CREATE_COMPLETE", "disco-ends=7/poweroff"), []),
        (seen("SUSPEND_COMPLETE", "disco-ends=7/poweroff"), ["events"]),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Stack) else "",
)
def test_a_show_asks_for_what_its_phase_is_told_by(
    asked: Callable[[Any], list[str]], stack: Stack, wanted: list[str]
) -> None:
    ahead = ShowAhead(login_to())
    ahead.begin(stack)
    assert asked(ahead) == wanted


@pytest.mark.parametrize(("now", "calls"), [("x", 1), ("later", 2)])
def test_events_of_another_state_are_asked_for_anew(
    requests_mock: requests_mocks.Mocker, now: str, calls: int
) -> None:
    json = {"Content-Type": "application/json"}
    requests_mock.get(requests_mocks.ANY, json={"events": []}, headers=json)
    ahead = ShowAhead(login_to())
    ahead.begin(seen("CREATE_COMPLETE", updated="x"))
    begun = [*ahead._reads._begun.values()]
    assert ahead.history(seen("CREATE_COMPLETE", updated=now)).since() == now
    finish(begun[0])
    assert requests_mock.call_count == calls


@pytest.mark.parametrize(
    ("attributes", "tags", "wanted"),
    [
        ({SLAVE_COUNT: "3"}, ("disco-workers=2",), [*OF_CHANGE, *OF_GROWTH]),
        ({SLAVE_COUNT: "3", SKIP_QUOTA: "true"}, ("disco-workers=2",),
         [*OF_CHANGE, "flavors/detail", "images"]),
        # fewer, as many, and what is not known: it is asked when it is needed
        ({SLAVE_COUNT: "1"}, ("disco-workers=2",), OF_CHANGE),
        ({SLAVE_COUNT: "2"}, ("disco-workers=2",), OF_CHANGE),
        ({SLAVE_COUNT: "many"}, ("disco-workers=2",), OF_CHANGE),
        ({SLAVE_COUNT: "3"}, (), OF_CHANGE),
        ({SLAVE_COUNT: "3"}, ("disco-workers=x",), OF_CHANGE),
        ({SLAVE_COUNT: "3", GROUPS: "[]"}, ("disco-workers=2",), OF_CHANGE),
    ],
)  # fmt: skip
def test_a_scale_asks_the_cloud_where_workers_come(
    asked: Callable[[Any], list[str]],
    attributes: dict[str, str],
    tags: tuple[str, ...],
    wanted: list[str],
) -> None:
    ahead = ActionAhead(login_to(), "scale", attributes)
    ahead.begin(seen("CREATE_COMPLETE", *tags))
    assert asked(ahead) == sorted(wanted)


@pytest.mark.parametrize(
    ("term", "stack", "wanted"),
    [
        ("retry", seen("CREATE_FAILED"), ["flavors/detail", "resources", "template"]),
        ("retry", seen("UPDATE_FAILED"), OF_CHANGE),
        ("resume", seen("SUSPEND_COMPLETE", TAG), ["resources/master"]),
        ("resume", seen("SUSPEND_COMPLETE"), []),
        ("check", seen("CREATE_COMPLETE", TAG), ["resources/master"]),
        ("suspend", seen("CREATE_COMPLETE"), []),
        # what the table refuses costs nothing
        ("retry", seen("CREATE_COMPLETE"), []),
        ("scale", seen("UPDATE_IN_PROGRESS", "disco-workers=1"), []),
        ("resume", seen("CREATE_COMPLETE", TAG), []),
    ],
)
def test_an_action_asks_for_what_it_needs_where_it_is_allowed(
    asked: Callable[[Any], list[str]], term: str, stack: Stack, wanted: list[str]
) -> None:
    ahead = ActionAhead(login_to(), term, {SLAVE_COUNT: "3"})
    ahead.begin(stack)
    assert asked(ahead) == wanted


@pytest.mark.parametrize(("how", "begins"), [("delete", True), ("poweroff", False)])
def test_an_extension_asks_for_credentials_where_there_is_one(
    requests_mock: requests_mocks.Mocker, how: str, begins: bool
) -> None:
    login: Login = login_to()
    requests_mock.get(requests_mocks.ANY, json={})
    ahead = ActionAhead(login, "extend")
    ahead.begin(seen("CREATE_COMPLETE", f"disco-ends={FAR}/{how}"))
    begun = ahead.credentials._begun
    assert (begun is not None) is begins
    if begun is not None:
        finish(begun)
