"""Look-ups in a cloud: whole lists, wrong names with what there is, and errors in words."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import requests_mock as requests_mocks

from disco.errors import CloudTimeout, CloudUnavailable, Forbidden, InvalidRequest, NotInCloud
from disco.openstack.catalog import CloudCatalogue
from disco.spec import Flavor, Volume
from tests.support.catalogue import ADDRESSES, PROJECT, login_to

FLAVOR = Flavor("1", "small", 2048, 1, 10)


def image(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "status": "active", **more}


@pytest.fixture
def cloud(requests_mock: requests_mocks.Mocker) -> CloudCatalogue:
    """Nothing but what a test answers is there; nobody is asked for versions."""
    requests_mock.get("http://nova/v2.1/os-keypairs/other", status_code=404, json={})
    return CloudCatalogue(login_to())


def test_all_pages_of_a_list_are_read(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    first = requests_mock.get(
        "http://glance/v2/images?limit=1000",
        json={"images": [image("a")], "next": "/v2/images?marker=a&limit=1000"},
    )
    requests_mock.get("http://glance/v2/images?marker=a", json={"images": [image("b")]})
    assert [found["name"] for found in cloud.images()] == ["a", "b"]
    assert [found["name"] for found in cloud.images()] == ["a", "b"]
    assert first.call_count == 1
    link = {"rel": "next", "href": "http://neutron/v2.0/networks?marker=1"}
    requests_mock.get(
        "http://neutron/v2.0/networks",
        json={"networks": [{"id": "1", "name": "x"}], "networks_links": [link]},
    )
    requests_mock.get(link["href"], json={"networks": [{"id": "2", "name": "y"}]})
    assert [network["id"] for network in cloud.networks()] == ["1", "2"]


def test_a_wrong_name_is_answered_with_what_there_is(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    images = [image("debian-12"), image("debian-11"), image("twin"), image("twin", id="2")]
    requests_mock.get("http://glance/v2/images", json={"images": images})
    assert cloud.image("at", "debian-12", None) == "id-debian-12"
    assert cloud.image("at", "debain-12", None) is None
    assert cloud.image("at", "twin", None) is None
    assert cloud.image("at", "id-twin", None) == "id-twin"
    wrong, several = cloud.faults
    assert (wrong.attribute, wrong.code) == ("at", "cloud-mismatch")
    assert (wrong.allowed or "").startswith("debian-12, debian-11")
    assert "2 images are called 'twin'" in several.message


def test_an_image_that_does_not_fit_is_refused(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    images = [image("large", min_disk=20), image("queued", status="queued")]
    requests_mock.get("http://glance/v2/images", json={"images": images})
    flavors = [{"id": "2", "name": "medium", "ram": 4096, "vcpus": 2, "disk": 40}]
    requests_mock.get("http://nova/v2.1/flavors/detail", json={"flavors": flavors})
    cloud.image("at", "large", FLAVOR)
    assert cloud.image("at", "queued", FLAVOR) is None
    fit, state = cloud.faults
    assert "needs 20 GiB of disk, flavor 'small' has 10" in fit.message
    assert (fit.allowed or "").endswith("medium")
    assert state.message == "image 'queued' is queued"


def test_a_key_pair_is_looked_up_whatever_its_name(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    pair = {"keypair": {"name": "a/b", "public_key": "ssh-ed25519 AAAA"}}
    requests_mock.get("http://nova/v2.1/os-keypairs/a%2Fb", json=pair)
    assert cloud.key_pair("at", "a/b") == "ssh-ed25519 AAAA"
    assert cloud.key_pair("at", "other") is None
    assert cloud.faults[0].message == "there is no key pair 'other'"


def test_a_volume_is_refused_where_the_cloud_has_no_service() -> None:
    without = CloudCatalogue(login_to("compute", "image", "network"))
    assert without.volume(0, None, ("size", "type")) is None
    assert without.volume(5, None, ("size", "type")) == Volume(5)
    assert without.volume(6, None, ("size", "type")) == Volume(6)
    (fault,) = without.faults
    assert (fault.attribute, fault.code) == ("size", "no-volume-service")


def test_a_volume_type_goes_by_name_or_id(
    cloud: CloudCatalogue, requests_mock: requests_mocks.Mocker
) -> None:
    types = f"http://cinder/v3/{PROJECT}/types"
    requests_mock.get(types, json={"volume_types": [{"id": "t1", "name": "fast"}]})
    assert cloud.volume(5, "fast", ("size", "type")) == Volume(5, "t1")
    assert cloud.volume(5, "t1", ("size", "type")) == Volume(5, "t1")
    assert cloud.volume(5, "slow", ("size", "type")) == Volume(5)
    assert [(f.attribute, f.allowed) for f in cloud.faults] == [("type", "fast")]
    # whoever may not list types is answered by Cinder itself
    requests_mock.get(types, status_code=403)
    cloud = CloudCatalogue(cloud.login)
    assert cloud.volume(5, "slow", ("size", "type")) == Volume(5, "slow")


LIMITS = f"{ADDRESSES['compute']}/limits"


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (
            {"status_code": 403, "json": {"forbidden": {"message": "policy"}}},
            Forbidden,
            "not allow",
        ),
        ({"status_code": 404}, NotInCloud, "does not know what DISCO asks for"),
        ({"status_code": 503}, CloudUnavailable, "compute service"),
        ({"exc": requests.ReadTimeout}, CloudTimeout, "compute service did not answer in time"),
        ({"exc": requests.ConnectionError}, CloudUnavailable, "compute service cannot be reached"),
    ],
)
def test_a_service_s_errors_are_ours(
    cloud: CloudCatalogue,
    requests_mock: requests_mocks.Mocker,
    answer: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    requests_mock.get(LIMITS, **answer)
    with pytest.raises(error, match=said):
        cloud.get("compute", "/limits")


def test_a_region_that_the_catalogue_does_not_have_is_named() -> None:
    cloud = CloudCatalogue(login_to(region="Nowhere"))
    with pytest.raises(InvalidRequest) as refused:
        cloud.networks()
    (fault,) = refused.value.faults
    assert (fault.attribute, fault.code) == ("X-Region-Name", "unknown-region")
    assert "no network service" in fault.message
