"""Quotas: what a stack takes of them, what the project has left, and what would fit.

What is needed is counted from the rendered template's resources. Where the cloud
does not tell a quota it is not checked: it will say so itself while it builds.
Heat tells none of its own (its limit of stacks is in no API).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from disco.attributes import (
    EXTERNAL_NETWORK,
    GROUPS,
    INJECT,
    NETWORK_NAME,
    ROOT_VOLUME_SIZE,
    SLAVE_COUNT,
    SLAVE_FLAVOR,
    SSH_KEY_NAME,
    VOLUME_SIZE,
)
from disco.errors import (
    CloudError,
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    Fault,
    Forbidden,
    InvalidRequest,
    NotInCloud,
)
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.demand import DEFAULT_TYPE, LARGEST, MEMBERS, OF_TYPE, Demand
from disco.openstack.endpoints import VOLUME
from disco.spec import Flavor
from disco.suggestions import counted

LOG = logging.getLogger(__name__)

CODE = "quota-exceeded"
#: under which it is remembered whether there may be any number of key pairs
LIMITED_PAIRS = "limited-key-pairs"
#: quota: what people call it, the attribute that changes the need, what else would do
_WORDS = {
    "instances": ("instances", SLAVE_COUNT),
    "cores": ("cores", SLAVE_FLAVOR),
    "ram": ("MiB of memory", SLAVE_FLAVOR),
    "key_pairs": ("key pairs", SSH_KEY_NAME),
    "server_groups": ("server groups", GROUPS),
    MEMBERS: ("servers in one server group", GROUPS),
    "volumes": ("volumes", VOLUME_SIZE),
    "gigabytes": ("GB of volumes", VOLUME_SIZE),
    LARGEST: ("GB in one volume", VOLUME_SIZE),
    "network": ("networks", NETWORK_NAME),
    "subnet": ("subnets", NETWORK_NAME),
    "port": ("ports", SLAVE_COUNT),
    "router": ("routers", EXTERNAL_NETWORK),
    "floatingip": ("floating IPs", EXTERNAL_NETWORK),
    "security_group": ("security groups", NETWORK_NAME),
    "security_group_rule": ("security group rules", INJECT),
}
#: all that is known of
QUOTAS = tuple(_WORDS)
_COMPUTE = {
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "ram": ("maxTotalRAMSize", "totalRAMUsed"),
    "server_groups": ("maxServerGroups", "totalServerGroupsUsed"),
}
_NETWORK = {
    "network": "networks",
    "subnet": "subnets",
    "port": "ports",
    "router": "routers",
    "floatingip": "floatingips",
    "security_group": "security-groups",
    "security_group_rule": "security-group-rules",
}
_VOLUME = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "gigabytes": ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
}
#: what reading another form raises; an infinite number overflows
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
#: which of them a service tells
OF_COMPUTE = frozenset((*_COMPUTE, "key_pairs", MEMBERS))
OF_NETWORK, OF_VOLUMES = frozenset(_NETWORK), frozenset((*_VOLUME, LARGEST))
#: Neutron gives every project a group ``default``, with its first network at the latest
_DEFAULT_GROUP = {"security_group": 1, "security_group_rule": 4}


@dataclass(frozen=True)
class Quota:
    """One quota of the project.

    Attributes:
        limit: how many it may have; None for no limit.
        used: how many it has, those reserved by requests under way included.
        of_type: the name of the type of volumes that it is for, or empty.
    """

    name: str
    limit: int | None
    used: int
    of_type: str = ""

    @property
    def free(self) -> int | None:
        """How many more it may have; None for any number."""
        return None if self.limit is None else max(self.limit - self.used, 0)


def read_quotas(cloud: CloudCatalogue, wanted: Iterable[str]) -> dict[str, Quota]:
    """The project's quotas among ``wanted``, as far as the cloud tells."""
    names = set(wanted)
    quotas: dict[str, Quota] = {}
    if names & OF_COMPUTE:
        quotas |= _told(lambda: _compute(cloud, names)) or {}
    if names & OF_VOLUMES:
        quotas |= _told(lambda: _volumes(cloud)) or {}
        quotas |= _told(lambda: _volume_types(cloud, names)) or {}
    if names & OF_NETWORK:
        quotas |= _told(lambda: _network(cloud, names)) or {}
    if (group := quotas.get("security_group")) and not group.used:
        quotas |= {n: replace(q, used=q.used + _DEFAULT_GROUP.get(n, 0)) for n, q in quotas.items()}
    return {name: quota for name, quota in quotas.items() if name in names}


