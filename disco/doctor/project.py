"""What the project can use: images, flavors, networks, security groups, and what is left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from disco.doctor.finding import Finding, Findings, Patient, failed, good, listed, warning
from disco.errors import DiscoError, Forbidden, NotInCloud
from disco.openstack.quotas import QUOTAS, read_quotas
from disco.spec import Flavor

#: distributions whose cloud images have cloud-init and that DISCO's frameworks are tested on
_KNOWN = re.compile(r"debian|ubuntu", re.I)
_X86 = ("x86_64", "amd64", "")
#: MiB of memory that a node needs at least
_LEAST_RAM = 1024
_UNTOLD = "See openstack quota show; a create says which quota it lacks."


def check_images(patient: Patient) -> Findings:
    """There is an image of Linux whose cloud-init runs DISCO's scripts."""
    images = patient.cloud.images()
    wanted = patient.wanted.image
    if wanted is not None:
        images = [i for i in images if wanted in (i.get("id"), i.get("name"))]
        if not images:
            yield failed("images", f'There is no image "{wanted}".', "See openstack image list.")
            return
    reasons = {_called(i): _unfit(i) for i in images}
    fit = [i for i in images if not _unfit(i)]
    if not fit:
        why = "; ".join(f"{name}: {reason}" for name, reason in list(reasons.items())[:3])
        yield failed(
            "images",
            f"No image can be used{f' ({why})' if why else ': the project sees none'}.",
            "Upload a cloud image of Debian or Ubuntu (x86_64); it has cloud-init.",
        )
        return
    names = sorted(_called(i) for i in fit)
    known = [i for i in fit if _KNOWN.search(f"{i.get('os_distro')} {i.get('name')}")]
    if known:
        yield good("images", f"Images that can be used: {listed(names)}.")
    else:
        yield warning(
            "images",
            f"Nothing tells that an image has cloud-init and is Debian or Ubuntu: {listed(names)}.",
            "Use a cloud image of Debian or Ubuntu; disco doctor --probe --image NAME tries one.",
        )


def _unfit(image: Mapping[str, Any]) -> str:
    """Why an image cannot be used; empty for one that can."""
    if image.get("status") != "active":
        return f"it is {image.get('status')}"
    if str(image.get("os_type") or "linux").lower() != "linux":
        return f"os_type is {image['os_type']}"
    architecture = image.get("hw_architecture") or image.get("architecture") or ""
    if str(architecture).lower() not in _X86:
        return f"its architecture is {architecture}"
    if image.get("container_format") in ("aki", "ari", "docker"):
        return f"container_format is {image['container_format']}"
    return ""


def _called(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or entry.get("id"))


def check_flavors(patient: Patient) -> Findings:
    """There is a flavor that a node can run on."""
    flavors = patient.cloud.flavors()
    wanted = patient.wanted.flavor
    if wanted is not None:
        flavors = [f for f in flavors if wanted in (f.id, f.name)]
        if not flavors:
            yield failed("flavors", f'There is no flavor "{wanted}".', "See openstack flavor list.")
            return
    large = sorted((f for f in flavors if f.ram_mb >= _LEAST_RAM), key=lambda f: f.ram_mb)
    if not large:
        there = listed([_size(f) for f in flavors]) or "none"
        yield failed(
            "flavors",
            f"No flavor has {_LEAST_RAM} MiB of memory or more; there are: {there}.",
            "Ask the cloud's operator for one with 2 GiB or more.",
        )
    elif all(not f.disk_gb for f in large):
        yield warning(
            "flavors",
            f"No flavor has a disk of its own: {listed([_size(f) for f in large])}.",
            "Nova may refuse servers without a volume to boot from: ask for a flavor with a disk.",
        )
    else:
        yield good("flavors", f"Flavors that can be used: {listed([_size(f) for f in large])}.")


def _size(flavor: Flavor) -> str:
    return f"{flavor.name} ({flavor.vcpus} cores, {flavor.ram_mb} MiB, {flavor.disk_gb} GiB)"


