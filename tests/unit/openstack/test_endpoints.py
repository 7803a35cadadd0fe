"""Services are where the catalogue says, in the version that is read."""

from __future__ import annotations

import pytest

from disco.errors import InvalidRequest
from disco.openstack.endpoints import find_endpoint, page_url, service_url
from tests.support import catalogue

VOLUMES = f"http://cinder/v3/{catalogue.PROJECT}"


@pytest.mark.parametrize(
    ("service", "written", "read"),
    [
        ("compute", "http://nova/v2.1", "http://nova/v2.1"),
        ("compute", "https://cloud/compute/v2.1/", "https://cloud/compute/v2.1"),
        ("network", "http://neutron", "http://neutron/v2.0"),
        ("network", "http://neutron/v2.0/", "http://neutron/v2.0"),
        ("image", "http://cloud/image", "http://cloud/image/v2"),
        ("image", "http://glance/v2", "http://glance/v2"),
        ("block-storage", "http://cinder", VOLUMES),
        ("block-storage", "http://cinder/v3", VOLUMES),
        ("block-storage", VOLUMES, VOLUMES),
    ],
)
def test_a_version_is_added_where_the_catalogue_has_none(
    monkeypatch: pytest.MonkeyPatch, service: str, written: str, read: str
) -> None:
    monkeypatch.setitem(catalogue.ADDRESSES, service, written)
    assert service_url(catalogue.login_to(), service) == read


def test_a_service_of_another_region_is_not_there() -> None:
    assert find_endpoint(catalogue.login_to("compute"), "network") is None
    login = catalogue.login_to("compute", region="Nowhere")
    assert find_endpoint(login, "compute") is None
    with pytest.raises(InvalidRequest, match="RegionOne"):
        service_url(login, "compute")
    anywhere = catalogue.login_to("compute", region=None)
    assert service_url(anywhere, "compute") == "http://nova/v2.1"


@pytest.mark.parametrize(
    "link",
    [
        "/v2/images?marker=1",
        "http://glance.internal:9292/v2/images?marker=1",
        "//evil.example/v2/images?marker=1",
        "?marker=1",
    ],
)
def test_the_next_page_is_of_the_same_list_wherever_its_link_leads(link: str) -> None:
    assert page_url("http://cloud/image/v2/images", link) == (
        "http://cloud/image/v2/images?marker=1"
    )


def test_an_address_is_looked_up_once_for_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    login = catalogue.login_to()
    first = find_endpoint(login, "network")
    monkeypatch.setattr(login.session, "get_endpoint", None)  # not asked any more
    assert find_endpoint(login, "network") == first


def test_another_token_has_a_catalogue_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_endpoint(catalogue.login_to(), "network") == "http://neutron"
    monkeypatch.setitem(catalogue.ADDRESSES, "network", "http://elsewhere")
    assert find_endpoint(catalogue.login_to(), "network") == "http://elsewhere"
    assert find_endpoint(catalogue.login_to("compute"), "network") is None