def _told(ask: Callable[[], dict[str, Quota]]) -> dict[str, Quota] | None:
    """What the cloud answers; None where it does not tell."""
    try:
        return ask()
    except (NotInCloud, Forbidden) as error:
        LOG.debug("a quota is not told: %s", error.message)
    except (InvalidRequest, CloudError, CloudTimeout, CloudUnavailable, Conflict) as error:
        LOG.warning("a quota is not told: %s", error.message)
    except _UNREADABLE as error:
        LOG.warning("a quota is told in an unknown form: %r", error)
    return None


def _quota(name: str, limit: Any, used: Any) -> Quota:
    """As services write it: -1, or any negative number, for no limit."""
    return Quota(name, None if int(limit) < 0 else int(limit), int(used))


def _compute(cloud: CloudCatalogue, names: set[str]) -> dict[str, Quota]:
    told = cloud.get("compute", "/limits")["limits"]["absolute"]
    quotas = {
        name: _quota(name, told[limit], told[used])
        for name, (limit, used) in _COMPUTE.items()
        if limit in told and used in told
    }
    if MEMBERS in names and "maxServerGroupMembers" in told:
        quotas[MEMBERS] = _quota(MEMBERS, told["maxServerGroupMembers"], 0)
    has_limit = int(told.get("maxTotalKeypairs", -1)) >= 0
    cloud.login.memory.keep(cloud.login.key(LIMITED_PAIRS), has_limit)
    if "key_pairs" in names and has_limit:
        pairs = _told(
            lambda: {
                "key_pairs": _quota(
                    "key_pairs",
                    told["maxTotalKeypairs"],
                    len(cloud.pages("compute", "/os-keypairs", "keypairs")),
                )
            }
        )
        quotas |= pairs or {}
    return quotas


def _volumes(cloud: CloudCatalogue) -> dict[str, Quota]:
    if not cloud.has_volumes:
        return {}
    told = cloud.get(VOLUME, "/limits")["limits"]["absolute"]
    return {
        name: _quota(name, told[limit], told[used])
        for name, (limit, used) in _VOLUME.items()
        if limit in told and used in told
    }


def _volume_types(cloud: CloudCatalogue, names: set[str]) -> dict[str, Quota]:
    """Quotas of single types, which Cinder calls by the types' names, and of a volume's size."""
    if not cloud.has_volumes:
        return {}
    path = f"/os-quota-sets/{cloud.login.project_id}"
    told = cloud.get(VOLUME, path, usage="True")["quota_set"]
    quotas = {}
    if LARGEST in told:
        quotas[LARGEST] = _quota(LARGEST, told[LARGEST]["limit"], 0)
    wanted = [(prefix, n.removeprefix(prefix)) for prefix in OF_TYPE for n in names
              if n.startswith(prefix)]  # fmt: skip
    if not any(name.startswith(prefix) for prefix in OF_TYPE for name in told):
        return quotas
    types = {str(t["id"]): str(t["name"]) for t in cloud.volume_types()}
    for prefix, kind in wanted:
        chosen = _default_type(cloud) if kind == DEFAULT_TYPE else types.get(kind, kind)
        one = told.get(f"{prefix}{chosen}")
        if one is not None:
            used = int(one["in_use"]) + int(one.get("reserved") or 0)
            quota = _quota(f"{prefix}{chosen}", one["limit"], used)
            quotas[f"{prefix}{kind}"] = replace(quota, of_type=str(chosen))
    return quotas


def _default_type(cloud: CloudCatalogue) -> str | None:
    """The name of the type that volumes have for which none is named; None where unknown."""
    try:
        return str(cloud.get(VOLUME, "/types/default")["volume_type"]["name"])
    except (NotInCloud, Forbidden):
        return None


def _network(cloud: CloudCatalogue, names: set[str]) -> dict[str, Quota]:
    """A service that does not answer is asked one question, and not one for each quota."""
    try:
        return _network_details(cloud)
    except (CloudTimeout, CloudUnavailable):
        raise
    except (CloudError, Forbidden, InvalidRequest, *_UNREADABLE) as error:
        LOG.debug("quotas with their use are not told: %s", error)
    return _network_counted(cloud, names)


def _network_details(cloud: CloudCatalogue) -> dict[str, Quota]:
    path = f"/quotas/{cloud.login.project_id}/details"
    told = cloud.get("network", path)["quota"]
    return {
        name: _quota(name, one["limit"], int(one["used"]) + int(one.get("reserved") or 0))
        for name, one in told.items()
        if name in _NETWORK
    }


