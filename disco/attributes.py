"""Names of OCCI attributes, and what of a stack is shown under them.

The names and their meaning are the original's; ``occi.mcn.stack.*`` are those
that Hurtle's resolver waits for.
"""

from __future__ import annotations

import re

from disco.heat.stacks import Stack
from disco.openstack.errors import tidy

INJECT = "icclab.disco.dependencies.inject"
CORE_ID = "occi.core.id"
WARNINGS = "disco.warnings"
#: a note of ours in the stack: which secrets were made, and from which key secret
GENERATED = "disco.generated"
#: who creates the cluster: read as a fallback for the headers
DEPLOYER_PREFIXES = ("icclab.disco.deployer.", "icclab.disco.hurtle.")
SLAVE_COUNT = "icclab.disco.components.heat.slavecount"
#: workers that are to leave, with a request for fewer
REMOVE = "icclab.disco.components.heat.remove"
#: notes of ours in the stack of a cluster that was scaled: its workers' numbers, and how
#: many it was created with
WORKERS = "disco.workers"
CREATED_WORKERS = "disco.workers.created"
#: likewise, the numbers by group: "big:2-3,6 gpu:4"; and of those that the last change took away
GROUP_WORKERS = "disco.workers.groups"
LEFT_WORKERS = "disco.workers.left"
SCALING_NOTES = (WORKERS, CREATED_WORKERS, GROUP_WORKERS, LEFT_WORKERS)
TAG_ATTRIBUTES = {"disco-workers": SLAVE_COUNT, "disco-frameworks": "disco.frameworks"}

_SECRET = re.compile(r"(password|passwd|secret|token|private_?key)$", re.I)


def is_secret(name: str) -> bool:
    """Whether a value under this name is taken and never kept or shown."""
    return name.startswith(DEPLOYER_PREFIXES) and _SECRET.search(name) is not None


def served_attributes(stack: Stack, location: str, service_state: str | None) -> dict[str, str]:
    """The attributes of a cluster from its stack; all values are strings."""
    attributes = dict(stack.attributes)
    attributes.update(_tagged(stack))
    if service_state is not None:
        attributes["mcn.service.state"] = service_state
    attributes["stackid"] = stack.stack_id
    attributes["stack_status"] = stack.status
    attributes["occi.mcn.stack.id"] = stack.stack_id
    attributes["occi.mcn.stack.state"] = stack.status
    if stack.status.endswith("_FAILED"):
        reason = tidy(stack.reason)
        attributes["stack_status_reason"] = reason
        attributes["status"] = f"deployment didn't work out because: {reason}"
    if stack.status.startswith("SUSPEND"):
        attributes["runstate"] = "suspended"
    elif stack.status.startswith("RESUME"):
        attributes["runstate"] = "running"
    # an output that is not there is left out: "" is no address to the dashboard, and no key
    absent = ("external_ip", "worker_external_ips", "ssh_public_key")
    attributes.update((k, v) for k, v in stack.outputs.items() if v or k not in absent)
    attributes[CORE_ID] = f"{location}{stack.cluster_id}"
    return attributes


def _tagged(stack: Stack) -> dict[str, str]:
    """What a list knows beyond the stack's name and state."""
    found: dict[str, str] = {}
    for tag in stack.tags:
        name, _, value = tag.partition("=")
        attribute = TAG_ATTRIBUTES.get(name)
        if attribute and attribute not in stack.attributes and value:
            found[attribute] = "+".join(filter(None, (found.get(attribute), value)))
    return found
