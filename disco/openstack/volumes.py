"""Volumes of a cluster's workers: whether the cloud has the service, and the type."""

from __future__ import annotations

import re
from typing import Any

from keystoneauth1 import exceptions

from disco.errors import Fault, Forbidden, NotFound
from disco.openstack.catalog import SHOWN, CloudCatalogue
from disco.spec import Volume

SERVICE = "block-storage"
_VERSION = re.compile(r"/v[23](/|$)")


def volume(
    cloud: CloudCatalogue, size_gb: int, type_name: str | None, attributes: tuple[str, str]
) -> Volume | None:
    """The volume that is asked for, if any; what is wrong with it becomes a fault of ``cloud``.

    Args:
        cloud: to be asked.
        size_gb: 0 for none.
        type_name: name or id; None for the cloud's default.
        attributes: that faults name, of size and type.
    """
    size_at, type_at = attributes
    if not size_gb:
        return None
    if endpoint(cloud) is None:
        fault = Fault(
            size_at, "the cloud has no volume service (block storage)", "0", "no-volume-service"
        )
        if fault not in cloud.faults:
            cloud.faults.append(fault)
        return Volume(size_gb)
    if type_name is None:
        return Volume(size_gb)
    try:
        known = get(cloud, "/types")["volume_types"]
    except (NotFound, Forbidden):
        return Volume(size_gb, type_name)  # Cinder itself will say
    found = [t for t in known if type_name in (t["id"], t["name"])]
    if not found:
        names = ", ".join(sorted(t["name"] for t in known)[:SHOWN]) or "none: leave it out"
        message = f"there is no volume type {type_name!r}"
        cloud.faults.append(Fault(type_at, message, names, "cloud-mismatch"))
        return Volume(size_gb)
    return Volume(size_gb, str(found[0]["id"]))


def endpoint(cloud: CloudCatalogue) -> str | None:
    """The base URL of the service for the project; None where the cloud has none."""
    login = cloud.login
    try:
        found = login.session.get_endpoint(
            service_type=SERVICE, interface="public", region_name=login.region
        )
    except exceptions.EndpointNotFound:
        return None
    if not found:
        return None
    base = str(found).rstrip("/")
    if not _VERSION.search(base):
        base = f"{base}/v3"
    return base if base.endswith(login.project_id) else f"{base}/{login.project_id}"


def get(cloud: CloudCatalogue, path: str) -> Any:
    """One answer of the service.

    Raises:
        NotFound: the cloud has none.
        CloudError: and its relatives, when it fails.
    """
    base = endpoint(cloud)
    if base is None:
        raise NotFound("The cloud has no volume service.")
    return cloud.get(SERVICE, f"{base}{path}")