def _network_counted(cloud: CloudCatalogue, names: set[str]) -> dict[str, Quota]:
    """Limits alone, for a Neutron without the extension quota_details: what is used is counted."""
    project = cloud.login.project_id

    def limits() -> dict[str, Quota]:
        told = cloud.get("network", f"/quotas/{project}")["quota"]
        return {name: _quota(name, told[name], 0) for name in _NETWORK if name in told}

    def count_used(quota: Quota, plural: str) -> dict[str, Quota]:
        key = plural.replace("-", "_")
        entries = cloud.pages("network", f"/{plural}", key, project_id=project, fields="id")
        return {quota.name: Quota(quota.name, quota.limit, len(entries))}

    quotas: dict[str, Quota] = {}
    for name, quota in limits().items():
        if name in names and quota.limit is not None:
            try:
                quotas |= count_used(quota, _NETWORK[name])
            except (CloudTimeout, CloudUnavailable):
                return quotas
            except (CloudError, Forbidden, InvalidRequest) as error:
                LOG.warning("what is used of a quota is not told: %s", error.message)
    return quotas


def quota_faults(
    demand: Demand, quotas: Mapping[str, Quota], worker: Flavor | None, flavors: Sequence[Flavor]
) -> list[Fault]:
    """A fault for each quota that the cluster would exceed, with what would fit."""
    over = [
        (name, q)
        for name, q in quotas.items()
        if q.free is not None and demand.total.get(name, 0) > q.free
    ]
    rooms = [
        room for name, q in quotas.items() if (room := demand.fitting(name, q.free)) is not None
    ]
    overall = min(rooms, default=0)
    return [_fault(demand, name, quota, overall, worker, flavors) for name, quota in over]


def _words(demand: Demand, name: str, quota: Quota) -> tuple[str, str]:
    """What people call a quota, and the attribute that changes the need."""
    plain = name
    if quota.of_type:
        plain = next(p for p in OF_TYPE if name.startswith(p)).removesuffix("_")
    what, attribute = _WORDS[plain]
    if attribute == VOLUME_SIZE and demand.from_volumes:
        attribute = ROOT_VOLUME_SIZE
    return (f"{what} of the type {quota.of_type!r}" if quota.of_type else what), attribute


def _fault(
    demand: Demand,
    name: str,
    quota: Quota,
    overall: int,
    worker: Flavor | None,
    flavors: Sequence[Flavor],
) -> Fault:
    what, attribute = _words(demand, name, quota)
    needed, free = demand.total[name], quota.free or 0
    if name == LARGEST:
        message = f"a volume may have {free} GB, and one of the cluster's has {needed}"
        return Fault(attribute, message, f"at most {free}", CODE)
    if name == MEMBERS:
        one = "" if free == 1 else "s"
        message = (
            f"a server group may have {free} server{one}, and one of the cluster's has {needed}"
        )
        instead = f"at most {free} worker{one} in a group with antiaffinity, or groups without it"
        return Fault(attribute, message, instead, CODE)
    room = demand.fitting(name, quota.free)
    ways = []
    if room is not None and room >= 1:
        workers = overall if overall >= 1 else room
        kind = f" of {worker.name}" if worker and quota.name in ("cores", "ram") else ""
        ways.append(f"at most {workers} worker{'' if workers == 1 else 's'}{kind}")
    smaller = _smaller(demand, quota, worker, flavors)
    if smaller:
        ways.append(f"a smaller flavor: {', '.join(smaller)}")
    elif attribute.endswith("slaveflavor") and ways:
        attribute = SLAVE_COUNT
    if quota.name == "key_pairs":
        ways.append("the name of a key pair of your own")
    ways.append(f"{needed - free} more of this quota, or as many {what} given back")
    used = "is" if quota.used == 1 else "are"
    return Fault(
        attribute,
        f"the project may have {counted(quota.limit or 0, what)}, {quota.used} {used} used,"
        f" and the cluster needs {needed}",
        "; or ".join(ways),
        CODE,
    )


def _smaller(
    demand: Demand, quota: Quota, worker: Flavor | None, flavors: Sequence[Flavor]
) -> list[str]:
    """The largest flavors with which as many workers would fit into this quota."""
    if worker is None or quota.name not in ("cores", "ram"):
        return []

    def size(flavor: Flavor) -> int:
        return flavor.vcpus if quota.name == "cores" else flavor.ram_mb

    saved = demand.total[quota.name] - (quota.free or 0)
    fitting = [f for f in flavors if demand.workers * (size(worker) - size(f)) >= saved]
    fitting.sort(key=lambda f: (f.ram_mb, f.vcpus), reverse=True)
    return [f.name for f in fitting[:3]]
