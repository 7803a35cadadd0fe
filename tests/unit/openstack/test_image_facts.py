"""Facts of images in odd forms, which whoever uploads an image may choose."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from disco.openstack.catalog import CloudCatalogue
from disco.openstack.image_facts import Booted, check_images
from tests.support.catalogue import login_to

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.text(max_size=3))
)
FACTS = st.dictionaries(
    st.sampled_from(
        ["os_type", "os_distro", "os_version", "architecture", "hw_architecture", "disk_format"]
    ),
    ODD,
)
SPECS = st.dictionaries(
    st.sampled_from(
        ["capabilities:cpu_info:arch", "trait:COMPUTE_ARCH_AARCH64", "arch", "hw:mem_page_size"]
    ),
    ODD,
)


def cloud_of(*images: dict[str, Any], specs: object = None) -> CloudCatalogue:
    cloud = CloudCatalogue(login_to())
    cloud._images = [{"id": str(n), "name": f"i{n}", **one} for n, one in enumerate(images)]
    cloud._flavors = [{"id": "f", "name": "small", "extra_specs": specs}]
    return cloud


def check(cloud: CloudCatalogue, images: int, python: tuple[str, ...] = ("Dask",)) -> None:
    check_images(cloud, [Booted(f"at{n}", str(n), "f") for n in range(images)], python)


@given(FACTS, FACTS, SPECS)
def test_whatever_is_said_of_images_and_flavors_can_be_read(
    first: dict[str, Any], second: dict[str, Any], specs: dict[str, Any]
) -> None:
    cloud = cloud_of(first, second, specs=specs)
    check(cloud, 2)
    assert {f.code for f in cloud.faults} <= {"cloud-mismatch"}


def test_an_image_without_facts_is_taken_as_it_is() -> None:
    for specs in (None, {}, {"hw:mem_page_size": "large"}):
        cloud = cloud_of({}, {"os_distro": "debian", "os_version": "12"}, specs=specs)
        check(cloud, 2)
        assert (cloud.faults, cloud.warnings) == ([], [])


def test_nothing_is_said_twice() -> None:
    cloud = cloud_of({"os_distro": "rocky"})
    check_images(cloud, [Booted("at", "0", "f")] * 3, ())
    assert len(cloud.warnings) == 1


def test_releases_with_the_same_python_go_together() -> None:
    twelve, point = {"os_distro": "debian", "os_version": "12"}, {"os_version": "12.7"}
    cloud = cloud_of(twelve, twelve | point)
    check(cloud, 2)
    assert cloud.warnings == []
    cloud = cloud_of(twelve, {"os_distro": "debian", "os_version": "trixie"})
    check(cloud, 2)
    assert len(cloud.warnings) == 1


def test_a_forbidden_trait_is_no_architecture() -> None:
    specs = {"trait:COMPUTE_ARCH_AARCH64": "forbidden"}
    cloud = cloud_of({"architecture": "x86_64"}, specs=specs)
    check(cloud, 1)
    assert cloud.faults == []
