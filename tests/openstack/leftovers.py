"""What projects have in the cloud, as its own clients list it: to be compared before and after."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.openstack.catalogue import connect
from tests.openstack.settings import ADMIN, REGION, USER, Account


def things(
    who: Account = USER, region: str = REGION, ca: Path | None = None
) -> dict[str, list[str]]:
    """Everything of a user's project, by kind; and what Heat keeps beside it in Keystone.

    Ports of DHCP agents and routers count as well.
    """
    cloud, admin = connect(who, region, ca), connect(ADMIN, region, ca)
    project, user = cloud.current_project_id, cloud.current_user_id
    network, compute = cloud.network, cloud.compute
    heat_domain = admin.identity.find_domain("heat").id
    rules = cloud.identity.get(f"/users/{user}/access_rules").json()["access_rules"]
    trusts = admin.identity.get("/OS-TRUST/trusts").json()["trusts"]

    def names(found: Iterable[Any]) -> list[str]:
        return sorted(f"{one.name or '-'} {one.id}" for one in found)

    return {
        "stacks": names(cloud.orchestration.stacks()),
        "servers": names(compute.servers()),
        "key pairs": sorted(one.name for one in compute.keypairs()),
        "server groups": names(compute.server_groups()),
        "networks": names(network.networks(project_id=project)),
        "subnets": names(network.subnets(project_id=project)),
        "routers": names(network.routers(project_id=project)),
        # those of floating IPs are of no project
        "ports": names(admin.network.ports()),
        "floating IPs": sorted(one.id for one in network.ips(project_id=project)),
        "security groups": names(network.security_groups(project_id=project)),
        "application credentials": names(cloud.identity.application_credentials(user)),
        "access rules": sorted(rule["id"] for rule in rules),
        "trusts": sorted(trust["id"] for trust in trusts),
        "Heat's users": names(admin.identity.users(domain_id=heat_domain)),
        "Heat's projects": names(admin.identity.projects(domain_id=heat_domain)),
        "allocations of Placement": _allocations(admin),
    }


def more(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is there now and was not before; the project's first security group is Neutron's."""
    added = {
        kind: [name for name in names if name not in before[kind]] for kind, names in after.items()
    }
    own = [name for name in added["security groups"] if name.startswith("default ")]
    if len(own) == 1 and not before["security groups"]:
        added["security groups"].remove(own[0])
    return {kind: names for kind, names in added.items() if names}


def _allocations(admin: Any) -> list[str]:
    """The servers that a compute host's inventory is charged for."""
    found: list[str] = []
    for provider in admin.placement.resource_providers():
        answer = admin.placement.get(f"/resource_providers/{provider.id}/allocations")
        found += answer.json()["allocations"]
    return sorted(found)
