"""What the cloud has: flavors, images, networks and key pairs, by name or id.

Asked with the caller's session before anything is created, so that a wrong name
is refused in the answer to the request, with what there is instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from keystoneauth1 import exceptions

from disco.errors import Fault, NotFound
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Login
from disco.spec import Flavor

VERSION = re.compile(r"/v\d+(\.\d+)?$")
#: names shown when one is wrong; more would hide the message
SHOWN = 12
GIB = 1024**3


@dataclass
class CloudCatalogue:
    """Look-ups in one project; each list is fetched once. Faults are collected."""

    login: Login
    faults: list[Fault] = field(default_factory=list)
    _flavors: list[dict[str, Any]] | None = None
    _images: list[dict[str, Any]] | None = None
    _networks: list[dict[str, Any]] | None = None

    def flavor(self, attribute: str, wanted: str) -> Flavor | None:
        """The flavor called ``wanted``; a fault for ``attribute`` if there is none."""
        found = self._find(attribute, "flavor", wanted, self._all_flavors())
        return None if found is None else _flavor(found)

    def flavors(self) -> list[Flavor]:
        """All flavors that the project may use."""
        return [_flavor(raw) for raw in self._all_flavors()]

    def _all_flavors(self) -> list[dict[str, Any]]:
        if self._flavors is None:
            self._flavors = self.pages("compute", "/flavors/detail", "flavors")
        return self._flavors

    def images(self) -> list[dict[str, Any]]:
        """All images that the project sees, as Glance describes them."""
        if self._images is None:
            self._images = self.pages("image", "/v2/images?limit=1000", "images")
        return self._images

    def networks(self) -> list[dict[str, Any]]:
        """All networks that the project sees, as Neutron describes them."""
        if self._networks is None:
            self._networks = self.pages("network", "/v2.0/networks", "networks")
        return self._networks

    def image(self, attribute: str, wanted: str, flavor: Flavor | None) -> str | None:
        """The id of an active image that fits ``flavor``; else faults."""
        found = self._find(attribute, "image", wanted, self.images())
        if found is None:
            return None
        if found.get("status") != "active":
            self._fault(attribute, f"image {wanted!r} is {found.get('status')}", "an active image")
            return None
        if flavor is not None:
            self._check_fit(attribute, found, flavor)
        return str(found["id"])

    def _check_fit(self, attribute: str, image: Mapping[str, Any], flavor: Flavor) -> None:
        """What Nova would refuse: an image that needs or is more than the flavor has."""
        size = max(image.get("size") or 0, image.get("virtual_size") or 0)
        disk = max(image.get("min_disk") or 0, -(-size // GIB))
        ram = image.get("min_ram") or 0
        for need, unit, have in (
            (ram, "MiB of memory", flavor.ram_mb),
            (disk, "GiB of disk", flavor.disk_gb),
        ):
            # a flavor without a disk boots from the image's own size
            if not have or need <= have:
                continue
            fitting = [
                f
                for f in self.flavors()
                if f.ram_mb >= ram and (not f.disk_gb or f.disk_gb >= disk)
            ]
            names = ", ".join(f.name for f in sorted(fitting, key=lambda f: f.ram_mb)[:SHOWN])
            self._fault(
                attribute,
                f"image {image['name']!r} needs {need} {unit}, flavor {flavor.name!r} has {have}",
                f"a flavor with room for it: {names}" if names else "another image",
            )

    def external_network(self, attribute: str, wanted: str) -> str | None:
        """The id of an external network; else a fault."""
        networks = self.networks()
        external = [n for n in networks if n.get("router:external")]
        if any(wanted in (n["id"], n["name"]) for n in networks) and not any(
            wanted in (n["id"], n["name"]) for n in external
        ):
            self._fault(attribute, f"network {wanted!r} is not external", _names(external))
            return None
        found = self._find(attribute, "external network", wanted, external)
        return None if found is None else str(found["id"])

    def tenant_network(self, attribute: str, wanted: str) -> Mapping[str, Any] | None:
        """A network that is not external, as Neutron shows it; else a fault."""
        own = [n for n in self.networks() if not n.get("router:external")]
        return self._find(attribute, "network", wanted, own)

    def key_pair(self, attribute: str, wanted: str) -> str | None:
        """The public key of the caller's Nova key pair; else a fault."""
        try:
            answer = self.get("compute", f"/os-keypairs/{quote(wanted, safe='')}")
        except NotFound:
            self._fault(
                attribute, f"there is no key pair {wanted!r}", "a key pair of yours in Nova"
            )
            return None
        return str(answer["keypair"]["public_key"])

    def _fault(self, attribute: str, message: str, allowed: str | None) -> None:
        self.faults.append(Fault(attribute, message, allowed, "cloud-mismatch"))

    def _find(
        self, attribute: str, what: str, wanted: str, entries: Iterable[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        entries = list(entries)
        by_id = [e for e in entries if e["id"] == wanted]
        named = by_id or [e for e in entries if e["name"] == wanted]
        if len(named) == 1:
            return named[0]
        if named:
            ids = ", ".join(str(e["id"]) for e in named[:SHOWN])
            self._fault(
                attribute, f"{len(named)} {what}s are called {wanted!r}", f"one id of {ids}"
            )
        else:
            self._fault(attribute, f"there is no {what} {wanted!r}", _names(entries, wanted))
        return None

    def pages(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        """All entries of a list, following the service's own paging links."""
        entries: list[dict[str, Any]] = []
        next_path: str | None = path
        while next_path:
            answer = self.get(service, next_path)
            entries.extend(answer[key])
            next_path = _next_page(answer, key)
        return entries

    def get(self, service: str, path: str) -> Any:
        """One answer of a service, as the caller sees it."""
        with cloud_errors(service):
            url = path if path.startswith("http") else self._endpoint(service) + path
            return self.login.session.get(url).json()

    def post(self, service: str, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a question that a service wants as POST."""
        with cloud_errors(service):
            return self.login.session.post(self._endpoint(service) + path, json=body).json()

    def _endpoint(self, service: str) -> str:
        """The service's base URL; catalogues name Glance and Neutron with or without version."""
        found = self.login.session.get_endpoint(
            service_type=service, interface="public", region_name=self.login.region
        )
        if not found:
            raise exceptions.EndpointNotFound(service)
        base = str(found).rstrip("/")
        return base if service == "compute" else VERSION.sub("", base)


def _flavor(raw: Mapping[str, Any]) -> Flavor:
    return Flavor(
        id=raw["id"],
        name=raw["name"],
        ram_mb=raw["ram"],
        vcpus=raw["vcpus"],
        disk_gb=raw["disk"],
    )


def _next_page(answer: Mapping[str, Any], key: str) -> str | None:
    """Glance says ``next``; Nova and Neutron give absolute links with a rel."""
    if isinstance(answer.get("next"), str):
        return str(answer["next"])
    for link in answer.get(f"{key}_links", ()):
        if link.get("rel") == "next":
            return str(link["href"])
    return None


def _names(entries: Iterable[Mapping[str, Any]], wanted: str | None = None) -> str:
    """What there is, the likeliest first."""
    names = sorted({str(e["name"]) for e in entries if e.get("name")})
    if not names:
        return "none is there; ask the cloud's operator"
    close = get_close_matches(wanted, names, n=3) if wanted else []
    ordered = [*close, *(n for n in names if n not in close)]
    more = ", ..." if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
