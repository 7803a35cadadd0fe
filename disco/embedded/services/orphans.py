"""Orphans: resources that no stack knows.

Only Heat makes resources here. When its process is killed between making one and noting its id,
the resource would stay for ever: nobody else could delete it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.compute.servers import Servers
from disco.embedded.services.network.resource_fields import ROUTER_INTERFACE
from disco.embedded.services.network.service import NetworkService
from disco.embedded.services.records import Record, Records

LOG = logging.getLogger("disco.embedded.orphans")
Removal = Callable[[Record], None]


def load_noted_ids() -> Callable[[str], bool]:
    """A test of whether a resource in Heat's database has an identifier."""
    from heat.db import api, models
    from sqlalchemy import select

    with api.get_engine().connect() as connection:
        rows = list(connection.execute(select(models.Resource.physical_resource_id)))
        # ports that servers make for themselves are noted as JSON
        rows += list(connection.execute(select(models.ResourceData.value)))
    text = "\n".join(str(row[0]) for row in rows if row[0])
    return lambda identifier: identifier in text


def remove_orphans(
    records: Records, network: NetworkService, servers: Servers, noted: Callable[[str], bool]
) -> None:
    """Remove what ``noted`` does not know, users before what they use."""
    for kind, key, remove in _list_steps(records, network, servers):
        for record in records.all(kind):
            # Nova made the volume that a server boots from, so Heat knows the server alone
            if noted(record[key]) or noted(str(record.get("_root_of") or record[key])):
                continue
            try:
                remove(record)
            except ApiError as error:
                LOG.warning("The orphaned %s %s stays: %s", kind, record["id"], error.message)


def _list_steps(
    records: Records, network: NetworkService, servers: Servers
) -> list[tuple[str, str, Removal]]:
    """Kinds of resources, by what Heat knows each, and how one is removed."""
    routers, ports, networks = network.routers, network.ports, network.networks

    def forget(kind: str) -> Removal:
        return lambda record: records.delete(kind, record["id"])

    def delete(method: Callable[[str, str], None]) -> Removal:
        return lambda record: method(record["project_id"], record["id"])

    def delete_router(router: Record) -> None:
        project_id = router["project_id"]
        for port in records.where("port", device_id=router["id"]):
            routers.remove_interface(project_id, router["id"], {"port_id": port["id"]})
        routers.delete(project_id, router["id"])

    def delete_free_port(port: Record) -> None:
        if port["device_owner"] != ROUTER_INTERFACE and not port["device_id"]:
            ports.delete(port["project_id"], port["id"])

    def delete_group(group: Record) -> None:
        if group["id"] != network.groups.default_group(group["project_id"])["id"]:
            network.groups.delete(group["project_id"], group["id"])

    return [
        ("server", "id", servers.remove),
        ("volume", "id", servers.volumes.remove),
        ("keypair", "name", forget("keypair")),
        ("server_group", "id", forget("server_group")),
        ("floatingip", "id", delete(network.floating_ips.delete)),
        ("router", "id", delete_router),
        ("port", "id", delete_free_port),
        ("subnet", "id", delete(networks.delete_subnet)),
        ("network", "id", delete(networks.delete_network)),
        ("security_group", "id", delete_group),
    ]
