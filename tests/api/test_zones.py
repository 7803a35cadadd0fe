"""Availability zones: of all nodes, of groups and of volumes, as the project has them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.api.bent_cloud import Bent, faults_of, preview, previewed
from tests.api.test_scaling import scale
from tests.support.cloud_faults import says
from tests.support.cloud_proxy import change_json
from tests.support.service import attributes

PATH = "/os-availability-zone"


def zones(**available: bool) -> Any:
    """A change of a service's answer: it has these zones."""
    listed = [{"zoneName": n, "zoneState": {"available": a}} for n, a in available.items()]
    return change_json(lambda _: {"availabilityZoneInfo": listed})


def placed(shown: dict[str, Any], kind: str) -> dict[str, str | None]:
    resources = yaml.safe_load(shown["template"])["resources"]
    return {
        name: resource["properties"].get("availability_zone")
        for name, resource in resources.items()
        if resource["type"] == kind
    }


def test_choices_list_the_zones_that_are_available(bent: Bent) -> None:
    assert bent.alice.get("/disco/choices").json()["availability_zones"] == [
        {"name": "nova", "volumes": True}
    ]
    with (
        bent.proxy.answers("compute", PATH, zones(b=True, a=True, off=False)),
        bent.proxy.answers("volume", PATH, zones(a=True)),
    ):
        assert bent.alice.get("/disco/choices").json()["availability_zones"] == [
            {"name": "a", "volumes": True},
            {"name": "b", "volumes": False},
        ]
    with bent.proxy.fails("compute", PATH, says(403, {"forbidden": {"message": "no"}})):
        told = bent.alice.get("/disco/choices").json()
        assert told["availability_zones"] == []
        assert told["untold"] == ["availability_zones"]


def test_all_nodes_and_their_volumes_are_in_the_zone_and_groups_in_theirs(bent: Bent) -> None:
    groups = "{'far': {'count': 1, 'availabilityzone': 'b'}, 'near': {'count': 1}}"
    wanted = attributes(availabilityzone="a", volumesize="5", groups=groups)
    with (
        bent.proxy.answers("compute", PATH, zones(a=True, b=True)),
        bent.proxy.answers("volume", PATH, zones(a=True)),
    ):
        shown = previewed(bent.alice, wanted)
    assert placed(shown, "OS::Nova::Server") == {
        "master": "a", "worker_1": "a", "worker_2": "b", "worker_3": "a"
    }  # fmt: skip
    assert [n["availability_zone"] for n in shown["nodes"]] == ["a", "a", "b", "a"]
    assert placed(shown, "OS::Cinder::Volume") == {
        "volume_1": "a", "volume_2": None, "volume_3": "a"
    }  # fmt: skip
    (warning,) = shown["warnings"]
    assert "volume service has no availability zone 'b'" in warning


def test_without_a_zone_nobody_is_asked_and_the_cloud_chooses(bent: Bent) -> None:
    before = len(bent.proxy.seen)
    shown = previewed(bent.alice, attributes(volumesize="5"))
    assert set(placed(shown, "OS::Nova::Server").values()) == {None}
    assert not [a for a in bent.proxy.seen[before:] if a.path.endswith(PATH)]


@pytest.mark.parametrize("zone", ["Nova", "nova:host-7", "ä,b=c;d", "nova "])
def test_a_zone_that_is_not_the_projects_is_refused(bent: Bent, zone: str) -> None:
    if zone.strip() == "nova":
        assert preview(bent.alice, attributes(availabilityzone=zone)).status_code == 200
        return
    found = faults_of(preview(bent.alice, attributes(availabilityzone=zone)))
    assert set(found) == {"availabilityzone"}
    assert found["availabilityzone"]["allowed"] == "nova"
    groups = repr({"far": {"count": 1, "availabilityzone": zone}})
    found = faults_of(preview(bent.alice, attributes(groups=groups)))
    assert set(found) == {"groups"}
    assert "there is no availability zone" in found["groups"]["message"]


def test_a_zone_that_is_not_available_is_refused(bent: Bent) -> None:
    with bent.proxy.answers("compute", PATH, zones(a=True, nova=False)):
        found = faults_of(preview(bent.alice, attributes(availabilityzone="nova")))
    assert "is not available now" in found["availabilityzone"]["message"]
    assert found["availabilityzone"]["allowed"] == "a"
    with bent.proxy.answers("volume", PATH, zones(nova=False, b=True)):
        plain = attributes(availabilityzone="nova")
        assert preview(bent.alice, plain).status_code == 200
        found = faults_of(preview(bent.alice, {**plain, **attributes(volumesize="5")} | plain))
    assert "volume service" in found["availabilityzone"]["message"]


def test_a_cloud_that_does_not_list_its_zones_decides_itself(bent: Bent) -> None:
    hidden = says(403, {"forbidden": {"code": 403, "message": "no"}})
    with bent.proxy.fails("compute", PATH, hidden):
        shown = previewed(bent.alice, attributes(availabilityzone="secret"))
    assert set(placed(shown, "OS::Nova::Server").values()) == {"secret"}


def test_new_workers_are_where_the_others_are(bent: Bent) -> None:
    alice = bent.alice
    answer = alice.create(attributes(availabilityzone="nova", volumesize="5"))
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    path = location.removeprefix(alice.base)
    alice.wait_for(location, "CREATE_COMPLETE")
    with bent.proxy.answers("compute", PATH, zones(b=True)):
        found = faults_of(scale(alice, path, slavecount="2"))
        assert "no availability zone 'nova'" in found["availabilityzone"]["message"]
    assert scale(alice, path, slavecount="2").status_code == 200
    alice.wait_for(location, "UPDATE_COMPLETE")
    alice.request("DELETE", location)
    alice.wait_until_gone(location)
