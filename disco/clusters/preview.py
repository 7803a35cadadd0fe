"""A plan in words: what a create would do, for people and programs to look at.

Secrets are masked by rendering what they are in once more with ``***`` in their place,
so that they are in no form (hashed, quoted, packed) in what is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from disco.attributes import WARNINGS
from disco.clusters.plan import ClusterPlan
from disco.components.loader import Catalogue
from disco.components.models import Role
from disco.derived_secrets import GeneratedPassword
from disco.heat.template.stack import render_again, render_stack
from disco.heat.template.template_context import Contexts
from disco.openstack.demand import OF_TYPE
from disco.spec import ClusterSpec, NodeGroup, RenderedStack, WorkerGroup
from disco.url_passwords import mask_value


class _Mask(GeneratedPassword):
    """What stands for a secret; there is nothing to be guessed from its hash."""

    unguessable = True


MASK = _Mask("***")
#: with the names of the frameworks behind it
NO_FRAMEWORK = "The cluster has no framework: its nodes will start and run nothing."


def describe(plan: ClusterPlan, components: Catalogue) -> dict[str, Any]:
    """The preview of a plan; plain data in the order in which it is read."""
    spec, install = plan.spec, plan.install
    hidden, real = masked(spec), plan.rendered
    if (hidden.properties, hidden.outside) == (spec.properties, spec.outside):
        shown = render_again(components, install, hidden, real)
    else:
        shown = dict(render_stack(components, install, hidden).files)
    return {
        "id": spec.id,
        "stack": spec.stack_name,
        "frameworks": {name: install.versions[name] for name in install.frameworks},
        "warnings": list(_warnings(plan, components)),
        "plan": {
            "steps": [str(step) for step in install.steps],
            "edges": {
                str(step): sorted(str(wanted) for wanted in install.edges.get(step, ()))
                for step in install.steps
            },
        },
        "nodes": list(_nodes(plan)),
        "network": _network(spec),
        "resources": _by_type(real),
        "quotas": list(_quotas(plan)),
        "sizes": {
            "template": len(real.template.encode()),
            "user_data": {role: len(text.encode()) for role, text in real.user_data.items()},
            "scripts": {role: len(text) for role, text in _ending(".scripts", real.files)},
        },
        "template": real.template,  # secrets are in user data alone
        "user_data": dict(_ending(".sh", shown)),
        "scripts": dict(_ending(".scripts", shown)),
    }


def _ending(end: str, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The files of one kind, by the role whose nodes have them."""
    return ((name.removesuffix(end), text) for name, text in files.items() if name.endswith(end))


def _warnings(plan: ClusterPlan, components: Catalogue) -> Iterator[str]:
    yield from filter(None, plan.spec.attributes.get(WARNINGS, "").split("; "))
    if not plan.install.frameworks:
        yield f"{NO_FRAMEWORK} Frameworks: {', '.join(components.frameworks)}."


def _by_type(stack: RenderedStack) -> dict[str, int]:
    """How many resources of each type there are."""
    types: Counter[str] = Counter()
    for resource, times in stack.resources.counted():
        types[str(resource["type"])] += times
    return dict(sorted(types.items()))


def masked(spec: ClusterSpec) -> ClusterSpec:
    """The specification with ``***`` for every secret, given or made, and in URLs."""
    hidden = {component: dict.fromkeys(own, MASK) for component, own in spec.secrets.items()}
    properties = {
        component: {name: mask_value(value) for name, value in own.items()}
        for component, own in spec.properties.items()
    }
    return replace(spec, secrets=hidden, properties=properties, outside=spec.outside.masked())


def _nodes(plan: ClusterPlan) -> Iterator[Mapping[str, object]]:
    """Every node; ``user_data`` names the script, ``placeholders`` what Heat puts into it."""
    spec = plan.spec
    contexts = Contexts(plan.install, spec)
    yield _node(contexts, "master", spec.master, spec.master.name, spec.network.master_address)
    by_group: dict[WorkerGroup | None, Contexts] = {None: contexts}
    for worker in spec.worker_table():
        index, name, address = worker.number, worker.name, worker.address
        own = replace(
            spec.workers,
            image=worker.image,
            flavor=worker.flavor,
            volume=worker.volume,
            root=worker.root,
            zone=worker.zone,
        )
        if worker.group not in by_group:
            by_group[worker.group] = Contexts(plan.install, replace(spec, workers=own))
        node = _node(by_group[worker.group], "worker", own, name, address)
        node["user_data"] = worker.script
        if worker.group is not None:
            node["group"] = worker.group.name
        yield {
            **node,
            "placeholders": {
                "@@NAME@@": name,
                "@@ADDRESS@@": address,
                "@@INDEX@@": str(index),
                "@@JOINS@@": "",
            },
        }


def _node(
    contexts: Contexts, role: Role, group: NodeGroup, name: str, address: str
) -> dict[str, object]:
    return {
        "name": name,
        "role": role,
        "address": address,
        "image": group.image,
        "flavor": group.flavor.name,
        "cores": group.flavor.vcpus,
        "ram_mb": group.flavor.ram_mb,
        "volume_gb": group.volume.size_gb if group.volume else 0,
        "root_volume_gb": group.root.size_gb if group.root else 0,
        "availability_zone": group.zone,
        "memory_mb": dict(sorted(contexts.shares(role).items())),
        "user_data": role,
    }


def _network(spec: ClusterSpec) -> Mapping[str, object]:
    """What the nodes are on; ``id`` is null for a network that is made for them."""
    network = spec.network
    return {
        "id": network.id or None,
        "name": network.name,
        "cidr": str(network.cidr),
        "dhcp": network.dhcp,
        "port_security": network.guarded,
        "mtu": network.mtu,
        "config_drive": spec.config_drive,
    }


def _quotas(plan: ClusterPlan) -> Iterator[Mapping[str, object]]:
    """What is needed of each quota; ``limit`` and ``used`` are null where the cloud is silent.

    A quota without limit has the limit -1, as in OpenStack's own answers.
    """
    for name, needed in plan.demand.total.items():
        told = plan.quotas.get(name)
        if told is None and name.startswith(OF_TYPE):
            continue  # most clouds have none for single types of volumes
        yield {
            "name": told.name if told else name,
            "needed": needed,
            "used": told.used if told else None,
            "limit": None if told is None else -1 if told.limit is None else told.limit,
        }
