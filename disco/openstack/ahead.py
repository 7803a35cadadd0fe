"""What a request will ask the cloud in any case, asked side by side before it is needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from disco.openstack.catalog import CloudCatalogue
from disco.openstack.cloud_reader import FLAVORS
from disco.openstack.endpoints import VOLUME
from disco.openstack.quotas import LIMITED_PAIRS, OF_COMPUTE, OF_NETWORK, OF_VOLUMES
from disco.openstack.side_by_side import Begun


def begin_lists(cloud: CloudCatalogue, networks: bool) -> None:
    """Ask for flavors and images, and for networks where the request names one."""
    cloud.begin("compute", FLAVORS, "flavors")
    cloud.begin("image", "/images", "images", limit=1000)
    if networks:
        cloud.begin("network", "/networks", "networks")


def begin_quotas(cloud: CloudCatalogue, names: Collection[str]) -> None:
    """Ask what ``read_quotas`` will ask for these names."""
    if not OF_COMPUTE.isdisjoint(names):
        limits = cloud.begin("compute", "/limits")
        if "key_pairs" in names and limits is not None and limits.is_begun:
            # no cloud is asked for key pairs of which there may be any number
            limited = cloud.login.memory.recall(cloud.login.key(LIMITED_PAIRS)) is True
            unless = bool if limited else lambda: not _limits_pairs(limits)
            cloud.begin("compute", "/os-keypairs", "keypairs", unless=unless)
    if not OF_NETWORK.isdisjoint(names):
        cloud.begin("network", f"/quotas/{cloud.login.project_id}/details")
    if not OF_VOLUMES.isdisjoint(names) and cloud.has_volumes:
        cloud.begin(VOLUME, "/limits")
        cloud.begin(VOLUME, f"/os-quota-sets/{cloud.login.project_id}", usage="True")


def begin_create(cloud: CloudCatalogue, heat: Mapping[str, object], check_quotas: bool) -> None:
    """Ask what a create looks up; ``heat`` are the properties of the component of that name."""
    begin_lists(cloud, bool(heat.get("externalnetworkname") or heat.get("network")))
    if check_quotas and not heat.get("skipquota"):
        names = (
            {"instances", "port"} if heat.get("sshkeyname") else {"instances", "port", "key_pairs"}
        )
        if heat.get("volumesize"):
            names.add("volumes")
        begin_quotas(cloud, names)


def _limits_pairs(limits: Begun[Any]) -> bool:
    """Whether Nova's limits name one of key pairs; who reads them says what is wrong with them."""
    try:
        return int(limits.result()["limits"]["absolute"]["maxTotalKeypairs"]) >= 0
    except Exception:
        return False
