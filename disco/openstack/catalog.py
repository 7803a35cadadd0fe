"""What the cloud has: flavors, images, networks, key pairs and volume types, by name or id.

Asked with the caller's session before anything is created, so that a wrong name
is refused in the answer to the request, with what there is instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from disco.attributes import GROUPS, ROOT_VOLUME_SIZE
from disco.errors import Fault, Forbidden, NotInCloud
from disco.openstack.answers import KEY_PAIR, TEXT, read_object
from disco.openstack.cloud_reader import FLAVORS, CloudReader
from disco.openstack.endpoints import VOLUME, find_endpoint
from disco.openstack.errors import cloud_errors
from disco.spec import Flavor, Volume
from disco.suggestions import closest, name_some

#: names shown when one is wrong; more would hide the message
SHOWN = 12
GIB = 1024**3
#: a network of Neutron's in these states takes no traffic
_DEAD = ("DOWN", "ERROR")


@dataclass
class CloudCatalogue(CloudReader):
    """Look-ups in one project; each list is fetched once. Faults are collected."""

    faults: list[Fault] = field(default_factory=list)
    #: what the caller should know and that is no fault, as sentences
    warnings: list[str] = field(default_factory=list)
    #: whether nodes can boot from volumes, so that flavors without a disk will do
    from_volumes: bool = False
    _flavors: list[dict[str, Any]] | None = None
    _images: list[dict[str, Any]] | None = None
    _networks: list[dict[str, Any]] | None = None
    _volume_types: list[dict[str, Any]] | None = None

    def flavor(self, attribute: str, wanted: str) -> Flavor | None:
        """The flavor called ``wanted``; a fault for ``attribute`` if there is none."""
        names = [f.name for f in self.usable_flavors()]
        flavor = self._find(attribute, "flavor", wanted, self.raw_flavors(), names)
        return None if flavor is None else _flavor(flavor)

    def flavors(self) -> list[Flavor]:
        """All flavors that the project may use."""
        return [_flavor(raw) for raw in self.raw_flavors()]

    def usable_flavors(self) -> list[Flavor]:
        """Those that nodes of this request can have: Nova boots none without any disk."""
        return [f for f in self.flavors() if f.disk_gb or self.from_volumes]

    def raw_flavors(self) -> list[dict[str, Any]]:
        """All flavors that the project may use, as Nova describes them."""
        if self._flavors is None:
            self._flavors = self.pages("compute", FLAVORS, "flavors")
        return self._flavors

    def images(self) -> list[dict[str, Any]]:
        """All images that the project sees, as Glance describes them."""
        if self._images is None:
            self._images = self.pages("image", "/images", "images", limit=1000)
        return self._images

    def networks(self) -> list[dict[str, Any]]:
        """All networks that the project sees, as Neutron describes them."""
        if self._networks is None:
            self._networks = self.pages("network", "/networks", "networks")
        return self._networks

    def image(
        self, attribute: str, wanted: str, flavor: Flavor | None, root: Volume | None = None
    ) -> str | None:
        """The id of an active image that fits ``flavor`` and the volume ``root``; else faults."""
        image = self._find(attribute, "image", wanted, self.images())
        if image is None:
            return None
        if image.get("status") != "active":
            self.mismatch(
                attribute, f"image {wanted!r} is {image.get('status')}", "an active image"
            )
            return None
        if flavor is not None:
            self._check_fit(attribute, image, flavor, root)
        return str(image["id"])

    def _check_fit(
        self, attribute: str, image: Mapping[str, Any], flavor: Flavor, root: Volume | None
    ) -> None:
        """What Nova would refuse: an image that needs or is more than the flavor has."""
        size = max(image.get("size") or 0, image.get("virtual_size") or 0)
        disk = max(image.get("min_disk") or 0, -(-size // GIB))
        ram = image.get("min_ram") or 0
        if root is not None and disk > root.size_gb:
            self.mismatch(
                attribute if attribute == GROUPS else ROOT_VOLUME_SIZE,
                f"image {image['name']!r} needs {disk} GiB of disk, the volume that nodes boot"
                f" from has {root.size_gb}",
                f"at least {disk}",
            )
        for need, unit, have in (
            (ram, "MiB of memory", flavor.ram_mb),
            (0 if root is not None else disk, "GiB of disk", flavor.disk_gb),
        ):
            # a flavor without a disk is refused as such
            if not have or need <= have:
                continue
            fitting = [
                f
                for f in self.usable_flavors()
                if f.ram_mb >= ram and (root is not None or f.disk_gb >= disk)
            ]
            names = name_some([f.name for f in sorted(fitting, key=lambda f: f.ram_mb)], SHOWN)
            self.mismatch(
                attribute,
                f"image {image.get('name')!r} needs {need} {unit},"
                f" flavor {flavor.name!r} has {have}",
                f"a flavor with room for it: {names}" if names else "another image",
            )

    def external_network(self, attribute: str, wanted: str) -> str | None:
        """The id of an external network; else a fault."""
        networks = self.networks()
        external = [n for n in networks if n.get("router:external")]
        if any(wanted in (n["id"], n.get("name")) for n in networks) and not any(
            wanted in (n["id"], n.get("name")) for n in external
        ):
            self.mismatch(attribute, f"network {wanted!r} is not external", _names(external))
            return None
        network = self._find(attribute, "external network", wanted, external)
        if network is not None and (why := why_down(network)):
            message = f"network {wanted!r} is down ({why})"
            self.mismatch(attribute, message, "an external network that is up")
        return None if network is None else str(network["id"])

    def tenant_network(self, attribute: str, wanted: str) -> Mapping[str, Any] | None:
        """A network that is not external, as Neutron describes it; else a fault."""
        own = [n for n in self.networks() if not n.get("router:external")]
        return self._find(attribute, "network", wanted, own)

    def key_pair(self, attribute: str, wanted: str) -> str | None:
        """The public key of the caller's Nova key pair; else a fault."""
        try:
            path = f"/os-keypairs/{quote(wanted, safe='')}"
            pair = self.get_object("compute", path, "keypair", {**KEY_PAIR, "public_key": TEXT})
        except NotInCloud as error:
            if not error.by_service:
                raise
            self.mismatch(
                attribute, f"there is no key pair {wanted!r}", "a key pair of yours in Nova"
            )
            return None
        return str(pair["public_key"])

    def key_pairs(self) -> list[dict[str, Any]]:
        """The caller's key pairs, as Nova describes them."""
        listed = self.pages("compute", "/os-keypairs", "keypairs")
        with cloud_errors("compute"):
            return [read_object(one["keypair"], KEY_PAIR, "keypair") for one in listed]

    @property
    def has_volumes(self) -> bool:
        """Whether the cloud has a volume service, as its catalogue says."""
        with cloud_errors("identity"):
            return find_endpoint(self.login, VOLUME) is not None

    def volume_types(self) -> list[dict[str, Any]]:
        """All types of volumes that the project may use, as Cinder describes them."""
        if self._volume_types is None:
            self._volume_types = self.pages(VOLUME, "/types", "volume_types")
        return self._volume_types

    def volume(
        self, size_gb: int, type_name: str | None, attributes: tuple[str, str]
    ) -> Volume | None:
        """The volume that is asked for, if any; else faults.

        Args:
            size_gb: 0 for none.
            type_name: name or id; None for the cloud's default.
            attributes: that faults name, of size and type.
        """
        size_at, type_at = attributes
        if not size_gb:
            return None
        if not self.has_volumes:
            message = "the cloud has no volume service (block storage)"
            fault = Fault(size_at, message, "0", "no-volume-service")
            if fault not in self.faults:
                self.faults.append(fault)
            return Volume(size_gb)
        if type_name is None:
            return Volume(size_gb)
        try:
            types = self.volume_types()
        except (NotInCloud, Forbidden):
            return Volume(size_gb, type_name)  # Cinder itself will say
        for one in types:
            if type_name in (one["id"], one["name"]):
                return Volume(size_gb, str(one["id"]))
        names = name_some(sorted(t["name"] for t in types), SHOWN) or "none: leave it out"
        self.mismatch(type_at, f"there is no volume type {type_name!r}", names)
        return Volume(size_gb)

    def warn(self, sentence: str) -> None:
        """Note what the caller should know; once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def mismatch(self, attribute: str, message: str, allowed: str | None) -> None:
        """Note a fault: what is asked for and the cloud do not go together; once."""
        fault = Fault(attribute, message, allowed, "cloud-mismatch")
        if fault not in self.faults:
            self.faults.append(fault)

    def _find(
        self,
        attribute: str,
        what: str,
        wanted: str,
        entries: Iterable[Mapping[str, Any]],
        advised: Iterable[str] | None = None,
    ) -> Mapping[str, Any] | None:
        """The entry by id or name; a fault, with the names ``advised`` (all), if there is none."""
        entries = list(entries)
        by_id = [e for e in entries if e["id"] == wanted]
        named = by_id or [e for e in entries if e.get("name") == wanted]
        if len(named) == 1:
            return named[0]
        if named:
            ids = name_some([str(e["id"]) for e in named], SHOWN)
            self.mismatch(
                attribute, f"{len(named)} {what}s are called {wanted!r}", f"one id of {ids}"
            )
        else:
            named = entries if advised is None else [{"name": name} for name in advised]
            self.mismatch(attribute, f"there is no {what} {wanted!r}", _names(named, wanted))
        return None


def why_down(network: Mapping[str, Any]) -> str | None:
    """Why a network takes no traffic, as Neutron's answer has it; None for one that is up."""
    if network.get("admin_state_up") is False:
        return "admin_state_up is false"
    status = str(network.get("status") or "").upper()
    return f"its status is {status}" if status in _DEAD else None


def _flavor(raw: Mapping[str, Any]) -> Flavor:
    return Flavor(
        id=raw["id"],
        name=raw["name"],
        ram_mb=raw["ram"],
        vcpus=raw["vcpus"],
        disk_gb=raw["disk"],
    )


def _names(entries: Iterable[Mapping[str, Any]], wanted: str | None = None) -> str:
    """What there is, the likeliest first."""
    names = sorted({str(e["name"]) for e in entries if e.get("name")})
    if not names:
        return "there are none; ask the cloud's operator"
    close = closest(wanted or "", names, 3)
    ordered = [*close, *(n for n in names if n not in close)]
    return name_some(ordered, SHOWN)
