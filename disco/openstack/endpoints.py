"""Where the services of a cloud are: the addresses of Keystone's catalogue, with versions.

A catalogue may have the version that is read, none, or another one. Nova without a version, and
any service with another one, is asked for its versions by keystoneauth. Whatever a service
answers, what is sent to it goes to the host that the catalogue names.

The proxies of openstacksdk would find them, too. They were tried and left: they ask each
service for its versions first, with a deadline of its own, say of a service that cannot be
reached that it has no supported version, and make an object of each entry of a list, which
takes more than a millisecond: a second for a thousand ports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from keystoneauth1 import access, discover, exceptions

from disco.errors import CloudError, DiscoError, Fault, InvalidRequest
from disco.openstack.regions import (
    HEADER,
    ORCHESTRATION,
    list_interfaces,
    list_regions,
    name_all,
)
from disco.openstack.session import PUBLIC, Login

COMPUTE, IMAGE, NETWORK, VOLUME = "compute", "image", "network", "block-storage"
#: interfaces of the catalogue that not everybody reaches
OTHERS = ("internal", "admin")
#: by service, interface and region; None for one that is not there
_Addresses = dict[tuple[str, str, str | None], str | None]
_VERSION = re.compile(r"/v[0-9]{1,4}(\.[0-9]+)?(?=/|$)")


@dataclass(frozen=True)
class _Read:
    """The versions of a service that are read, the newest that it has.

    Attributes:
        oldest, major: their numbers.
        path: where it is when the service does not tell.
        of_project: whether the project's id is a part of its addresses.
        asked: whether a service whose address has no version is asked where it is. Others
            have had one path since they have one, and a question costs time.
    """

    oldest: int
    major: int
    path: str
    of_project: bool = False
    asked: bool = False

    def takes(self, version: str) -> bool:
        """Whether a part of a path, such as ``/v2.1``, is such a version."""
        return bool(version) and self.oldest <= int(version[2:].split(".")[0]) <= self.major


_READ = {
    COMPUTE: _Read(2, 2, "/v2.1", asked=True),
    IMAGE: _Read(2, 2, "/v2"),
    NETWORK: _Read(2, 2, "/v2.0"),
    VOLUME: _Read(2, 3, "/v3", of_project=True),
    ORCHESTRATION: _Read(1, 1, "/v1", of_project=True),
}


def service_url(login: Login, service: str) -> str:
    """The base address of a service in the caller's region, without a slash at its end.

    Raises:
        InvalidRequest: the region that the caller names has no such service.
        CloudError: the catalogue has no endpoint of the service that could be used; and what
            Keystone's errors are, if a new token is needed.
    """
    named = find_endpoint(login, service)
    if named is None:
        raise _missing(login, service)
    read = _READ.get(service)
    if read is None:
        return named
    address = _versioned(login, service, named, read)
    if read.of_project and not address.endswith(f"/{login.project_id}"):
        address = f"{address}/{login.project_id}"
    return address


def is_found(login: Login, service: str) -> bool:
    """Whether the service's address is known without asking anybody."""
    try:
        named = find_endpoint(login, service)
    except exceptions.ClientException:
        return False
    read = _READ.get(service)
    return named is not None and (read is None or not read.asked or bool(_split(named)[1]))


def find_endpoint(login: Login, service: str) -> str | None:
    """The address of a service as the catalogue has it; None where it has none."""
    known = _known(login)
    key = (service, login.interface, login.region)
    if known is not None and key in known:
        return known[key]
    try:
        address = login.session.get_endpoint(
            service_type=service, interface=login.interface, region_name=login.region
        )
    except exceptions.CatalogException:
        return None
    found = str(address).rstrip("/") if address else None
    if known is not None:
        known[key] = found
    return found


#: addresses by the token whose catalogue has them: keystoneauth copies it to look one up
_ADDRESSES: WeakKeyDictionary[access.AccessInfo, _Addresses] = WeakKeyDictionary()


def _known(login: Login) -> _Addresses | None:
    """What was found in the catalogue of the login's present token."""
    told = login.access()
    if not isinstance(told, access.AccessInfo):
        return None
    return _ADDRESSES.setdefault(told, {})


def public_login(login: Login, service: str) -> Login:
    """The login with the endpoints that others than DISCO reach, if the service has one."""
    if login.interface not in OTHERS:
        return login
    public = replace(login, interface=PUBLIC)
    return public if find_endpoint(public, service) else login


def page_url(listed: str, link: str) -> str:
    """The address of a list's next page: that of the list, with the query of the link.

    Where else a link leads does not matter, since services behind a proxy name addresses that
    cannot be reached, and a token goes nowhere else.
    """
    return f"{listed}?{urlsplit(link).query}"


def _versioned(login: Login, service: str, named: str, read: _Read) -> str:
    """The address in the version that is read, at the host and below the path of ``named``."""
    root, version = _split(named)
    if read.takes(version):
        return named
    if not version and not read.asked:
        return root + read.path
    found = login.session.get_endpoint(
        service_type=service,
        interface=login.interface,
        region_name=login.region,
        min_version=(read.oldest, 0),
        max_version=(read.major, discover.LATEST),
    )
    if found is None:
        # it told its versions, and the one that is read is not among them
        raise CloudError(
            f"The {service} service at {named} does not have version {read.major} of its API.",
            hint="Its address in Keystone's catalogue may be wrong.",
            code="no-endpoint",
        )
    # a service behind a proxy may name an address that only the proxy reaches
    _, told = _split(str(found).rstrip("/"))
    return root + (told if read.takes(told) else read.path)


def _split(address: str) -> tuple[str, str]:
    """An address without its version and what follows, and the version as it is in the path."""
    parts = urlsplit(address)
    found = list(_VERSION.finditer(parts.path))
    # behind the version there is a project's id, and no more
    if not found or parts.path.count("/", found[-1].end()) > 1:
        return address.rstrip("/"), ""
    return address[: len(address) - len(parts.path) + found[-1].start()], found[-1][0]


def _missing(login: Login, service: str) -> DiscoError:
    """What to say of a service that the catalogue does not have in the region and interface."""
    catalog = login.access().service_catalog
    region, interface = login.region, login.interface
    there = f" in the region {region}" if region else ""
    elsewhere = list_regions(catalog, service, interface)
    if login.region_sent and region and elsewhere:
        message = f"there is no {service} service in the region {region}"
        fault = Fault(HEADER, message, name_all(elsewhere), "unknown-region")
        return InvalidRequest.of([fault])
    others = list_interfaces(catalog, service, region)
    if others:
        return CloudError(
            f"The cloud's catalogue has no {interface} endpoint of the service {service}{there};"
            f" there are {' and '.join(others)} ones.",
            hint="interface in [disco] of sm.cfg says which of them DISCO uses.",
            code="no-endpoint",
        )
    where = f" It is in {name_all(elsewhere)}." if elsewhere else ""
    return CloudError(
        f"The cloud's catalogue has no {interface} endpoint of the service {service}{there}."
        f"{where}",
        hint="The cloud's operator registers services in Keystone's catalogue.",
        code="no-endpoint",
    )
