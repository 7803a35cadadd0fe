"""A list tells how clusters are now, and asks the cloud next to nothing for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from disco.attributes import HEALTH, HEALTH_REASON, PHASE, SLAVE_COUNT
from disco.clusters import list_health
from disco.clusters.health_view import CheckResult, ClusterHealth
from disco.clusters.list_health import AGAIN_S, GOOD_FOR_S, SECONDS, ListHealth
from disco.clusters.monitoring import Monitoring, Watched
from disco.errors import Busy, CloudUnavailable
from disco.heat.stacks import Stack

LOGIN: Any = mock.Mock(project_id="p")
OTHER: Any = mock.Mock(project_id="other")
DIED = "disco-worker-1: dask-worker does not run"


def stack(name: str = "c", updated: str = "t") -> Stack:
    name = name.removeprefix("disco_")
    outputs = {"external_ip": f"203.0.113.{len(name)}"}
    return Stack(name, f"s-{name}", "CREATE_COMPLETE", updated=updated, outputs=outputs)


def health(status: Any, reason: str = "", check: CheckResult | None = None) -> ClusterHealth:
    return ClusterHealth(status, reason, None, None, [], check)


class Clock:
    """The monotonic clock of the module, which a test moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(list_health, "time", found)
    return found


@pytest.fixture
def heat() -> Iterator[Any]:
    with mock.patch.object(list_health, "Stacks") as found:
        found.return_value.get.side_effect = stack
        yield found.return_value.get


@pytest.fixture
def monitoring() -> Any:
    found = mock.create_autospec(Monitoring, instance=True)
    found.look.return_value = health("healthy")
    return found


def told(
    of: ListHealth, *stacks: Stack, ask: bool = True, login: Any = LOGIN, phase: str = "complete"
) -> dict[str, dict[str, str]]:
    """What a list tells of the clusters' health, by their ids."""
    listed = [(one, {PHASE: phase}) for one in stacks]
    found = {one.cluster_id: dict(said) for one, said in of.read(login, listed, ask)}
    assert all(said.pop(PHASE) == phase for said in found.values())
    return found


def test_a_cluster_whose_daemon_died_is_said_to_be_unhealthy_and_why(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    monitoring.look.side_effect = lambda _, watched, __: (
        health("unhealthy", DIED) if watched.address.endswith(".2") else health("healthy")
    )
    assert told(ListHealth(monitoring), stack("a"), stack("bb")) == {
        "a": {HEALTH: "healthy"},
        "bb": {HEALTH: "unhealthy", HEALTH_REASON: DIED},
    }


def test_a_list_that_does_not_ask_tells_what_was_heard_lately_and_nothing_older(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    of = ListHealth(monitoring)
    assert told(of, stack(), ask=False) == {"c": {}}
    heat.assert_not_called()
    assert not of.knows(LOGIN)
    told(of, stack())
    clock.now += GOOD_FOR_S
    assert told(of, stack(), ask=False) == {"c": {HEALTH: "healthy"}}
    assert of.knows(LOGIN)
    assert not of.knows(OTHER)
    clock.now += 1
    assert told(of, stack(), ask=False) == {"c": {}}
    assert not of.knows(LOGIN)
    assert told(of, stack(), ask=False, login=OTHER) == {"c": {}}
    assert monitoring.look.call_count == 1


def test_heat_is_asked_for_a_cluster_once_and_again_after_a_change(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    of = ListHealth(monitoring)
    for _ in range(3):
        told(of, stack("a"), stack("bb"))
        clock.now += AGAIN_S
    assert heat.call_count == 2
    assert monitoring.look.call_count == 6
    told(of, stack("a", updated="later"))
    assert heat.call_count == 3


def test_masters_are_not_asked_more_often_than_they_ask_their_nodes(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    of = ListHealth(monitoring)
    for _ in range(20):
        told(of, stack())
        clock.now += AGAIN_S / 10
    assert monitoring.look.call_count == 2


def test_a_list_waits_two_seconds_and_begins_the_next_time_with_those_left_out(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    def look(*_: Any) -> ClusterHealth:
        clock.now += SECONDS / 2
        return health("healthy")

    monitoring.look.side_effect = look
    of = ListHealth(monitoring)
    three = [stack("a"), stack("bb"), stack("ccc")]
    assert told(of, *three) == {"a": {HEALTH: "healthy"}, "bb": {HEALTH: "healthy"}, "ccc": {}}
    assert all(call.args[2] <= SECONDS / 2 for call in monitoring.look.call_args_list)
    clock.now += AGAIN_S
    told(of, *three)
    assert monitoring.look.call_args_list[2].args[1].address == "203.0.113.3"


@pytest.mark.parametrize("phase", ["failed", "suspended", "checking", "installing", "ended"])
def test_only_what_looks_well_is_asked(
    clock: Clock, heat: Any, monitoring: Any, phase: str
) -> None:
    assert told(ListHealth(monitoring), stack(), phase=phase) == {"c": {}}
    monitoring.look.assert_not_called()


def test_a_check_that_failed_is_worth_more_than_daemons_that_run(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    failed = CheckResult(1, "failed", "disco-worker-1", "dask:smoke", "no answer")
    monitoring.look.return_value = health("healthy", check=failed)
    reason = "the last check failed: disco-worker-1: dask:smoke: no answer"
    expected = {"c": {HEALTH: "unhealthy", HEALTH_REASON: reason}}
    assert told(ListHealth(monitoring), stack()) == expected


def test_where_nobody_can_be_asked_nothing_is_told(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    monitoring.look.side_effect = Busy("As many nodes are read as may be at a time.")
    assert told(ListHealth(monitoring), stack()) == {"c": {}}
    heat.side_effect = CloudUnavailable("Heat is away.")
    assert told(ListHealth(monitoring), stack()) == {"c": {}}


def test_what_is_remembered_has_a_limit(
    clock: Clock, heat: Any, monitoring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_health, "_REMEMBERED", 2)  # nodes; each cluster here has one
    of = ListHealth(monitoring)
    some = [stack(letter * number) for number, letter in enumerate("abcd", 1)]
    assert list(told(of, *some).values()).count({HEALTH: "healthy"}) == 2
    heat.side_effect = lambda name: replace(stack(name), attributes={SLAVE_COUNT: "100"})
    assert told(of, stack("z" * 9))["z" * 9] == {}


def test_neutron_is_asked_for_the_addresses_of_all_at_once(
    clock: Clock, heat: Any, monitoring: Any
) -> None:
    told(ListHealth(monitoring), stack("a"), stack("bb"))
    [(login, watched)] = [call.args for call in monitoring.know_addresses.call_args_list]
    assert login is LOGIN
    assert [one.address for one in watched] == ["203.0.113.1", "203.0.113.2"]
    assert all(isinstance(one, Watched) for one in watched)
