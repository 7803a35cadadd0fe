"""The table of actions against a real Heat, in each status that a cluster can be brought into."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import requests

from disco.clusters.actions import BY_TERM, Outcome
from disco.heat.stack_status import StackStatus
from tests.support.cloud import nodes_say, until
from tests.support.service import Caller, attributes, on_network

SCHEME = "http://schemas.cloudcomplab.ch/occi/sm/action#"
HEAT = "icclab.disco.components.heat"
#: what an action needs to be a request that can be granted
SENT = {"extend": {f"{HEAT}.ttl": "5h"}, "scale": {f"{HEAT}.slavecount": "2"}}


def act(
    caller: Caller, path: str, term: str, sent: dict[str, str] | None = None
) -> requests.Response:
    body = {"action": f"{SCHEME}{term}", "attributes": sent or SENT.get(term, {})}
    accept = {"Accept": "application/json"}
    return caller.request("POST", f"{path}?action={term}", json=body, headers=accept)


def offered(caller: Caller, path: str) -> set[str]:
    shown = caller.get(path, Accept="application/json").json()
    return {action.removeprefix(SCHEME) for action in shown["actions"]}


def refused(caller: Caller, path: str, status: str) -> None:
    """What the table refuses is answered with 409; what it allows is offered, and no more."""
    assert caller.show(path)["stack_status"] == status
    outcomes = {term: row.outcome(StackStatus(status)) for term, row in BY_TERM.items()}
    assert offered(caller, path) == {t for t, out in outcomes.items() if out is Outcome.DO}
    for term, outcome in outcomes.items():
        if outcome is Outcome.REFUSE:
            answer = act(caller, path, term)
            assert answer.status_code == 409, (term, answer.text)
            assert answer.json()["message"] == str(BY_TERM[term].conflict(StackStatus(status)))
        elif outcome is Outcome.NOTHING:
            assert act(caller, path, term).status_code == 200
    assert caller.show(path)["stack_status"] == status


@contextlib.contextmanager
def made_by(caller: Caller, wanted: Callable[..., dict[str, str]]) -> Iterator[Callable[..., str]]:
    """Creates clusters with a time to live, whose nodes are waited for; gives their paths."""
    paths = []

    def create(**changes: str | None) -> str:
        answer = caller.create(wanted(**{"ttl": "2h", "waitcondition": "true", **changes}))
        assert answer.status_code == 201, answer.text
        paths.append(answer.headers["Location"].removeprefix(caller.base))
        return paths[-1]

    yield create
    for path in paths:
        caller.request("DELETE", path)
    for path in paths:
        caller.wait_until_gone(path)


@pytest.fixture
def made(alice: Caller, network_of_alice: str) -> Iterator[Callable[..., str]]:
    with made_by(alice, partial(on_network, network_of_alice)) as create:
        yield create


@pytest.fixture
def made_by_bob(bob: Caller) -> Iterator[Callable[..., str]]:
    """In a project where no other test has clusters: what is done with all is done with these."""
    with made_by(bob, attributes) as create:
        yield create


def failed(alice: Caller, path: str, status: str) -> None:
    until(lambda: alice.show(path)["stack_status"] == status, 60, status)


def test_a_cluster_s_life(alice: Caller, alice_heat: Any, made: Callable[..., str]) -> None:
    path = made()
    refused(alice, path, "CREATE_IN_PROGRESS")
    nodes_say(alice_heat, path.rpartition("/")[2], status="SUCCESS", id="disco-manager")
    alice.wait_for(path, "CREATE_COMPLETE")
    refused(alice, path, "CREATE_COMPLETE")
    assert act(alice, path, "suspend").status_code == 200
    alice.wait_for(path, "SUSPEND_COMPLETE")
    refused(alice, path, "SUSPEND_COMPLETE")
    assert act(alice, path, "resume").status_code == 200
    alice.wait_for(path, "RESUME_COMPLETE")
    refused(alice, path, "RESUME_COMPLETE")
    assert act(alice, path, "extend").status_code == 200
    alice.wait_for(path, "UPDATE_COMPLETE")
    refused(alice, path, "UPDATE_COMPLETE")


def test_a_create_and_a_change_that_failed(
    alice: Caller, alice_heat: Any, made: Callable[..., str]
) -> None:
    path = made()
    uuid = path.rpartition("/")[2]
    nodes_say(alice_heat, uuid, status="FAILURE", reason="no disk", id="disco-manager")
    failed(alice, path, "CREATE_FAILED")
    refused(alice, path, "CREATE_FAILED")
    assert act(alice, path, "retry").status_code == 200
    until(lambda: alice.state(path) == "UPDATE_IN_PROGRESS", 60, "the retry")
    refused(alice, path, "UPDATE_IN_PROGRESS")
    data = {"status": "FAILURE", "reason": "no disk", "data": "", "id": "disco-manager"}

    def waits() -> bool:
        listed = alice_heat.resources.list(f"disco_{uuid}")
        known = {r.resource_name: r.resource_status for r in listed}
        return known.get("ready") == "CREATE_IN_PROGRESS" and "retry_signal_1" in known

    until(waits, 60, "the cluster waits again")
    alice_heat.resources.signal(f"disco_{uuid}", "retry_signal_1", data=data)
    failed(alice, path, "UPDATE_FAILED")
    refused(alice, path, "UPDATE_FAILED")


def test_the_collection_extends_what_can_be_extended(
    bob: Caller, made_by_bob: Callable[..., str]
) -> None:
    """One that is complete, one that is being created, and one that has no time to live."""
    complete = made_by_bob(waitcondition="false")
    begun = made_by_bob(networkname="net2")
    endless = made_by_bob(waitcondition="false", networkname="net3", ttl=None)
    for path in (complete, endless):
        bob.wait_for(path, "CREATE_COMPLETE")
    before = {path: bob.show(path) for path in (complete, begun, endless)}
    answer = act(bob, "/disco/", "extend")
    assert answer.status_code == 200, answer.text
    shown = bob.wait_for(complete, "UPDATE_COMPLETE")
    assert shown["disco.expires"] > before[complete]["disco.expires"]
    for path in (begun, endless):
        shown = bob.show(path)
        assert shown["stack_status"] == before[path]["stack_status"]
        assert shown.get("disco.expires") == before[path].get("disco.expires")


def test_the_collection_says_why_nothing_was_done(
    bob: Caller, made_by_bob: Callable[..., str]
) -> None:
    assert act(bob, "/disco/", "resume").status_code == 200  # there is none
    path = made_by_bob(waitcondition="false")
    bob.wait_for(path, "CREATE_COMPLETE")
    answer = act(bob, "/disco/", "resume")
    assert answer.status_code == 409
    (fault,) = answer.json()["faults"]
    assert fault["attribute"] == path.rpartition("/")[2]
    assert fault["message"] == "The cluster is not suspended: it is CREATE_COMPLETE."
    assert act(bob, "/disco/", "extend", {f"{HEAT}.ttl": "soon"}).status_code == 400


def test_an_action_that_there_is_not_is_answered_with_those_there_are(
    alice: Caller, standing_cluster: str
) -> None:
    for path in ("/disco/", standing_cluster):
        (fault,) = act(alice, path, "reboot").json()["faults"]
        assert fault["allowed"] == "check, extend, resume, retry, scale, suspend"
