"""Where the services of a cloud are: the addresses of Keystone's catalogue, with versions.

The proxies of openstacksdk would find them, too. They were tried and left: they ask each
service for its versions first, with a deadline of its own, say of a service that cannot be
reached that it has no supported version, and make an object of each entry of a list, which
takes more than a millisecond: a second for a thousand ports.
"""

from __future__ import annotations

import re

from keystoneauth1 import exceptions

from disco.openstack.session import Login

COMPUTE, IMAGE, NETWORK, VOLUME = "compute", "image", "network", "block-storage"
#: the path of the version that is read, where the catalogue may have none; Nova's always has
_PATHS = {IMAGE: "/v2", NETWORK: "/v2.0", VOLUME: "/v3"}
_VERSION = re.compile(r"/v\d+(\.\d+)?(?=/|$)")


def service_url(login: Login, service: str) -> str:
    """The base address of a service in the caller's region, without a slash at its end.

    Raises:
        EndpointNotFound: the catalogue has no such service there.
    """
    address = find_endpoint(login, service)
    if address is None:
        raise exceptions.EndpointNotFound(service)
    if service in _PATHS and not _VERSION.search(address):
        address += _PATHS[service]
    if service == VOLUME and not address.endswith(login.project_id):
        address = f"{address}/{login.project_id}"
    return address


def find_endpoint(login: Login, service: str) -> str | None:
    """The public address of a service as the catalogue has it; None where it has none."""
    try:
        address = login.session.get_endpoint(
            service_type=service, interface="public", region_name=login.region
        )
    except exceptions.EndpointNotFound:
        return None
    return str(address).rstrip("/") if address else None


def page_url(base: str, link: str) -> str:
    """The address of a list's next page; Glance's link has its version and no host."""
    return link if link.startswith("http") else base + _VERSION.sub("", link, count=1)
