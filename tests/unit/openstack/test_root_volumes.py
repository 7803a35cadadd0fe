"""Which nodes boot from volumes; tests/api/test_root_volumes.py asks a real cloud."""

from __future__ import annotations

import pytest
import requests_mock as requests_mocks

from disco.attributes import GROUPS
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.root_volumes import RootVolumes, sized
from disco.spec import Flavor, Volume
from tests.support.catalogue import login_to

DISK = Flavor("1", "disk", 2048, 1, 20)
NONE = Flavor("2", "none", 2048, 1, 0)


@pytest.fixture
def cloud(requests_mock: requests_mocks.Mocker) -> CloudCatalogue:
    flavors = [
        {"id": f.id, "name": f.name, "ram": f.ram_mb, "vcpus": f.vcpus, "disk": f.disk_gb}
        for f in (DISK, NONE)
    ]
    requests_mock.get("http://nova/v2.1/flavors/detail", json={"flavors": flavors})
    return CloudCatalogue(login_to())


@pytest.mark.parametrize(
    ("heat", "with_disk", "without"),
    [
        ({"rootvolumesize": 9}, 9, 9),
        ({"rootvolumesize": 9, "rootvolumenodes": "all"}, 9, 9),
        ({"rootvolumesize": 9, "rootvolumenodes": "diskless"}, None, 9),
        ({"rootvolumesize": 0}, None, None),
        ({}, None, None),
    ],
)
def test_nodes_have_the_volume_that_is_asked_for(
    cloud: CloudCatalogue, heat: dict[str, object], with_disk: int | None, without: int | None
) -> None:
    asked = RootVolumes.asked(heat)
    sizes = [v and v.size_gb for v in (asked.find(cloud, "at", f) for f in (DISK, NONE))]
    assert sizes == [with_disk, without]
    assert [f.attribute for f in cloud.faults] == ([] if without else ["at"])


def test_a_group_may_say_something_else(cloud: CloudCatalogue) -> None:
    asked = RootVolumes(9, None, diskless_only=True)
    assert asked.in_group(None, None) == asked
    own = asked.in_group(30, None).find(cloud, GROUPS, DISK)
    assert own == Volume(30)
    assert asked.in_group(0, None).find(cloud, GROUPS, NONE) is None
    assert [f.attribute for f in cloud.faults] == [GROUPS]


def test_a_node_has_the_disk_that_it_boots_from() -> None:
    assert sized(NONE, Volume(30)).disk_gb == 30
    assert sized(DISK, None) == DISK


def test_only_flavors_with_a_disk_are_advised(cloud: CloudCatalogue) -> None:
    RootVolumes().find(cloud, "at", NONE)
    assert cloud.faults[0].allowed == (
        "a flavor with a disk: disk; or rootvolumesize, the GiB of a volume that nodes boot from"
    )
    assert [f.name for f in cloud.usable_flavors()] == ["disk"]
    cloud.from_volumes = True
    assert [f.name for f in cloud.usable_flavors()] == ["disk", "none"]