def check_networks(patient: Patient) -> Findings:
    """There is an external network with free addresses."""
    external = [n for n in patient.cloud.networks() if n.get("router:external")]
    wanted = patient.wanted.external_network
    if wanted is not None:
        external = [n for n in external if wanted in (n.get("id"), n.get("name"))]
    if not external:
        yield failed(
            "external network",
            f"There is no external network{f' {wanted!r}' if wanted else ''} for floating IPs.",
            "Ask the cloud's operator for one that your project sees, or use an existing network"
            " (--existing-network) with --floating-ip none.",
        )
        return
    for network in external:
        yield _addresses(patient, network)


def _addresses(patient: Patient, network: Mapping[str, Any]) -> Finding:
    """How many addresses are free: Neutron tells administrators, and others on some clouds."""
    name = _called(network)
    if network.get("status", "ACTIVE") != "ACTIVE" or not network.get("admin_state_up", True):
        return failed("external network", f"{name} is down.", "Ask the cloud's operator.")
    if not network.get("subnets", True):
        return failed("external network", f"{name} has no subnet.", "Ask the cloud's operator.")
    try:
        path = f"/network-ip-availabilities/{network['id']}"
        told = patient.cloud.get("network", path)["network_ip_availability"]
        free = int(told["total_ips"]) - int(told["used_ips"])
    except (NotInCloud, Forbidden):
        return good(
            "external network", f"{name} is there; how many addresses are free is not told."
        )
    if free < 2:
        return failed(
            "external network",
            f"{name} has {max(free, 0)} free addresses; a cluster takes two (router, floating IP).",
            "Release floating IPs that are not used (openstack floating ip list), or ask for more.",
        )
    return good("external network", f"{name} has {free} free addresses.")


def check_security_groups(patient: Patient) -> Findings:
    """Neutron has security groups, without which nodes would be open."""
    try:
        answer = patient.cloud.get("network", "/security-groups", limit=1, fields="id")
        answer["security_groups"]
    except NotInCloud:
        yield failed(
            "security groups",
            "Neutron has no security groups.",
            "Have the cloud's operator enable them: a cluster's ports are closed by its own.",
        )
        return
    yield good("security groups", "Neutron has security groups.")


def check_quotas(patient: Patient) -> Findings:
    """There is room for the wanted cluster."""
    quotas = read_quotas(patient.cloud, QUOTAS)
    needs = _needs(patient)
    untold = sorted(needs.keys() - quotas.keys())
    if untold:
        yield warning(
            "quotas", f"The cloud does not tell the quotas of: {', '.join(untold)}.", _UNTOLD
        )
    short = [
        f"{q.name} {q.used} of {q.limit} used, {needs[name]} needed"
        for name, q in quotas.items()
        if q.free is not None and q.free < needs.get(name, 0)
    ]
    size = f"1 + {patient.wanted.workers}"
    if short:
        yield failed(
            "quotas",
            f"There is no room for a cluster of {size}: {'; '.join(short)}.",
            "Delete what is not used, ask for larger quotas, or name fewer --workers.",
        )
    else:
        yield good("quotas", f"There is room for a cluster of {size}.")


def _needs(patient: Patient) -> dict[str, int]:
    """What a cluster takes, on the smallest flavor that a node can run on."""
    nodes = patient.wanted.workers + 1
    own = {"network": 1, "subnet": 1, "router": 1, "floatingip": 1, "security_group": 1}
    needs = {**own, "instances": nodes, "key_pairs": 1, "port": nodes + 1, "security_group_rule": 5}
    try:
        usable = [
            f
            for f in patient.cloud.flavors()
            if f.ram_mb >= _LEAST_RAM and patient.wanted.flavor in (None, f.id, f.name)
        ]
    except DiscoError:
        return needs
    if usable:
        smallest = min(usable, key=lambda f: (f.ram_mb, f.vcpus))
        needs |= {"cores": nodes * smallest.vcpus, "ram": nodes * smallest.ram_mb}
    return needs
