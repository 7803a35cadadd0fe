"""What Glance says of images: systems that nodes cannot have, and that do not go together.

Facts are properties that whoever uploaded an image may have set; an image without them is
taken as it is. Names of the properties: Glance's "Useful image properties".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from disco.openstack.catalog import CloudCatalogue

#: systems that are no Linux, as os_distro names them (libosinfo's short ids)
_NOT_LINUX = ("win", "freebsd", "netbsd", "openbsd", "dragonfly", "macos", "msdos", "netware",
              "opensolaris", "solaris", "sunos")  # fmt: skip
#: what nodes install themselves with is there in these and in what is made of them
_WITH_APT = ("debian", "ubuntu", "raspbian", "devuan", "kali", "mint", "linuxmint")
#: files that are no disk with a system on it
_NO_DISKS = {
    "iso": "an installation medium",
    "aki": "a kernel",
    "ari": "a RAM disk",
}
#: python3 of releases, to name what differs
_PYTHONS = {
    ("debian", "11"): "3.9", ("debian", "12"): "3.11", ("debian", "13"): "3.13",
    ("ubuntu", "20.04"): "3.8", ("ubuntu", "22.04"): "3.10", ("ubuntu", "24.04"): "3.12",
    ("ubuntu", "26.04"): "3.14",
}  # fmt: skip
_SAME_MACHINE = {
    "amd64": "x86_64", "x64": "x86_64", "x86-64": "x86_64", "i386": "x86_64", "i586": "x86_64",
    "i686": "x86_64", "arm64": "aarch64", "armv8": "aarch64", "armv8l": "aarch64",
    "powerpc64le": "ppc64le", "ppc64el": "ppc64le",
}  # fmt: skip
_USUAL = "x86_64"
#: last words of the extra specs in which operators say what a flavor's machines are
_SPECS = ("arch", "cpu_arch", "architecture", "hw_architecture")
_TRAITS = ("trait:COMPUTE_ARCH_", "trait:HW_ARCH_")


@dataclass(frozen=True)
class Booted:
    """Nodes that boot from one image: the attribute that names it, its id, their flavor's id."""

    attribute: str
    image: str
    flavor: str


@dataclass(frozen=True)
class _Facts:
    name: str
    os_type: str
    machine: str
    distro: str
    version: str
    disk_format: str

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> _Facts:
        def text(*names: str) -> str:
            found = (raw.get(name) for name in names)
            return next((str(value).strip().lower() for value in found if value), "")

        return cls(
            str(raw.get("name") or raw["id"]),
            text("os_type"),
            _machine(text("hw_architecture", "architecture")),
            text("os_distro"),
            text("os_version"),
            text("disk_format"),
        )

    @property
    def release(self) -> str:
        return f"{self.distro} {self.version}".strip()

    @property
    def python(self) -> str | None:
        parts = self.version.split(".")
        short = ".".join(parts[:2] if self.distro == "ubuntu" else parts[:1])
        return _PYTHONS.get((self.distro, short))


def check_images(cloud: CloudCatalogue, nodes: Sequence[Booted], one_python: Sequence[str]) -> None:
    """Look at the images of all nodes; faults and warnings stay in ``cloud``.

    Args:
        cloud: what there is.
        nodes: the master first; those whose image or flavor is unknown left out.
        one_python: titles of the frameworks that need one version of Python on all nodes.
    """
    by_id = {str(raw["id"]): _Facts.of(raw) for raw in cloud.images()}
    there = [(node, by_id[node.image]) for node in nodes if node.image in by_id]
    for node, facts in there:
        _check_system(cloud, node, facts)
        _check_machine(cloud, node, facts)
    first = next(iter(there), None)
    for node, facts in there:
        assert first is not None
        _compare(cloud, first[1], node, facts)
        if one_python:
            _compare_python(cloud, first[1], facts, one_python)


def _check_system(cloud: CloudCatalogue, node: Booted, facts: _Facts) -> None:
    said = None
    if facts.os_type not in ("", "linux"):
        said = f"os_type={facts.os_type}"
    elif facts.distro.startswith(_NOT_LINUX):
        said = f"os_distro={facts.distro}"
    if said:
        cloud.mismatch(
            node.attribute,
            f"image {facts.name!r} is not of Linux ({said})",
            "an image of Debian or Ubuntu with cloud-init",
        )
    elif facts.disk_format in _NO_DISKS:
        what = _NO_DISKS[facts.disk_format]
        message = f"image {facts.name!r} is {what} (disk_format={facts.disk_format})"
        cloud.mismatch(node.attribute, message, "an image of a disk, with cloud-init")
    elif facts.distro and not facts.distro.startswith(_WITH_APT):
        cloud.warn(
            f"image {facts.name!r} is of {facts.release}: nodes install software with apt, as"
            " Debian and Ubuntu have it"
        )


def _check_machine(cloud: CloudCatalogue, node: Booted, facts: _Facts) -> None:
    flavor = next((raw for raw in cloud.raw_flavors() if raw["id"] == node.flavor), None)
    if flavor is None or not facts.machine:
        return
    of_flavor = _machine_of(flavor.get("extra_specs") or {})
    if of_flavor and of_flavor != facts.machine:
        cloud.mismatch(
            node.attribute,
            f"image {facts.name!r} is for {facts.machine}, flavor {flavor['name']!r} for"
            f" {of_flavor}",
            f"an image for {of_flavor}, or a flavor for {facts.machine}",
        )
    elif not of_flavor and facts.machine != _USUAL:
        cloud.warn(
            f"image {facts.name!r} is for {facts.machine}, and flavor {flavor['name']!r} does not"
            " say what its machines are: it has to be one for them"
        )


def _compare(cloud: CloudCatalogue, first: _Facts, node: Booted, facts: _Facts) -> None:
    """All nodes run the same software, which is made for one architecture."""
    if facts.machine and first.machine and facts.machine != first.machine:
        cloud.mismatch(
            node.attribute,
            f"image {facts.name!r} is for {facts.machine}, the master's {first.name!r} for"
            f" {first.machine}",
            "images for one architecture",
        )


def _compare_python(
    cloud: CloudCatalogue, first: _Facts, facts: _Facts, one_python: Sequence[str]
) -> None:
    known = facts.version and first.version and facts.distro and first.distro
    same = facts.release == first.release or (facts.python and facts.python == first.python)
    differ = facts.distro and first.distro and facts.distro != first.distro
    if same or not (known or differ):
        return

    def named(one: _Facts) -> str:
        return f"{one.release} (Python {one.python})" if one.python else one.release

    cloud.warn(
        f"image {facts.name!r} is of {named(facts)}, the master's {first.name!r} of"
        f" {named(first)}: {', '.join(one_python)} need the same Python on all nodes"
    )


def _machine(name: str) -> str:
    return _SAME_MACHINE.get(name, name)


def _machine_of(specs: Mapping[str, Any]) -> str:
    """The architecture that a flavor's extra specs ask for; empty where they do not say."""
    for key, value in specs.items():
        for prefix in _TRAITS:
            if str(key).startswith(prefix) and str(value) == "required":
                return _machine(str(key).removeprefix(prefix).lower())
        if str(key).rpartition(":")[2] in _SPECS and str(value).strip():
            # the filter's operators stand before the value: "s== aarch64"
            return _machine(str(value).split()[-1].lower())
    return ""
