"""Heat is the database: the service can be killed at any moment and nothing is lost."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.support.cloud import pauses
from tests.support.service import Caller, ServiceProcess, attributes, on_network

CREATES = 20
#: the longest between two kills, in seconds, where the service starts quickly
PAUSE_S = 2.5


@pytest.fixture
def small(network_of_alice: str) -> dict[str, str]:
    """What is asked for: the service is what is killed, and makes nothing of it itself."""
    return on_network(network_of_alice)


class Killer(threading.Thread):
    """Kills the service again and again, and starts it anew, until told to stop."""

    def __init__(self, service: ServiceProcess, seed: int) -> None:
        super().__init__(daemon=True)
        self.service = service
        self.random = random.Random(seed)
        self.done = threading.Event()
        self.kills = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            longest = PAUSE_S
            # the pause is what is varied: the kill falls anywhere in a request
            while not self.done.wait(self.random.uniform(0.05, longest)):
                self.service.kill()
                self.kills += 1
                began = time.monotonic()
                self.service.start()
                # on a busy machine it would do nothing but start
                longest = max(PAUSE_S, 2 * (time.monotonic() - began))
        except BaseException as error:
            self.error = error


def insist(call: Callable[[], requests.Response]) -> requests.Response:
    """What a client does whose server goes away: send the same request again."""
    for _ in pauses(120):
        try:
            answer = call()
        except (
            requests.ConnectionError,
            requests.Timeout,
            # it went away after the headers, before the body was through
            requests.exceptions.ChunkedEncodingError,
        ):
            continue
        if answer.status_code < 500:
            return answer
    raise AssertionError("no answer for two minutes")


@pytest.mark.slow
def test_sigkill_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path, cloud_auth_url: str, alice_headers: dict[str, str], small: dict[str, str]
) -> None:
    # every other one on a network that is there; for the service both are one request
    wanted = (attributes(floatingip="none"), small)
    service = ServiceProcess(tmp_path, cloud_auth_url)
    service.start()
    caller = Caller(service.base, alice_headers)
    killer = Killer(service, seed=20)
    killer.start()
    ids = [str(uuid.uuid4()) for _ in range(CREATES)]
    try:
        for number, id in enumerate(ids):
            create = partial(caller.create, wanted[number % 2], **{"Idempotency-Key": id})
            answer = insist(create)
            assert answer.status_code == 201, answer.text
            assert answer.headers["Location"].endswith(id)
        listed = insist(lambda: caller.get("/disco/", Accept="text/uri-list")).text
        for id in ids:
            assert listed.count(id) == 1
        for id in ids:
            answer = insist(partial(caller.request, "DELETE", f"/disco/{id}"))
            # 400: an answer was lost, and the cluster is gone already
            assert answer.status_code in (200, 400), answer.text
    finally:
        killer.done.set()
        killer.join(timeout=60)
    assert killer.error is None
    assert killer.kills > 0
    for id in ids:
        caller.wait_until_gone(f"/disco/{id}")
    assert not any(id in caller.get("/disco/").text for id in ids)
    service.stop()


def test_a_repeated_create_gives_the_same_cluster(alice: Caller, small: dict[str, str]) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = alice.create(small, **key)
    again = alice.create(small, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.headers["Location"] == again.headers["Location"]
    alice.request("DELETE", first.headers["Location"])


def test_the_same_id_for_another_request_is_a_conflict(
    alice: Caller, small: dict[str, str]
) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = alice.create(small, **key)
    other = alice.create({**small, "icclab.disco.components.heat.slavecount": "2"}, **key)
    assert other.status_code == 409
    alice.request("DELETE", first.headers["Location"])


def test_two_services_serve_the_same_clusters(
    tmp_path: Path,
    cloud_auth_url: str,
    alice: Caller,
    alice_headers: dict[str, str],
    small: dict[str, str],
) -> None:
    # the same key secret, as replicas have it
    location = alice.create(small).headers["Location"]
    second = ServiceProcess(tmp_path, cloud_auth_url)
    second.start()
    try:
        path = location.removeprefix(alice.base)
        seen = Caller(second.base, alice_headers).show(path)
        assert seen["stackid"] == alice.show(location)["stackid"]
    finally:
        second.stop()
        alice.request("DELETE", location)
