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
from disco.heat.faults import cloud_errors
from disco.heat.session import Login
from disco.heat.spec import Flavor

VERSION = re.compile(r"/v\d+(\.\d+)?$")
#: names shown when one is wrong; more would hide the message
SHOWN = 12


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
        if self._flavors is None:
            self._flavors = self._pages("compute", "/flavors/detail", "flavors")
        found = self._find(attribute, "flavor", wanted, self._flavors)
        if found is None:
            return None
        return Flavor(
            id=found["id"],
            name=found["name"],
            ram_mb=found["ram"],
            vcpus=found["vcpus"],
            disk_gb=found["disk"],
        )

    def image(self, attribute: str, wanted: str, flavor: Flavor | None) -> str | None:
        """The id of an active image that fits ``flavor``; else faults."""
        if self._images is None:
            self._images = self._pages("image", "/v2/images?limit=1000", "images")
        found = self._find(attribute, "image", wanted, self._images)
        if found is None:
            return None
        if found.get("status") != "active":
            self._fault(attribute, f"image {wanted!r} is {found.get('status')}", "an active image")
            return None
        for key, unit, have in (
            ("min_ram", "MiB of memory", flavor.ram_mb if flavor else None),
            ("min_disk", "GiB of disk", flavor.disk_gb if flavor else None),
        ):
            need = found.get(key) or 0
            # a flavor without a disk boots from the image's own size
            if have and need > have:
                self._fault(
                    attribute,
                    f"image {wanted!r} needs {need} {unit}, flavor {flavor.name!r} has {have}",  # type: ignore[union-attr]
                    "a larger flavor",
                )
        return str(found["id"])

    def external_network(self, attribute: str, wanted: str) -> str | None:
        """The id of an external network; else a fault."""
        if self._networks is None:
            self._networks = self._pages("network", "/v2.0/networks", "networks")
        external = [n for n in self._networks if n.get("router:external")]
        if any(wanted in (n["id"], n["name"]) for n in self._networks) and not any(
            wanted in (n["id"], n["name"]) for n in external
        ):
            self._fault(attribute, f"network {wanted!r} is not external", _names(external))
            return None
        found = self._find(attribute, "external network", wanted, external)
        return None if found is None else str(found["id"])

    def key_pair(self, attribute: str, wanted: str) -> str | None:
        """The public key of the caller's Nova key pair; else a fault."""
        try:
            answer = self._get("compute", f"/os-keypairs/{quote(wanted, safe='')}")
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

    def _pages(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        """All entries of a list, following the service's own paging links."""
        entries: list[dict[str, Any]] = []
        next_path: str | None = path
        while next_path:
            answer = self._get(service, next_path)
            entries.extend(answer[key])
            next_path = _next_page(answer, key)
        return entries

    def _get(self, service: str, path: str) -> Any:
        with cloud_errors(service):
            url = path if path.startswith("http") else self._endpoint(service) + path
            return self.login.session.get(url).json()

    def _endpoint(self, service: str) -> str:
        """The service's base URL; catalogues name Glance and Neutron with or without version."""
        found = self.login.session.get_endpoint(
            service_type=service, interface="public", region_name=self.login.region
        )
        if not found:
            raise exceptions.EndpointNotFound(service)
        base = str(found).rstrip("/")
        return base if service == "compute" else VERSION.sub("", base)


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
