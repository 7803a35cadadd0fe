"""A list tells how complete clusters are now, on a real Keystone and Heat, for few questions.

What their masters tell is served here, at their addresses.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import until
from tests.support.cloud_proxy import CloudProxy
from tests.support.logserver import log_server
from tests.support.service import Caller, attributes, running_service

NODES = ("disco-manager", "disco-worker-1")
UNLIMITED = {"limit_requests": "off", "limit_creates": "off", "workers": "1"}


class Master:
    """What a cluster's master tells of the nodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def tell(self, state: int = 2) -> None:
        """All as it is now; the worker's daemon works (2) or does not run (0)."""
        now = int(time.time())
        lines = {NODES[0]: 'disco_daemon{name="dask-scheduler"} 2',
                 NODES[1]: f'disco_daemon{{name="dask-worker"}} {state}'}  # fmt: skip
        told = json.dumps([now, {name: [now, [line]] for name, line in lines.items()}])
        new = self.folder / "new"
        new.write_text(told)
        new.rename(self.folder / "health.json")


def listed(caller: Caller, query: str = "") -> dict[str, dict[str, Any]]:
    """What the list tells of health, by the beginnings of ids."""
    answer = caller.get(f"/disco/{query}", Accept="application/occi+json; version=1.2")
    assert answer.status_code == 200, answer.text
    return {
        one["id"][-36:]: {k: v for k, v in one["attributes"].items() if "health" in k}
        for one in answer.json()["resources"]
    }


@pytest.fixture
def scene(
    embedded_cloud: EmbeddedCloud, alice_headers: dict[str, str], tmp_path: Path
) -> Iterator[tuple[Caller, CloudProxy, dict[str, Master]]]:
    """Two complete clusters whose masters tell that all is well."""
    with (
        CloudProxy(embedded_cloud.ports) as proxy,
        running_service(tmp_path, proxy.auth_url, **UNLIMITED) as service,
        contextlib.ExitStack() as servers,
    ):
        alice = Caller(service.base, dict(alice_headers))
        wanted = attributes(waitcondition="false", masterflavor="m1.medium", inject="{'dask': ''}")
        made = [alice.create(wanted).headers["Location"] for _ in range(2)]
        masters = {}
        for location in made:
            shown = alice.wait_for(location, "CREATE_COMPLETE")
            masters[location[-36:]] = master = Master(tmp_path / location[-36:])
            master.tell()
            servers.enter_context(log_server(shown["external_ip"], master.folder))
        yield alice, proxy, masters
        for location in made:
            alice.request("DELETE", location)
        for location in made:
            alice.wait_until_gone(location)


def test_a_daemon_that_stopped_is_in_the_list_and_the_cloud_is_hardly_asked(
    scene: tuple[Caller, CloudProxy, dict[str, Master]],
) -> None:
    alice, proxy, masters = scene
    ids = [*masters]
    plain = listed(alice)
    assert {one: plain[one] for one in ids} == {one: {} for one in ids}

    def now() -> dict[str, dict[str, Any]]:
        for master in masters.values():
            master.tell(0 if master is masters[ids[1]] and is_stopped else 2)
        found = listed(alice, "?health=now")
        return {one: found[one] for one in ids}

    is_stopped = False
    well = {"disco.health": "healthy"}
    until(lambda: now() == {one: well for one in ids}, 60, "both to be healthy")
    # from here on the addresses are known: a list with health costs what a list costs
    before = len(proxy.seen)
    listed(alice)
    plain_cost = len(proxy.seen) - before
    is_stopped = True
    died = {
        "disco.health": "unhealthy",
        "disco.health.reason": "disco-worker-1: dask-worker does not run",
    }
    until(lambda: now() == {ids[0]: well, ids[1]: died}, 60, "one to be unhealthy")
    before = len(proxy.seen)
    now()
    assert len(proxy.seen) - before == plain_cost
    # what was heard lately is in lists that ask nobody, and in pages of them
    assert listed(alice)[ids[1]] == died
    assert listed(alice, "?limit=100&health=now")[ids[1]] == died
