"""One region for all services: the one asked for, or the only one with Heat."""

from __future__ import annotations

import pytest
from keystoneauth1.access.service_catalog import ServiceCatalogV3

from disco.errors import InvalidRequest
from disco.openstack.regions import (
    SHOWN,
    choose_region,
    list_interfaces,
    list_regions,
    name_all,
    unknown_region,
)


def catalog(**services: str) -> ServiceCatalogV3:
    """Services with endpoints such as ``"RegionOne public, RegionTwo internal"``."""
    entries = []
    for name, endpoints in services.items():
        pairs = [text.split() for text in endpoints.split(", ")]
        entries.append(
            {
                "type": name.replace("_", "-"),
                "name": name,
                "endpoints": [
                    {"id": "e", "region_id": r, "region": r, "interface": i, "url": "http://x"}
                    for r, i in pairs
                ],
            }
        )
    return ServiceCatalogV3(entries)


@pytest.mark.parametrize(
    ("heat", "compute", "region"),
    [
        ("A public", "B public, A public", "A"),
        ("B public", "A public, B public", "B"),
        ("B public", "A public", "B"),
        ("A internal, B public", "A public", "B"),
        ("A internal", "A public, B public", "A"),
        ("A internal, A public, A admin", "A public", "A"),
    ],
)
def test_the_region_is_that_of_heat(heat: str, compute: str, region: str) -> None:
    found = catalog(compute=compute, orchestration=heat, identity="Z public")
    assert choose_region(found, None, "public") == region
    assert choose_region(found, "", "public") == region


def test_without_heat_the_only_region_is_meant() -> None:
    assert choose_region(catalog(compute="A public", image="A public"), None, "public") == "A"
    assert choose_region(ServiceCatalogV3([]), None, "public") is None
    assert choose_region(ServiceCatalogV3([]), "A", "public") == "A"


@pytest.mark.parametrize(
    ("heat", "interface", "allowed"),
    [
        ("A public, B public", "public", "A, B"),
        ("A internal, B internal, B public, C internal", "internal", "A, B, C"),
        ("A admin, B admin", "public", "A, B"),
    ],
)
def test_several_are_named(heat: str, interface: str, allowed: str) -> None:
    found = catalog(compute="A public", orchestration=heat)
    with pytest.raises(InvalidRequest) as refused:
        choose_region(found, None, interface)
    (fault,) = refused.value.faults
    assert (fault.attribute, fault.code, fault.allowed) == ("X-Region-Name", "no-region", allowed)
    assert choose_region(found, "A", interface) == "A"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("regionone", "RegionOne"),
        ("REGIONONE", "RegionOne"),
        ("RegionOn", "RegionOne"),
        ("region-two", "RegionTwo"),
        ("Nowhere", None),
        ("x" * 5000, None),
    ],
)
def test_the_likeliest_is_suggested(asked: str, meant: str | None) -> None:
    fault = unknown_region(asked, ["RegionOne", "RegionTwo"])
    assert (f"is {meant} meant?" in fault.message) is (meant is not None)
    assert ("meant" in fault.message) is (meant is not None)
    assert fault.allowed == "RegionOne, RegionTwo"
    assert len(fault.message) < 150


def test_what_a_catalogue_has() -> None:
    found = catalog(compute="B public, A internal", orchestration="A internal, A admin")
    assert list_regions(found) == ["B", "A"]
    assert list_regions(found, "compute", "internal") == ["A"]
    assert list_interfaces(found, "orchestration", "A") == ["admin", "internal"]
    assert list_interfaces(found, "compute", "B") == ["public"]
    assert list_interfaces(found, "image", None) == []


def test_a_sentence_has_an_end() -> None:
    assert name_all([str(n) for n in range(SHOWN + 5)]).endswith(" and 5 more")
