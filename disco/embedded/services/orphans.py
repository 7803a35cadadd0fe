"""Removal of resources that no stack knows.

Only Heat makes resources here. When its process is killed between making one
and noting its id, the resource would stay for ever: nobody else could delete it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from disco.embedded.services.api_error import Refusal
from disco.embedded.services.compute.servers import Servers
from disco.embedded.services.network.networks import Networks
from disco.embedded.services.network.ports import INTERFACE, Ports
from disco.embedded.services.records import Record, Records

LOG = logging.getLogger("disco.embedded.orphans")


def noted_by_heat() -> Callable[[str], bool]:
    """Tells of an identifier whether a resource in Heat's database has it."""
    from heat.db import api, models
    from sqlalchemy import select

    with api.get_engine().connect() as connection:
        rows = list(connection.execute(select(models.Resource.physical_resource_id)))
        # ports that servers make for themselves are noted as JSON
        rows += list(connection.execute(select(models.ResourceData.value)))
    text = "\n".join(str(row[0]) for row in rows if row[0])
    return lambda identifier: identifier in text


def remove_orphans(
    records: Records,
    networks: Networks,
    ports: Ports,
    servers: Servers,
    noted: Callable[[str], bool],
) -> None:
    """Remove what ``noted`` does not know, users before what they use."""

    def unplug(router: Record) -> None:
        for port in records.where("port", device_id=router["id"]):
            ports.remove_interface(router["project_id"], router["id"], {"port_id": port["id"]})
        ports.delete_router(router["project_id"], router["id"])

    def forget(kind: str) -> Callable[[Record], None]:
        return lambda record: records.delete(kind, record["id"])

    def free_port(port: Record) -> None:
        if port["device_owner"] != INTERFACE and not port["device_id"]:
            ports.delete(port["project_id"], port["id"])

    def group(record: Record) -> None:
        if record["id"] != networks.default_group(record["project_id"])["id"]:
            networks.delete_group(record["project_id"], record["id"])

    steps: list[tuple[str, str, Callable[[Record], None]]] = [
        ("server", "id", servers.remove),
        ("volume", "id", servers.volumes.remove),
        ("keypair", "name", forget("keypair")),
        ("server_group", "id", forget("server_group")),
        ("floatingip", "id", lambda r: ports.delete_floating(r["project_id"], r["id"])),
        ("router", "id", unplug),
        ("port", "id", free_port),
        ("subnet", "id", lambda r: networks.delete_subnet(r["project_id"], r["id"])),
        ("network", "id", lambda r: networks.delete_network(r["project_id"], r["id"])),
        ("security_group", "id", group),
    ]
    for kind, key, remove in steps:
        for record in records.all(kind):
            if noted(record[key]):
                continue
            try:
                remove(record)
            except Refusal as refusal:
                LOG.warning("The orphaned %s %s stays: %s", kind, record["id"], refusal.message)
