"""Why a cluster failed: node, step and reason out of Heat's sentence, and what to do.

Nodes signal "NODE: STEP: REASON"; Heat puts the path of the resource before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from disco.attributes import (
    AVAILABILITY_ZONE,
    DNS_NAME_SERVERS,
    GROUPS,
    HTTP_PROXY,
    HTTPS_PROXY,
    NO_PROXY,
    ROOT_VOLUME_SIZE,
    TIMEOUT,
    VOLUME_SIZE,
)
from disco.worker_numbers import node_of_resource

#: Heat's sentence: the kind of the error, the resource, what it said
_RESOURCE = re.compile(
    r"(?:Resource \w+ failed: )?(?P<error>\w+): resources\.(?P<resource>\w+): (?P<text>.*)", re.S
)
_SIGNAL = re.compile(r"(?P<node>[a-z][a-z0-9-]*): (?P<step>[\w.-]+:[\w.-]+): (?P<reason>.*)", re.S)
#: the master tells of a worker
_WORKER = re.compile(r"(?P<node>[a-z][a-z0-9-]*) failed at (?P<step>\S+): (?P<reason>.*)", re.S)
_SILENT = re.compile(r"no word that they are done within \d+ s from: (?P<nodes>.+)")

#: what is in a reason, and what to do then; the first that fits
_HINT_TEXTS = (
    (r"[Qq]uota exceeded|OverQuota|LimitExceeded|exceeds allowed \w+ quota",
     "Delete what uses the quota, ask for a larger one, or ask for"
     " fewer workers or smaller flavors; a preview shows limits and use."),
    (r"already allocated in subnet|IpAddressAlreadyAllocated", "Another user took an address of"
     " the network in the meantime: delete the cluster and create it again."),
    (r"No valid host|NoValidHost", "The cloud has no room for this flavor now: try another flavor,"
     " fewer workers, or later."),
    (r"0 of \d+ received|WaitConditionTimeout", "No node reported in time: see whether they can"
     " reach Heat's endpoint, and their console (openstack console log show); or raise the"
     f" attribute {TIMEOUT}."),
    (r"no word that they work", "These workers did not start again: see openstack server show and"
     " their console, and start them (openstack server reboot)."),
    (r"the unit disco-\S+", "The daemon did not start again: systemctl status and the component's"
     " logs on the node say why; systemctl restart starts it again."),
    (r"no word that they are done", "These workers sent nothing: see their console (openstack"
     " console log show), and whether they reach the master."),
    (r"cannot look up", "The nodes find no address for a name. Create the cluster with name servers"
     f" ({DNS_NAME_SERVERS}); on an existing network they are its subnet's (openstack subnet set"
     " --dns-nameserver)."),
    (r"curl: \((51|58|60|77|83|91)\)|(?i:certificate verif)|unable to get local issuer", "The node"
     " does not trust the certificate of the other side: the operator names the CA's certificates"
     " in sm.cfg (ca_file)."),
    (r"curl: \((5|97)\)|CONNECT tunnel failed|Tunnel connection failed|(?i:proxy (auth|connect))",
     f"The proxy did not let the node through: check {HTTP_PROXY}, {HTTPS_PROXY} and {NO_PROXY}."),
    (r"the node's scripts from Heat: (it answered 40[134]|what )", "Heat did not give the node"
     " what it is to do: a retry makes a new token for it, and sends it again."),
    (r"the node's scripts from Heat", "The node does not reach Heat, which has what it is to do:"
     f" check Heat's public endpoint, its name ({DNS_NAME_SERVERS}) and a proxy ({HTTPS_PROXY})."),
    (r"did not take the signal", "The node could not tell Heat how it ended: check that nodes reach"
     f" Heat's public endpoint, by its name ({DNS_NAME_SERVERS}) and perhaps by a proxy"
     f" ({HTTPS_PROXY})."),
    (r"[Cc]ould not resolve|curl: \((6|7|28|35|56)\)|Temporary failure in name resolution"
     r"|Network is unreachable", "The node does not reach where the software comes from: check the"
     f" external network, the name servers ({DNS_NAME_SERVERS}), or"
     " configure a mirror."),
    (r"sha512|checksum|digest", "A download has the wrong checksum: check the mirror or"
     " proxy between the node and the source."),
    (r"the volume \S+ to be attached", "The cloud did not attach the worker's volume in time:"
     " openstack volume show says more; or create the cluster again."),
    (r"flavors with zero disk", "The flavor has no disk: use another one, or a volume to boot from"
     f" ({ROOT_VOLUME_SIZE})."),
    (r"did not finish being created", "The cloud did not make the volume in time that the node"
     " boots from: a retry makes another one; openstack volume show says more."),
    (r"same availability[ _]zone", "Servers and volumes have to be in one zone on this cloud: name"
     f" one that has both ({AVAILABILITY_ZONE}; GET /disco/choices lists them)."),
    (r"No space left on device", "The node's disk is full: use a flavor with a larger one, or a"
     f" volume ({VOLUME_SIZE}, {ROOT_VOLUME_SIZE})."),
    (r"[Cc]annot allocate memory|OutOfMemory|Killed|exit 137", "The node ran out of memory: use a"
     " larger flavor or fewer components."),
    (r"waited \d+ s for|not done after \d+ s|exit 124", "A daemon or job took too long: the step's"
     " log in the deployment log folder says more; a larger flavor may help."),
    (r"Suspend of server|[Ff]ailed to suspend|[Ss]uspend[^\n]{0,80}not (supported|implemented)",
     "The hypervisor did not suspend the server, and some cannot: openstack server show says why."
     " Start the servers (openstack server reboot --hard) and resume the cluster, or delete it."),
    (r"Went to status ERROR", "Nova could not start the server: the reason says why; openstack"
     " server show says more."),
    (r"Engine went down|engine[^\n]{0,200}?(stopped|restart)", "Heat was interrupted;"
     " delete the cluster and create it again."),
)  # fmt: skip
_HINTS = tuple((re.compile(pattern), hint) for pattern, hint in _HINT_TEXTS)
_APART = (
    " No two workers of a group with antiaffinity run on one host: it can have as many workers as"
    " the cloud has hosts; 'soft' allows more."
)
_NOT_EMPTIED = (
    "The master did not report in time that the workers to remove hold no data: see its"
    " deployment log (port 8084, /deployment.log) and its console (openstack console log show)."
)
_AFTER_CHANGE = (
    "All workers that worked before are still there; scale again, to the same number or to another."
)
_DEFAULT_HINT = (
    "The events of the cluster say what happened before; the master's deployment log"
    " (port 8084, /deployment.log) has the details while it runs."
)


@dataclass(frozen=True)
class NodeReport:
    """What a node reported; None for what it did not say."""

    node: str | None
    step: str | None
    reason: str


@dataclass(frozen=True)
class Failure:
    """Why a cluster failed."""

    node: str | None
    step: str | None
    reason: str
    hint: str


def read_signal(text: str) -> NodeReport:
    """A node's report; the worker's where the master reports on one."""
    match = _SIGNAL.match(text)
    if not match:
        return NodeReport(None, None, text)
    worker = _WORKER.match(match["reason"])
    if worker:
        return NodeReport(worker["node"], worker["step"], worker["reason"])
    silent = _SILENT.match(match["reason"])
    node = silent["nodes"] if silent else match["node"]
    return NodeReport(node, match["step"], match["reason"])


def hint_for(reason: str) -> str:
    """What to do where something failed with these words."""
    return next((hint for pattern, hint in _HINTS if pattern.search(reason)), _DEFAULT_HINT)


def diagnose(reason: str, attributes: Mapping[str, str]) -> Failure:
    """What Heat's reason for a failed stack says."""
    hint = hint_for(reason)
    if "No valid host" in reason and "antiaffinity" in attributes.get(GROUPS, ""):
        hint += _APART
    match = _RESOURCE.match(reason)
    if not match:
        return Failure(None, None, reason, hint)
    resource = match["resource"]
    change = resource.startswith(("joined_", "drained_"))
    if resource.startswith("drained_") and match["error"] == "WaitConditionTimeout":
        hint = _NOT_EMPTIED
    if change:
        hint = f"{hint} {_AFTER_CHANGE}"
    if match["error"].startswith("WaitCondition"):
        said = read_signal(match["text"])
        step = said.step or (f"heat:{resource}" if change else "shell:end")
        node = said.node or (node_of_resource(resource, attributes) if change else None)
        return Failure(node, step, said.reason, hint)
    return Failure(node_of_resource(resource, attributes), f"heat:{resource}", match["text"], hint)
