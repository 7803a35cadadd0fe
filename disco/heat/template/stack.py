"""From an install plan and a cluster's specification to what Heat is given.

Pure: no clock, no randomness, no I/O. The same request gives the same bytes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from disco.attributes import (
    CIDR,
    GROUPS,
    INJECT,
    MASTER_NAME,
    SLAVE_COUNT,
    SLAVE_FLAVOR,
    heat_attribute,
    stored_parameters,
)
from disco.components.conditions import select_ports
from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue
from disco.components.models import Role
from disco.errors import Fault, InvalidRequest
from disco.heat.template.address_tag import address_tag
from disco.heat.template.jinja_environment import Templates
from disco.heat.template.secret_values import names_of, parameters_of
from disco.heat.template.stack_text import (
    ADDRESS,
    BETWEEN,
    NAME,
    NUMBER,
    WRITTEN_OUT,
    Mark,
    StackText,
)
from disco.heat.template.template_context import Contexts
from disco.heat.template.user_data import Script
from disco.spec import ClusterSpec, RenderedStack, StackResources, WorkerGroup
from disco.worker_numbers import PLAIN, name_prefix, script_name, worker_name

#: Heat's defaults for max_template_size (bytes) and max_resources_per_stack.
MAX_TEMPLATE_SIZE = 524288
MAX_RESOURCES = 1000
#: Heat takes no longer wait (seconds); nodes give up earlier and say why.
MAX_WAIT = 43200
#: seconds that a wait of Heat's is longer than the nodes' own
WAIT_MARGIN = 300
_MAX_TAG = 80
_ANYWHERE = "0.0.0.0/0"
#: the component whose folder has the stack's template
_HEAT = "heat"
#: has addresses for every number of workers that can be asked for
_ROOMY = ipaddress.IPv4Network("10.0.0.0/8")


def render_stack(catalogue: Catalogue, plan: InstallPlan, spec: ClusterSpec) -> RenderedStack:
    """Render the stack of a cluster.

    Workers are listed one by one: a group's members, whose addresses follow
    from their index, would each be a nested stack, which takes Heat twice as
    long and holds an engine thread for as long as its nodes boot. Rendered
    with another number of workers, a stack keeps those that stay untouched.

    Raises:
        InvalidRequest: the cluster cannot be: too many workers for its
            network or for a stack, a flavor too small, too much user data.
        ComponentError: a component's template is at fault.
    """
    _check_room(spec)
    scripts = _scripts(catalogue, plan, spec)
    user_data = {name: script.text() for name, script in scripts.items()}
    moved = {name: script.address for name, script in scripts.items() if script.scripts}
    secrets = parameters_of({name: script.told for name, script in scripts.items()})
    written = _written(catalogue, plan, spec, moved, list(names_of(secrets)))
    numbers = spec.numbers_by_kind
    template = written.whole(numbers, lambda number: _words(spec, number))
    resources = written.resources(numbers)
    files = _files(user_data, scripts)
    _check_sizes(written.size(numbers), files, len(resources), spec.worker_count)
    return RenderedStack(
        template=template,
        files=files,
        user_data=user_data,
        scripts=scripts,
        parameters=stored_parameters(spec.attributes, apart=True) | secrets,
        tags=tuple(_tags(spec, plan)),
        resources=resources,
    )


def render_again(
    catalogue: Catalogue, plan: InstallPlan, spec: ClusterSpec, before: RenderedStack
) -> dict[str, str]:
    """The files of a cluster that was rendered, with other secrets.

    What has none in it is taken from what was rendered.
    """
    scripts = _scripts(catalogue, plan, spec, before.scripts)
    return _files({name: script.text() for name, script in scripts.items()}, scripts)


def _files(user_data: Mapping[str, str], scripts: Mapping[str, Script]) -> dict[str, str]:
    """What the template refers to: user data, and what that has no room for."""
    rest = {f"{name}.scripts": script.scripts for name, script in scripts.items()}
    files = {f"{name}.sh": text for name, text in user_data.items()}
    return files | {name: text for name, text in rest.items() if text}


def _scripts(
    catalogue: Catalogue,
    plan: InstallPlan,
    spec: ClusterSpec,
    before: Mapping[str, Script] = MappingProxyType({}),
) -> dict[str, Script]:
    """The scripts of all nodes, by the names of their files without ``.sh``."""
    contexts = Contexts(plan, spec)
    templates = Templates(catalogue, spec.id)
    roles: tuple[Role, ...] = ("master", "worker")
    made: dict[str, Script] = {}
    for role in roles:
        made[role] = Script(contexts, templates, role, before.get(role))
    for group in spec.groups:
        # workers in every respect but what they boot from, which decides what fits on them
        own = replace(spec.workers, image=group.image, flavor=group.flavor, volume=group.volume)
        sized = _for_group(group, plan, replace(spec, workers=own))
        name = script_name(group.name)
        made[name] = Script(sized, templates, "worker", before.get(name))
    return made


def resources_of(catalogue: Catalogue, plan: InstallPlan, spec: ClusterSpec) -> StackResources:
    """The resources of the stack alone, for counting what a faulty request would take."""
    if spec.worker_count > spec.network.capacity:
        spec = replace(spec, network=replace(spec.network, cidr=_ROOMY, base=10, room=None))
    return _written(catalogue, plan, spec).resources(spec.numbers_by_kind)


def _written(
    catalogue: Catalogue,
    plan: InstallPlan,
    spec: ClusterSpec,
    moved: Mapping[str, str] = MappingProxyType({}),
    secret: Sequence[str] = (),
) -> StackText:
    """The template with each kind of workers once.

    ``moved`` are addresses of divided scripts, and ``secret`` names of those with secrets.
    """
    context = _context(plan, spec, moved, secret)
    return StackText.of(Templates(catalogue, spec.id).file(_HEAT, "stack.yaml.j2", context))


def _words(spec: ClusterSpec, number: int) -> dict[Mark, str]:
    """What stands in the place of the marks for a worker."""
    return {
        NUMBER: str(number),
        NAME: worker_name(spec.workers.name, number),
        ADDRESS: spec.network.worker_address(number),
    }


def _for_group(group: WorkerGroup, plan: InstallPlan, spec: ClusterSpec) -> Contexts:
    """What the group's nodes see.

    Raises:
        InvalidRequest: its flavor is too small for what the nodes carry.
    """
    try:
        return Contexts(plan, spec, group.name)
    except InvalidRequest as error:
        faults = [
            replace(f, attribute=GROUPS, message=f"group {group.name!r}: {f.message}")
            for f in error.faults
            if f.attribute == SLAVE_FLAVOR
        ]
        raise InvalidRequest.of(faults or error.faults) from error


def _check_room(spec: ClusterSpec) -> None:
    """Refuse names that are none and more workers than there are addresses or resources."""
    faults = []
    room = max(spec.network.capacity, 0)
    if spec.worker_count > room:
        message = f"{spec.network.cidr} has addresses for {room} workers"
        allowed = f"a larger network for {spec.worker_count}, such as 192.168.16.0/20"
        faults.append(Fault(CIDR, message, allowed, "network-too-small"))
    longest = worker_name(spec.workers.name, spec.worker_count)
    for wire, name in (("mastername", spec.master.name), ("slavename", longest)):
        if not re.fullmatch("[a-z]([a-z0-9-]{0,61}[a-z0-9])?", name):
            message = f"{name!r} cannot be a host name"
            allowed = "letters a to z, digits and hyphens, 63 in all"
            faults.append(Fault(heat_attribute(wire), message, allowed))
    if spec.master.name.startswith(name_prefix(spec.workers.name)):
        message = f"{spec.master.name!r} could be a worker's name"
        faults.append(Fault(MASTER_NAME, message, "another name"))
    for group in spec.groups:
        if spec.master.name.startswith(name_prefix(group.alias)):
            message = f"{spec.master.name!r} could be a name of the group {group.name!r}"
            faults.append(Fault(MASTER_NAME, message, "another name"))
        if group.alias == spec.workers.name:
            message = f"the plain workers are called {group.alias!r}, too"
            faults.append(Fault(GROUPS, message, f"another name than {group.name!r}"))
    if faults:
        raise InvalidRequest.of(faults)


def _context(
    plan: InstallPlan,
    spec: ClusterSpec,
    moved: Mapping[str, str] = MappingProxyType({}),
    secret: Sequence[str] = (),
) -> dict[str, object]:
    frameworks = ", ".join(f"{name} {plan.versions[name]}" for name in plan.frameworks)
    return {
        "id": spec.id,
        "stack_name": spec.stack_name,
        "description": f"DISCO cluster {spec.id}: {frameworks or 'no frameworks'}",
        "master": spec.master,
        "network": spec.network,
        "network_reference": spec.network.id or {"get_resource": "network"},
        "subnet_reference": spec.network.subnet or {"get_resource": "subnet"},
        "floating": spec.floating,
        "config_drive": spec.config_drive,
        "ends": spec.ends,
        "rules": list(_rules(plan, spec)),
        "key_name": spec.ssh_key_name,
        "key_pair": spec.ssh_public_key,
        # a reference where the stack makes the key pair, so that it is there first
        "key_reference": {"get_resource": "key_pair"} if spec.ssh_public_key else spec.ssh_key_name,
        "moved": moved,
        "secret": secret,
        "wait": spec.wait,
        "signal": {"get_attr": ["signal", "curl_cli"]} if spec.wait else "",
        "wait_timeout": min(spec.timeout_s + WAIT_MARGIN, MAX_WAIT),
        "numbers": range(1, spec.worker_count + 1),
        "kinds": [_kind(spec, group) for group in (None, *spec.groups)],
        "many": [len(its) > WRITTEN_OUT for its in spec.numbers_by_kind],
        "mark": BETWEEN,
        "groups": spec.groups,
    }


def _kind(spec: ClusterSpec, group: WorkerGroup | None) -> dict[str, object]:
    """What the template sees of one worker of a kind: of a group, or of the plain ones."""
    source = group or spec.workers
    return {
        **{"number": NUMBER, "name": NAME, "address": ADDRESS},
        **{"image": source.image, "flavor": source.flavor, "zone": source.zone},
        **{"volume": source.volume, "root": source.root, "group": group},
        "script": script_name(group.name if group else PLAIN),
    }


def _rules(plan: InstallPlan, spec: ClusterSpec) -> Iterator[dict[str, object]]:
    """The security group: everything out, the cluster within, declared ports from outside."""
    yield {"direction": "egress", "ethertype": "IPv4"}
    inside: dict[str, object] = {"direction": "ingress", "ethertype": "IPv4"}
    if spec.network.id:
        # others are on that network, too: members of the group alone
        yield {**inside, "remote_mode": "remote_group_id"}
    else:
        yield {**inside, "remote_ip_prefix": str(spec.network.cidr)}
    sources = {"public": _ANYWHERE, "restricted": spec.allowed_cidr, "cluster": None}
    opened = {
        (port.port, sources[port.expose])
        for component in plan.components.values()
        for port in select_ports(
            component, spec.properties.get(component.name, {}), plan.frameworks
        )
    }
    for number, source in sorted((n, s) for n, s in opened if s is not None):
        if source != _ANYWHERE and (number, _ANYWHERE) in opened:
            continue
        yield {
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "tcp",
            "port_range_min": number,
            "port_range_max": number,
            "remote_ip_prefix": source,
        }


def _check_sizes(template: int, files: Mapping[str, str], resources: int, workers: int) -> None:
    """Refuse what Heat would, before anything is sent."""
    faults = []
    if resources > MAX_RESOURCES:
        message = f"{workers} workers make {resources} resources, and Heat takes {MAX_RESOURCES}"
        faults.append(Fault(SLAVE_COUNT, message, "fewer workers", "too-many-workers"))
    scripts = sum(len(text.encode()) for text in files.values())
    size = template + scripts
    if size > MAX_TEMPLATE_SIZE:
        message = f"the template has {size} bytes, and Heat takes {MAX_TEMPLATE_SIZE}"
        attribute, allowed = SLAVE_COUNT, "fewer workers"
        if scripts > template:
            message += f"; {scripts} of them are scripts"
            attribute, allowed = INJECT, "fewer components or groups, or shorter scripts"
        faults.append(Fault(attribute, message, allowed, "template-too-large"))
    if faults:
        raise InvalidRequest.of(faults)


#: the tag of clusters whose nodes say how they are after a resume
CHECKS = "disco-checks"


def _tags(spec: ClusterSpec, plan: InstallPlan) -> Iterator[str]:
    """What a list of clusters shows; Heat allows 80 characters each and no comma."""
    yield "disco"
    yield f"disco-workers={spec.workers.count}"
    prefix = "disco-frameworks="
    line = ""
    for name in plan.frameworks:
        longer = f"{line}+{name}" if line else name
        if line and len(prefix) + len(longer) > _MAX_TAG:
            yield prefix + line
            longer = name
        line = longer
    if line:
        yield prefix + line
    if addresses := address_tag(spec.network, spec.worker_count):
        yield addresses
    if spec.wait:
        yield CHECKS
