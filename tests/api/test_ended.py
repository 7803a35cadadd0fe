"""Clusters at their end on clouds other than the embedded one, which lets them delete themselves.

As seen on a whole OpenStack (Zed): Neutron refuses what Heat asks of it with a credential that
has access rules, and nodes that powered off stay SHUTOFF in a stack that is complete.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from disco.openstack.delete_credential import END, End
from tests.support.cloud import until
from tests.support.cloud_faults import says
from tests.support.cloud_proxy import Answer, Change, CloudProxy, change_json
from tests.support.service import Caller, on_network, running_service

UNAUTHORIZED = {
    "error": {
        "message": "ERROR: Authorization failed: The request you have made requires"
        " authentication. (HTTP 401)",
        "type": "Unauthorized",
    }
}


@pytest.fixture(scope="module")
def proxy(embedded_cloud: EmbeddedCloud) -> Iterator[CloudProxy]:
    refused = says(401, UNAUTHORIZED)
    with (
        CloudProxy(embedded_cloud.ports) as made,
        made.fails("orchestration", "/stacks/preview", refused),
    ):
        yield made


@pytest.fixture(scope="module")
def dora(
    proxy: CloudProxy, alice_headers: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    """The user of the project ``demo``, at a service on that other cloud."""
    folder: Path = tmp_path_factory.mktemp("other-cloud")
    with running_service(folder, proxy.auth_url) as service:
        yield Caller(service.base, dict(alice_headers))


@pytest.fixture
def ending(dora: Caller, network_of_alice: str) -> Iterator[str]:
    """The address of a complete cluster whose nodes alone can end it."""
    answer = dora.create(on_network(network_of_alice, ttl="1m"))
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    dora.wait_for(location, "CREATE_COMPLETE")
    yield location
    dora.request("DELETE", location)
    dora.wait_until_gone(location)


def test_where_heat_is_refused_the_cluster_powers_off_and_nothing_is_left(
    proxy: CloudProxy, dora: Caller, alice_session: Any, network_of_alice: str
) -> None:
    location = dora.create(on_network(network_of_alice, ttl="1h")).headers["Location"]
    # it was tried in the cluster's project, with a credential of its own
    assert any(asked.path.endswith("/stacks/preview") for asked in proxy.seen)
    shown = dora.show(location)
    assert shown["disco.ending"] == "poweroff"
    assert "disco operate" in shown["disco.warnings"]
    url = f"{alice_session.auth.auth_url}/users/{alice_session.get_user_id()}"
    left = alice_session.get(f"{url}/application_credentials").json()["application_credentials"]
    assert [c["name"] for c in left if location[-36:] in c["name"] or "trial" in c["name"]] == []
    dora.request("DELETE", location)
    dora.wait_until_gone(location)


def powered_off(master: bool = True, at: str = "2026-11-28T20:00:00Z") -> Change:
    def off(said: dict[str, Any]) -> dict[str, Any]:
        if master:
            said["server"] |= {"status": "SHUTOFF", "updated": at}
        return said

    return change_json(off)


def over(at: int) -> Change:
    """The stack's end is at another time."""

    def moved(said: dict[str, Any]) -> dict[str, Any]:
        stack = said.get("stack", {})
        if END in stack.get("parameters", {}):
            stack["parameters"][END] = str(End(at, None))
        return said

    def only_json(answer: Answer) -> Answer:
        return change_json(moved)(answer) if answer.body[:1] == b"{" else answer

    return only_json


@pytest.mark.parametrize(
    ("at", "off", "phase"),
    [(-60, True, "ended"), (-60, False, "complete"), (600, True, "complete")],
)
def test_a_cluster_whose_nodes_powered_off_at_its_end_has_ended(
    proxy: CloudProxy, dora: Caller, ending: str, at: int, off: bool, phase: str
) -> None:
    with (
        proxy.answers("compute", "/servers/", powered_off(off)),
        proxy.answers("orchestration", "/stacks/", over(int(time.time()) + at)),
    ):
        shown = dora.show(ending)
    assert (shown["disco.phase"], shown["stack_status"]) == (phase, "CREATE_COMPLETE")
    if phase == "ended":
        assert shown["disco.phase_since"] == "2026-11-28T20:00:00Z"
        assert "disco operate" in shown["disco.warnings"]
        assert "external_ip" not in shown


REFUSED = (
    "Resource DELETE failed: Unauthorized: resources.floating_ip_association: 401-{'error':"
    " {'code': 401, 'message': 'The request you have made requires authentication.'}}"
)


def half_deleted(said: dict[str, Any]) -> dict[str, Any]:
    """A stack whose delete Neutron refused: the template, and with it the outputs, are gone."""
    if "stack" in said:
        said["stack"] |= {"stack_status": "DELETE_FAILED", "stack_status_reason": REFUSED}
        said["stack"] |= {"outputs": []}
        said["stack"]["parameters"][END] = str(End(int(time.time()) - 9, "refused"))
    return said


def json_change(answer: Answer) -> Answer:
    return change_json(half_deleted)(answer) if answer.body[:1] == b"{" else answer


@pytest.mark.parametrize("off", [False, True])
def test_after_a_refused_delete_the_address_is_shown_while_nodes_run(
    proxy: CloudProxy, dora: Caller, off: bool
) -> None:
    wanted = {
        k: v for k, v in on_network("x").items() if not k.endswith((".network", ".floatingip"))
    }
    heat = "icclab.disco.components.heat"
    wanted |= {f"{heat}.networkname": "refused", f"{heat}.externalnetworkname": "public"}
    location = dora.create(wanted).headers["Location"]
    address = dora.wait_for(location, "CREATE_COMPLETE")["external_ip"]
    with (
        proxy.answers("compute", "/servers/", powered_off(off)),
        proxy.answers(
            "orchestration", f"/stacks/disco_{location[-36:]}/[^/?]+(\\?|$)", json_change
        ),
    ):
        shown = dora.show(location)
    assert shown["stack_status"] == "DELETE_FAILED"
    assert "Delete the cluster again" in shown["disco.failure.hint"]
    if off:
        assert (shown["disco.phase"], "external_ip" in shown) == ("ended", False)
    else:
        assert (shown["disco.phase"], shown["external_ip"]) == ("failed", address)
    assert dora.request("DELETE", location).status_code == 200
    until(lambda: dora.request("GET", location).status_code == 404, what="nothing left")
