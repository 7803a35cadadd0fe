"""What clients need to know before and after they create."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.conftest import complete_cluster
from tests.support.service import KIND, Caller, attributes, join

FRAMEWORK = 'dask; scheme="http://schemas.cloudcomplab.ch/occi/sm/framework#"; class="mixin"'


def test_choices_are_what_the_project_has(alice: Caller, alice_project_id: str) -> None:
    answer = alice.get("/disco/choices")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["project"] == {"id": alice_project_id, "name": "demo"}
    assert "debian-12" in {image["name"] for image in found["images"]}
    flavors = {flavor["name"]: flavor for flavor in found["flavors"]}
    assert (flavors["m1.small"]["ram_mb"], flavors["m1.small"]["cores"]) == (2048, 1)
    assert "public" in {network["name"] for network in found["external_networks"]}
    assert not {n["name"] for n in found["networks"]} & {"public"}
    quotas = {quota["name"]: quota for quota in found["quotas"]}
    assert quotas["instances"]["limit"] == 500
    assert quotas["cores"]["used"] >= 0
    assert found["untold"] == []


def test_choices_need_credentials(alice: Caller) -> None:
    assert Caller(alice.base, {}).get("/disco/choices").status_code == 401


def test_a_framework_can_be_asked_for_by_its_mixin(alice: Caller) -> None:
    wanted = attributes(masterflavor="m1.medium")
    sent = {"Content-type": "text/occi", "X-OCCI-Attribute": join(wanted)}

    def preview(category: str) -> Any:
        headers = {**sent, "Category": f"{KIND[:-1]}, {category}"}
        return alice.request("POST", "/disco/?action=preview", headers=headers)

    shown = preview(FRAMEWORK)
    assert shown.status_code == 200, shown.text
    assert set(shown.json()["frameworks"]) == {"dask"}
    unknown = preview(FRAMEWORK.replace("dask", "nonesuch"))
    assert (unknown.status_code, "not registered" in unknown.text) == (400, True)


def test_nodes_are_told_by_name_and_to_their_owner_alone(
    alice: Caller, bob: Caller, cluster_with_address: str
) -> None:
    nodes = alice.get(f"{cluster_with_address}/nodes").json()["nodes"]
    assert nodes == [
        {"name": "disco-manager", "role": "master", "number": 0, "address": "192.168.16.10",
         "group": None, "alias": None},
        {"name": "disco-worker-1", "role": "worker", "number": 1, "address": "192.168.16.11",
         "group": None, "alias": None},
    ]  # fmt: skip
    assert bob.get(f"{cluster_with_address}/nodes").status_code == 404


@pytest.fixture
def cluster_with_address(alice: Caller) -> Iterator[str]:
    with complete_cluster(alice, attributes()) as path:
        yield path


def test_interfaces_and_members_of_a_cluster_without_frameworks(
    alice: Caller, bob: Caller, cluster_with_address: str
) -> None:
    found = alice.get(f"{cluster_with_address}/interfaces", Accept="application/json").json()
    address = alice.show(cluster_with_address)["external_ip"]
    (log,) = found["interfaces"]
    assert (log["component"], log["reach"]) == ("heat", "public")
    assert log["url"] == f"http://{address}:8084/deployment.log"
    assert log["url"] in alice.get(f"{cluster_with_address}/interfaces", Accept="text/plain").text
    assert bob.get(f"{cluster_with_address}/interfaces").status_code == 404
    assert cluster_with_address in alice.get("/component/heat/").text
    assert cluster_with_address not in alice.get("/component/dask/").text
    assert cluster_with_address not in alice.get("/disco/", Category=FRAMEWORK).text
    assert alice.get("/component/nonesuch/").status_code == 404
    assert alice.request("DELETE", "/component/heat/").status_code == 405
