"""Compute, image, network and volume services of the embedded cloud.

Open to its users for reading; Heat alone, in the same process, writes. What
they show is what exists.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.records import Records
from disco.embedded.state_dir import StateDir

LOG = logging.getLogger("disco.embedded.services")
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


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


def _not_found(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    body = b'{"error": {"code": 404, "message": "There is no such service here."}}'
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start("404 Not Found", headers)
    return [body]


def mount(applications: Mapping[str, Application]) -> Application:
    """One application that leads each first path segment to its own."""

    def dispatch(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        first, _, rest = path.lstrip("/").partition("/")
        application = applications.get("/" + first)
        if application is None:
            return _not_found(environ, start)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/" + first
        environ["PATH_INFO"] = "/" + rest
        return application(environ, start)

    return dispatch


def _guarded(application: Application, kind: str, open_paths: tuple[str, ...]) -> Application:
    """``application`` behind a check of the token with Keystone; discovery stays open.

    ``kind`` is the service's type, as the access rules of application credentials name it.
    """
    from keystonemiddleware import auth_token
    from oslo_config import cfg

    guarded = auth_token.AuthProtocol(
        application, {"oslo_config_config": cfg.CONF, "service_type": kind}
    )

    def choose(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").rstrip("/")
        answer: Iterable[bytes] = (application if path in open_paths else guarded)(environ, start)
        return answer

    return choose


def build_services(records: Records, host: NodeHost, state: StateDir) -> Services:
    """The services over one store and one node host."""
    from disco.embedded.services import image
    from disco.embedded.services.compute import routes as compute_routes
    from disco.embedded.services.compute.servers import Servers
    from disco.embedded.services.fault_injection import FaultsOnOrder
    from disco.embedded.services.network import routes as network_routes
    from disco.embedded.services.network.networks import Networks
    from disco.embedded.services.network.ports import Ports
    from disco.embedded.services.orphans import noted_by_heat, remove_orphans
    from disco.embedded.services.quotas import Quotas
    from disco.embedded.services.volume import routes as volume_routes
    from disco.embedded.services.volume.volumes import Volumes

    quotas = Quotas(state["quota.json"], records)
    networks = Networks(records, host, quotas, seed=str(state.path))
    ports = Ports(networks)
    volumes = Volumes(records, host, quotas)
    ordered = FaultsOnOrder(state["faults.json"])
    servers = Servers(records, host, quotas, ports, ordered, volumes)
    applications: dict[str, Application] = {
        "/compute": compute_routes.build(servers, quotas),
        "/image": image.build(host),
        "/network": network_routes.build(networks, ports, quotas),
        "/volume": volume_routes.build(volumes, quotas),
    }
    public = {
        "/compute": _guarded(applications["/compute"], "compute", ("", "/v2.1")),
        "/image": _guarded(applications["/image"], "image", ("", "/versions")),
        "/network": _guarded(applications["/network"], "network", ("", "/v2.0")),
        "/volume": _guarded(applications["/volume"], "block-storage", ("", "/v3")),
    }

    def clean() -> None:
        try:
            remove_orphans(records, networks, ports, servers, noted_by_heat())
        except Exception:  # they are in nobody's way
            LOG.exception("Orphans could not be looked for")

    def restore() -> None:
        ports.restore()
        servers.restore()

    return Services(public, applications, clean, restore)
