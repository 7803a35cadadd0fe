"""Zones of services that answer oddly, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock as requests_mocks

from disco.openstack.catalog import CloudCatalogue
from disco.openstack.endpoints import COMPUTE, VOLUME
from disco.openstack.zones import Zones
from tests.support.catalogue import ADDRESSES, login_to

NOVA = "http://nova/v2.1/os-availability-zone"


def zone(name: str, available: object = True) -> dict[str, Any]:
    return {"zoneName": name, "zoneState": {"available": available}}


@pytest.fixture
def cloud() -> CloudCatalogue:
    return CloudCatalogue(login_to())


def test_each_service_is_asked_once(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    answer = {"availabilityZoneInfo": [zone("a"), zone("off", False), zone("odd", "yes")]}
    asked = requests_mock.get(NOVA, json=answer)
    zones = Zones(cloud)
    assert zones.listed(COMPUTE) == {"a": True, "off": False, "odd": False}
    assert zones.check("at", "a") == "a"
    assert cloud.faults == []
    zones.check("at", "off")
    zones.check("at", "b")
    assert [(f.message, f.allowed) for f in cloud.faults] == [
        ("the availability zone 'off' is not available now", "a"),
        ("there is no availability zone 'b'", "a"),
    ]
    assert asked.call_count == 1


@pytest.mark.parametrize(
    "answer", [{}, [], {"availabilityZoneInfo": None}, {"availabilityZoneInfo": [{}]}, "x"]
)
def test_an_answer_of_another_form_says_nothing(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker, answer: object
) -> None:
    requests_mock.get(NOVA, json=answer)
    assert Zones(cloud).check("at", "anything") == "anything"
    assert cloud.faults == []


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_told_is_left_to_the_service(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker, status: int
) -> None:
    requests_mock.get(NOVA, status_code=status)
    assert Zones(cloud).listed(COMPUTE) is None


def test_volumes_without_a_zone_of_that_name_are_in_the_default_one(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    cinder = f"{ADDRESSES['block-storage']}/os-availability-zone"
    asked = requests_mock.get(cinder, json={"availabilityZoneInfo": [zone("a")]})
    zones = Zones(cloud)
    assert zones.of_volumes("at", None) is None
    assert asked.call_count == 0
    assert zones.of_volumes("at", "a") == "a"
    assert zones.of_volumes("at", "b") is None
    assert zones.of_volumes("at", "b") is None
    assert len(cloud.warnings) == 1
    assert zones.listed(VOLUME) == {"a": True}


def test_a_cloud_without_zones_says_so(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    requests_mock.get(NOVA, json={"availabilityZoneInfo": []})
    Zones(cloud).check("at", "a")
    assert cloud.faults[0].allowed == "none: leave it out"
