"""The services of one embedded cloud, put together over one store and one node host.

They are open to its users for reading; Heat alone, in the same process, writes. What they show is
what exists.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services import image
from disco.embedded.services.compute import routes as compute_routes
from disco.embedded.services.compute.servers import Servers
from disco.embedded.services.fault_injection import FaultInjection
from disco.embedded.services.network import routes as network_routes
from disco.embedded.services.network.service import build_network_service
from disco.embedded.services.orphans import load_noted_ids, remove_orphans
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Records
from disco.embedded.services.volume import routes as volume_routes
from disco.embedded.services.volume.volumes import Volumes
from disco.embedded.services.wsgi import Application, require_token
from disco.embedded.state_dir import StateDir

LOG = logging.getLogger("disco.embedded.services")


@dataclass(frozen=True)
class Services:
    """The services, by the path that they are mounted at.

    Attributes:
        public: with token check, for users.
        trusted: without, for Heat's in-process clients.
        clean: removes what no stack knows; call it before Heat works.
        restore: brings networks, addresses and nodes back after a restart.
    """

    public: Mapping[str, Application]
    trusted: Mapping[str, Application]
    clean: Callable[[], None]
    restore: Callable[[], None]


def build_services(records: Records, host: NodeHost, state: StateDir) -> Services:
    """The services over one store and one node host."""
    quotas = Quotas(state["quota.json"], records)
    network = build_network_service(records, host, quotas, seed=str(state.path))
    volumes = Volumes(records, host, quotas)
    faults = FaultInjection(state["faults.json"])
    servers = Servers(records, host, quotas, network.ports, volumes, faults)
    trusted: dict[str, Application] = {
        "/compute": compute_routes.build_app(servers, quotas),
        "/image": image.build_app(host),
        "/network": network_routes.build_app(network, quotas),
        "/volume": volume_routes.build_app(volumes, quotas),
    }
    public = {
        "/compute": require_token(trusted["/compute"], "compute", ("", "/v2.1")),
        "/image": require_token(trusted["/image"], "image", ("", "/versions")),
        "/network": require_token(trusted["/network"], "network", ("", "/v2.0")),
        "/volume": require_token(trusted["/volume"], "block-storage", ("", "/v3")),
    }

    def clean() -> None:
        try:
            remove_orphans(records, network, servers, load_noted_ids())
        except Exception:  # they do no harm; the log says why they stay
            LOG.exception("Orphans could not be looked for")

    def restore() -> None:
        network.restore()
        servers.restore()

    return Services(public, trusted, clean, restore)
