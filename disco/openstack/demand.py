"""What a cluster takes of the project's quotas, counted from its template's resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue
from disco.heat.template.stack import render_resources
from disco.spec import ClusterSpec, Flavor, RenderedStack

Resources = Mapping[str, Mapping[str, Any]]

#: not a number of things, but the size of each
MEMBERS = "server_group_members"
_ONE_EACH = {
    "OS::Cinder::Volume": "volumes",
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
    """

    total: Mapping[str, int]
    per_worker: Mapping[str, int]
    workers: int

    def fitting(self, quota: str, free: int | None) -> int | None:
        """How many workers fit into what is free of a quota; None if it does not limit them."""
        each = self.per_worker.get(quota, 0)
        if not each or free is None:
            return None
        return self.workers + (free - self.total[quota]) // each


def count(resources: Resources, flavors: Iterable[Flavor]) -> dict[str, int]:
    """What these resources of a template take, by quota."""
    known = {flavor.id: flavor for flavor in flavors}
    taken: Counter[str] = Counter()
    members: Counter[str] = Counter()
    for resource in resources.values():
        kind, properties = str(resource["type"]), resource.get("properties") or {}
        if kind in _ONE_EACH:
            taken[_ONE_EACH[kind]] += 1
            if kind == "OS::Cinder::Volume":
                taken["gigabytes"] += int(properties["size"])
        elif kind == "OS::Neutron::RouterInterface":
            taken["port"] += "port" not in properties
        elif kind == "OS::Neutron::SecurityGroup":
            taken["security_group"] += 1
            taken["security_group_rule"] += _rules(properties.get("rules") or ())
        elif kind == "OS::Nova::Server":
            taken["instances"] += 1
            # Nova makes a port for a network that comes without
            taken["port"] += sum("port" not in n for n in properties.get("networks") or ())
            flavor = known.get(str(properties.get("flavor")))
            if flavor is not None:
                taken["cores"] += flavor.vcpus
                taken["ram"] += flavor.ram_mb
            if group := (properties.get("scheduler_hints") or {}).get("group"):
                members[str(group)] += 1
    if members:
        taken[MEMBERS] = max(members.values())
    return dict(taken)


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
    plan = install or InstallPlan((), {}, {}, {})

    def taken(workers: int) -> Mapping[str, int]:
        sized = replace(spec, workers=replace(spec.workers, count=workers))
        return count(render_resources(components, plan, sized), spec.flavors)

    one, two = taken(1), taken(2)
    each = {name: two[name] - one.get(name, 0) for name in two}
    if rendered is None:
        return Demand(taken(spec.workers.count), each, spec.workers.count)
    return Demand(count(rendered.resources, spec.flavors), each, spec.workers.count)
