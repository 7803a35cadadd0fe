"""What a cluster takes of the project's quotas, counted from its template's resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue
from disco.heat.template.stack import resources_of
from disco.spec import ClusterSpec, Flavor, RenderedStack, StackResources

#: of a whole stack, or by name, as Heat has them
Resources = StackResources | Mapping[str, Mapping[str, Any]]

#: not a number of things, but the size of each: servers in a group, GiB of a volume
MEMBERS = "server_group_members"
LARGEST = "per_volume_gigabytes"
EACH = (MEMBERS, LARGEST)
#: Cinder's quotas of one type of volumes: these, and the id of the type behind it
OF_TYPE = ("volumes_", "gigabytes_")
#: stands for the type of volumes for which none is named
DEFAULT_TYPE = "__DEFAULT__"
_ONE_EACH = {
    "OS::Cinder::Volume": "volumes",  # and as many GiB
    "OS::Neutron::Net": "network",
    "OS::Neutron::Subnet": "subnet",
    "OS::Neutron::Port": "port",
    "OS::Neutron::Router": "router",
    "OS::Neutron::FloatingIP": "floatingip",
    "OS::Nova::KeyPair": "key_pairs",
    "OS::Nova::ServerGroup": "server_groups",
}
#: rules that Neutron puts into every new group: everything out, IPv4 and IPv6
_OWN_RULES = 2


@dataclass(frozen=True)
class Demand:
    """What a cluster takes.

    Attributes:
        total: by quota.
        per_worker: what each worker adds, by quota.
        workers: how many there are.
        from_volumes: whether volumes are for booting from alone.
    """

    total: Mapping[str, int]
    per_worker: Mapping[str, int]
    workers: int
    from_volumes: bool = False

    def fitting(self, quota: str, free: int | None) -> int | None:
        """How many workers fit into what is free of a quota; None if it does not limit them."""
        each = self.per_worker.get(quota, 0)
        if not each or free is None or quota in EACH:
            return None
        return self.workers + (free - self.total[quota]) // each


def counted(resources: Resources) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Each resource, and how many there are like it."""
    if isinstance(resources, StackResources):
        return resources.counted()
    return ((resource, 1) for resource in resources.values())


def count(resources: Resources, flavors: Iterable[Flavor]) -> dict[str, int]:
    """What these resources of a template take, by quota."""
    known = {flavor.id: flavor for flavor in flavors}
    taken: Counter[str] = Counter()
    members: Counter[str] = Counter()
    for resource, times in counted(resources):
        kind, properties = str(resource["type"]), resource.get("properties") or {}
        if kind in _ONE_EACH:
            if kind == "OS::Cinder::Volume":
                size = int(properties["size"])
                _add_volumes(taken, times, properties.get("volume_type"), size)
            else:
                taken[_ONE_EACH[kind]] += times
        elif kind == "OS::Neutron::RouterInterface":
            taken["port"] += ("port" not in properties) * times
        elif kind == "OS::Neutron::SecurityGroup":
            taken["security_group"] += times
            taken["security_group_rule"] += _rules(properties.get("rules") or ()) * times
        elif kind == "OS::Nova::Server":
            taken["instances"] += times
            # Nova makes a port for a network that comes without
            taken["port"] += sum("port" not in n for n in properties.get("networks") or ()) * times
            for device in root_volumes(properties):
                size = int(device["volume_size"])
                _add_volumes(taken, times, device.get("volume_type"), size)
            flavor = known.get(str(properties.get("flavor")))
            if flavor is not None:
                taken["cores"] += flavor.vcpus * times
                taken["ram"] += flavor.ram_mb * times
            if group := (properties.get("scheduler_hints") or {}).get("group"):
                members[str(group)] += times
    if members:
        taken[MEMBERS] = max(members.values())
    return dict(taken)


def root_volumes(server: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The volumes that Nova makes of an image for a server to boot from, by its properties."""
    devices = server.get("block_device_mapping_v2") or ()
    return [d for d in devices if d.get("image") and d.get("volume_size")]


def image_of(server: Mapping[str, Any]) -> str:
    """The image that a server boots from, whether or not by way of a volume."""
    volumes = root_volumes(server)
    return str(volumes[0]["image"] if volumes else server["image"])


def boots_from_volumes(resources: Resources) -> bool:
    """Whether servers boot from volumes, and there are no others."""
    each = [resource for resource, _ in counted(resources)]
    servers = [r for r in each if r["type"] == "OS::Nova::Server"]
    return all(r["type"] != "OS::Cinder::Volume" for r in each) and any(
        root_volumes(server.get("properties") or {}) for server in servers
    )


def _add_volumes(taken: Counter[str], times: int, kind: object, size_gb: int) -> None:
    taken["volumes"] += times
    taken["gigabytes"] += size_gb * times
    for prefix, number in zip(OF_TYPE, (1, size_gb), strict=True):
        taken[f"{prefix}{kind or DEFAULT_TYPE}"] += number * times
    taken[LARGEST] = max(taken[LARGEST], size_gb)


def _rules(rules: Sequence[Mapping[str, Any]]) -> int:
    """Heat removes Neutron's own rules where the template has some for outgoing traffic."""
    if any(rule.get("direction") == "egress" for rule in rules):
        return max(len(rules), _OWN_RULES)
    return len(rules) + _OWN_RULES


def demand_of(
    components: Catalogue,
    install: InstallPlan | None,
    spec: ClusterSpec,
    rendered: RenderedStack | None,
) -> Demand:
    """What the stack takes; of a request that cannot be rendered what it would take at least."""
    if rendered:
        whole = rendered.resources
    else:
        whole = resources_of(components, install or InstallPlan((), {}, {}, {}), spec)
    one, two = (count(whole.with_plain_workers(n), spec.flavors) for n in (1, 2))
    each = {name: two[name] - one.get(name, 0) for name in two}
    return Demand(count(whole, spec.flavors), each, spec.workers.count, boots_from_volumes(whole))
