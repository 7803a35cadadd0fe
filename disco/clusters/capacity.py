"""Whether there is room for new workers: addresses, Heat's limits, flavor and image, quotas."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from disco.attributes import (
    AVAILABILITY_ZONE,
    GROUPS,
    NETWORK,
    SLAVE_COUNT,
    SLAVE_FLAVOR,
    SLAVE_IMAGE,
)
from disco.errors import Fault
from disco.heat.stack_resources import StackResource
from disco.heat.template import resize
from disco.heat.template.stack import MAX_RESOURCES, MAX_TEMPLATE_SIZE
from disco.openstack.ahead import begin_lists, begin_quotas
from disco.openstack.catalog import CloudCatalogue, why_down
from disco.openstack.demand import (
    EACH,
    Demand,
    boots_from_volumes,
    count,
    image_of,
    root_volumes,
)
from disco.openstack.endpoints import COMPUTE
from disco.openstack.quotas import quota_faults, read_quotas
from disco.openstack.zones import ZONES, Zones
from disco.spec import Flavor, Volume
from disco.worker_numbers import PLAIN, port_resource, server_resource

#: looks at a cluster's ports, and seconds between them: Heat writes a port down after it is made
_LOOKS, _PAUSE_S = 3, 0.5


def known_addresses(script: str) -> int:
    """For how many workers the nodes know names and addresses since they were made."""
    return _fact(script, "WORKER_CAPACITY") or 0


def created_with(script: str) -> int | None:
    """How many workers, those of groups included, the nodes' scripts were made for."""
    return _fact(script, "WORKERS")


def _fact(script: str, name: str) -> int | None:
    match = re.search(rf"^DISCO_{name}=([0-9]{{1,9}})$", script, re.M)
    return int(match[1]) if match else None


def limits(
    made: resize.Template, fresh: Collection[int], room: int, attribute: str = SLAVE_COUNT
) -> Iterator[Fault]:
    """What the network or Heat has no room for.

    Args:
        made: the template with the new workers.
        fresh: their numbers.
        room: the highest number that has an address.
        attribute: what asked for them.
    """
    if max(fresh) > room:
        name = resize.Model.of(made).name_of(max(fresh))
        yield Fault(
            attribute,
            f"the cluster's network has addresses for {room} workers,"
            f" and {name} would need one more",
            f"at most {room}",
            "network-too-small",
        )
    if len(made["resources"]) > MAX_RESOURCES:
        message = f"the stack would have {len(made['resources'])} resources"
        yield Fault(attribute, message, f"at most {MAX_RESOURCES}", "too-many-workers")
    if resize.size(made) > MAX_TEMPLATE_SIZE:
        message = f"the template would have {resize.size(made)} bytes"
        yield Fault(attribute, message, f"at most {MAX_TEMPLATE_SIZE}", "template-too-large")


def in_the_cloud(
    cloud: CloudCatalogue,
    template: resize.Template,
    made: resize.Template,
    fresh: Mapping[int, str],
    total: int,
    check_quotas: bool,
    own: Callable[[], Mapping[str, StackResource]],
) -> Iterator[Fault]:
    """What the cloud does not have for new workers: image, flavor, addresses, quotas.

    Args:
        cloud: what there is.
        template: the present one.
        made: the one with the new workers.
        fresh: the groups of those by number.
        total: how many workers there are then, of the group that grows where it is one alone.
        check_quotas: whether quotas are looked at.
        own: gives the resources of the cluster's stack at this moment, by name.
    """
    growing = set(fresh.values())
    _begin(cloud, template, made, fresh, check_quotas)
    flavors: list[Flavor] = []
    for group in sorted(growing):
        first = resize.Model.of(template, group).number
        server = template["resources"][server_resource(first)]["properties"]
        attribute = (SLAVE_FLAVOR, SLAVE_IMAGE)
        of_flavor, of_image = (GROUPS, GROUPS) if group else attribute
        root = next((Volume(int(v["volume_size"])) for v in root_volumes(server)), None)
        cloud.from_volumes = root is not None
        flavor = cloud.flavor(of_flavor, str(server["flavor"]))
        cloud.image(of_image, image_of(server), flavor, root)
        zone = server.get("availability_zone")
        Zones(cloud).check(GROUPS if group else AVAILABILITY_ZONE, zone and str(zone))
        flavors += [flavor] if flavor else []
    yield from cloud.faults
    yield from _taken(cloud, made, fresh, own)
    if check_quotas:
        demand = _demand(template, made, fresh, total, flavors)
        begin_quotas(cloud, demand.total)
        quotas = read_quotas(cloud, demand.total)
        plain = PLAIN in growing
        known = flavors[0] if plain and len(flavors) == 1 else None
        for fault in quota_faults(demand, quotas, known, cloud.usable_flavors()):
            of_workers = fault.attribute in (SLAVE_COUNT, SLAVE_FLAVOR)
            yield fault if plain or not of_workers else replace(fault, attribute=GROUPS)


