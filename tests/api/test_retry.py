"""A create that failed is taken up again: what works stays, what does not is made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.cloud import until
from tests.support.service import Caller, attributes

RETRY = 'retry; scheme="http://schemas.cloudcomplab.ch/occi/sm/action#"; class="action"'


def retry(alice: Caller, url: str) -> requests.Response:
    headers = {"Content-type": "text/occi", "Category": RETRY, "Accept": "application/json"}
    return alice.request("POST", f"{url}?action=retry", headers=headers)


def signal(heat: Any, url: str, handle: str, node: str, reason: str, good: bool = False) -> None:
    data = {"status": "SUCCESS" if good else "FAILURE", "reason": reason, "data": "", "id": node}
    heat.resources.signal(f"disco_{url.rpartition('/')[2]}", handle, data=data)


def in_state(alice: Caller, url: str, status: str) -> dict[str, str]:
    def look() -> dict[str, str] | None:
        shown = alice.show(url)
        return shown if shown["stack_status"] == status else None

    found = until(look, 60, status)
    assert found is not None
    return found


@pytest.fixture
def servers(alice_session: Any) -> Callable[[], dict[str, dict[str, Any]]]:
    def read() -> dict[str, dict[str, Any]]:
        endpoint = alice_session.get_endpoint(service_type="compute", interface="public")
        listed = alice_session.get(f"{endpoint}/servers/detail").json()["servers"]
        return {server["name"]: server for server in listed}

    return read


def test_a_worker_that_failed_is_made_anew_and_the_master_goes_on(
    alice: Caller,
    alice_heat: Any,
    servers: Callable[[], dict[str, dict[str, Any]]],
    volumes: Callable[[], dict[str, dict[str, Any]]],
) -> None:
    answer = alice.create(attributes(waitcondition="true", slavecount="2", volumesize="1"))
    url = answer.headers["Location"].removeprefix(alice.base)
    assert retry(alice, url).status_code == 409  # it is being made
    until(lambda: alice.show(url)["disco.phase"] == "installing", what="the nodes' turn")
    why = "dask:installed: exit 6: curl: (6) Could not resolve host"
    for node in ("disco-manager: workers:done: disco-worker-2 failed at", "disco-worker-2:"):
        name = node.partition(":")[0]
        signal(alice_heat, url, "signal", name, f"{node} {why}")
    before, disks = servers(), volumes()
    in_state(alice, url, "CREATE_FAILED")
    answer = retry(alice, url)
    assert answer.status_code == 200, answer.text
    # a new place to signal to, of which the master hears
    until(lambda: "disco_retry" in servers()["disco-manager"]["metadata"], what="its metadata")
    told = servers()["disco-manager"]["metadata"]
    assert told["disco_endpoint"].endswith("/resources/retry_signal_1/signal")
    assert told["disco_token"]
    parts = f"disco_{url.rpartition('/')[2]}"
    until(
        lambda: alice_heat.resources.get(parts, "ready").resource_status == "CREATE_IN_PROGRESS",
        what="the cluster waits again",
    )
    signal(alice_heat, url, "retry_signal_1", "disco-manager", "cluster is ready", good=True)
    in_state(alice, url, "UPDATE_COMPLETE")
    after = servers()
    same = {name: after[name]["id"] == before[name]["id"] for name in before}
    assert same == {"disco-manager": True, "disco-worker-1": True, "disco-worker-2": False}
    assert after["disco-worker-2"]["addresses"] == before["disco-worker-2"]["addresses"]
    # the one that was made anew has the volume of the one before
    disks_after = volumes()
    assert {n: v["id"] for n, v in disks_after.items()} == {n: v["id"] for n, v in disks.items()}
    where = {n: v["attachments"][0]["server_id"] for n, v in disks_after.items()}
    assert where == {n: after[n]["id"] for n in ("disco-worker-1", "disco-worker-2")}
    assert retry(alice, url).json()["code"] == "nothing-to-retry"
    alice.request("DELETE", url)
    alice.wait_until_gone(url)


def test_what_the_cloud_refused_is_made_when_there_is_room(
    alice: Caller, quota: Callable[..., object], servers: Callable[[], dict[str, dict[str, Any]]]
) -> None:
    quota(instances=2)
    answer = alice.create(attributes(slavecount="3", skipquota="true"))
    url = answer.headers["Location"].removeprefix(alice.base)
    failed = in_state(alice, url, "CREATE_FAILED")
    assert "Quota exceeded" in failed["disco.failure.reason"]
    quota(instances=10)
    assert retry(alice, url).status_code == 200
    in_state(alice, url, "UPDATE_COMPLETE")
    assert {s["status"] for s in servers().values()} == {"ACTIVE"}
    assert len(servers()) == 4
    alice.request("DELETE", url)
    alice.wait_until_gone(url)
