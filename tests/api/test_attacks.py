"""Somebody else is answered within a second, whatever strangers, tenants and nodes do meanwhile.

Each attack runs for seconds here, and for a minute with ``make attacks``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from soak.attacks import ATTACKS, Attack, Scene
from soak.run import PROMPT_S, measure
from tests.support.cloud import until
from tests.support.service import Caller, ServiceProcess, attributes

SECONDS = 2.0
#: a machine on which other tests compute may be late once; a service that waits is late each time
TRIES = 3


@pytest.fixture(scope="module")
def scene(
    service: ServiceProcess, alice_headers: dict[str, str], alice_heat: Any
) -> Iterator[Scene]:
    """A tenant with a cluster that waits for its nodes, and has a floating IP."""
    alice = Caller(service.base, dict(alice_headers))
    location = alice.create(attributes(waitcondition="true")).headers["Location"]
    path = location.removeprefix(alice.base)
    address = until(lambda: alice.show(path).get("external_ip"), 60) or ""
    yield Scene(alice, alice_heat, path, address)
    alice.request("DELETE", path)
    alice.wait_until_gone(path)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_health_is_answered_during(scene: Scene, attack: Attack) -> None:
    for number in range(1, TRIES + 1):
        health = measure(scene, attack, SECONDS)
        assert health.seconds and not health.failed, health.failed
        if health.slowest < PROMPT_S:
            return
        assert number < TRIES, f"the slowest answer took {health.slowest:.1f} s"