def _begin(
    cloud: CloudCatalogue,
    template: resize.Template,
    made: resize.Template,
    fresh: Mapping[int, str],
    check_quotas: bool,
) -> None:
    """Ask side by side what is asked for new workers in any case."""
    is_foreign = "network" not in made["resources"]
    begin_lists(cloud, networks=is_foreign)
    if is_foreign:
        cloud.begin("network", "/ports", "ports", **_ports_on(_port(made, fresh)["network"]))
    models = [resize.Model.of(template, group).number for group in set(fresh.values())]
    servers = [template["resources"][server_resource(n)]["properties"] for n in models]
    if any(server.get("availability_zone") for server in servers):
        cloud.begin(COMPUTE, ZONES)
    if check_quotas:
        begin_quotas(cloud, count(_added(template, made), ()))


def _added(template: resize.Template, made: resize.Template) -> dict[str, Any]:
    return {n: r for n, r in made["resources"].items() if n not in template["resources"]}


def _port(made: resize.Template, fresh: Collection[int]) -> Mapping[str, Any]:
    """The port of a new worker, as the template has it."""
    port: Mapping[str, Any] = made["resources"][port_resource(min(fresh))]["properties"]
    return port


def _ports_on(network: object) -> dict[str, Any]:
    """The question for all ports on a network."""
    return {"network_id": network, "fields": ("id", "name", "fixed_ips")}


def _taken(
    cloud: CloudCatalogue,
    made: resize.Template,
    fresh: Collection[int],
    own: Callable[[], Mapping[str, StackResource]],
) -> Iterator[Fault]:
    """On a network that was there before the cluster others may have taken addresses since.

    A port of the cluster itself is of the same request, whose first answer was lost.
    """
    if "network" in made["resources"]:
        return
    model = resize.Model.of(made)
    port = _port(made, fresh)
    network = port["network"]
    for found in (n for n in cloud.networks() if n["id"] == network):
        if why := why_down(found):
            message = f"network {found['name']!r} is down ({why})"
            yield Fault(NETWORK, message, "the network as it was when the cluster was created")
        if found.get("port_security_enabled") is False and port.get("security_groups"):
            message = f"network {found['name']!r} has port security off, which it had not before"
            yield Fault(NETWORK, message, "the network as it was when the cluster was created")
    taken = {
        address["ip_address"]: (port["id"], port.get("name"))
        for port in cloud.pages("network", "/ports", "ports", **_ports_on(network))
        for address in port["fixed_ips"]
    }
    lost = {n: model.address_of(n) for n in fresh if model.address_of(n) in taken}
    for look in range(_LOOKS):
        if not lost:
            return
        ours = own()
        lost = {
            number: address
            for number, address in lost.items()
            if not _is_own(ours, number, *taken[address], model.name_of(number))
        }
        # a port of the same name may be another cluster's, or one that Heat has just made
        if look + 1 < _LOOKS and any(taken[a][1] == model.name_of(n) for n, a in lost.items()):
            time.sleep(_PAUSE_S)
        else:
            break
    if lost:
        which = ", ".join(f"{address} of {model.name_of(n)}" for n, address in lost.items())
        message = f"on the network {network} somebody else has {which}"
        yield Fault(SLAVE_COUNT, message, "fewer workers", "address-taken")


def _is_own(
    ours: Mapping[str, StackResource], number: int, port_id: str, name: str | None, wanted: str
) -> bool:
    """Whether a port is the cluster's, or Heat is about to write down that it is."""
    if port_id in {resource.physical_id for resource in ours.values()}:
        return True
    begun = ours.get(port_resource(number))
    return begun is not None and begun.status.is_in_progress and name == wanted


def _demand(
    template: resize.Template,
    made: resize.Template,
    fresh: Collection[int],
    total: int,
    flavors: list[Flavor],
) -> Demand:
    """What the new workers take; what leaving ones give back comes too late."""
    added = _added(template, made)
    taken = count(added, flavors)
    whole = count(made["resources"], flavors)
    for name in EACH:  # how large one is then, not how much larger
        if name in taken:
            taken[name] = whole[name]
    each = {name: number // len(fresh) for name, number in taken.items()}
    return Demand(taken, each, total, boots_from_volumes(added))
