"""The application in gunicorn, with several worker processes."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import ipaddress
import logging
import logging.handlers
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import wsgi

from disco import metrics
from disco.api.app import create_app
from disco.api.http.audit import open_audit_log
from disco.api.http.header_names import Application, with_usual_header_names
from disco.api.http.middleware import SERVER
from disco.api.kind import load_manifest
from disco.config import Settings
from disco.errors import ConfigurationError, DiscoError
from disco.openstack.registration import Registration
from disco.openstack.session import Sessions
from disco.server import metrics_server
from disco.server.certificate import check_certificate
from disco.server.log_format import JsonFormatter, TextFormatter
from disco.server.metrics_server import open_socket
from disco.server.parking_worker import ParkingWorker

LOG = logging.getLogger(__name__)

#: threads of a worker process; most of the time they wait for the cloud
THREADS = 16
#: connections of a worker; all but a few of them wait, and cost a descriptor each
MAX_CONNECTIONS = 10_000
#: descriptors for everything else: connections to the cloud, files
OTHER_FILES = 200
#: regions of memory that the threads of a process share, and mallopt's name for their number
ARENAS, M_ARENA_MAX = 2, -8
#: bytes from which on a block goes back to the system as soon as it is free, and its name: else
#: glibc keeps what slow hashes of passwords and packing were done in
LARGE_BLOCK, M_MMAP_THRESHOLD = 1 << 20, -3
#: seconds for running requests at a stop
GRACE = 20
#: seconds that a connection is kept for a next request: longer than clients pause between two
#: looks, since a request that meets the end of its connection is lost
KEEP_S = 20
#: bytes of a header: the README has one with all attributes
MAX_HEADER = 128 * 1024


def set_up_logging(settings: Settings) -> None:
    """Use one log format for DISCO and gunicorn; a rotated file is opened again.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    handler: logging.Handler
    if settings.log_file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        try:
            handler = logging.handlers.WatchedFileHandler(settings.log_file, encoding="utf-8")
        except OSError as error:
            fault = f"[general] log_file: {settings.log_file}: {error.strerror}"
            raise ConfigurationError(fault) from error
    text = TextFormatter("%(asctime)s %(process)d %(levelname)s %(message)s")
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("disco", "gunicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's messages in DISCO's log; DISCO writes the access lines itself."""

    def setup(self, cfg: Any) -> None:
        """Keep what ``set_up_logging`` did."""
        self.error_log.propagate = True

    def access(self, *_: Any) -> None:
        """Requests are logged by the application, without their headers."""


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn around the application, configured from ``sm.cfg`` alone."""

    def __init__(self, app: Application, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Set DISCO's options; gunicorn's command line and environment are not read."""
        for key, value in self._options.items():
            if key in self.cfg.settings:  # older releases lack some
                self.cfg.set(key, value)

    def load(self) -> Application:
        """The application, loaded before the workers are forked."""
        return self._app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, which end in a ``SystemExit`` of gunicorn.

    Raises:
        ConfigurationError: a file that the service needs is malformed.
        DiscoError: Keystone refused the registration.
    """
    check_certificate(settings)
    set_up_logging(settings)
    open_audit_log(settings.audit_log)
    for warning in (*settings.warnings, *clear_text(settings)):
        LOG.warning("%s", warning)
    app = with_usual_header_names(create_app(settings))
    # gunicorn overrides the application's header Server
    wsgi.SERVER = SERVER
    manifest = load_manifest(settings.manifest)
    port = settings.port or manifest.port
    registration = _registration(settings) if settings.register_service else None
    if registration is not None:
        registration.register()
    listener = open_socket(settings.metrics) if isinstance(settings.metrics, tuple) else None
    use_few_arenas()
    # worker processes share this memory as long as no garbage is collected in it
    gc.freeze()
    gc.enable()
    Server(
        app,
        {
            "bind": [f"{settings.host}:{port}"],
            "workers": settings.workers,
            "worker_class": ParkingWorker,
            "worker_connections": raise_open_files(MAX_CONNECTIONS),
            "threads": THREADS,
            "graceful_timeout": GRACE,
            "keepalive": KEEP_S,
            "timeout": max(60, int(settings.cloud_timeout * 3)),
            "limit_request_field_size": MAX_HEADER,
            "preload_app": True,
            "reload": False,
            "proc_name": "disco",
            "logger_class": QuietLogger,
            "certfile": str(settings.certificate) if settings.certificate else None,
            "keyfile": str(settings.key) if settings.key else None,
            "post_worker_init": partial(_serve_metrics, listener),
            "child_exit": _forget_worker,
            "on_exit": _at_exit(registration),
            "control_socket_disable": True,
        },
    ).run()


def clear_text(settings: Settings) -> Iterator[str]:
    """What to warn of where passwords and tokens would travel unencrypted."""
    if settings.certificate or settings.behind_proxy or is_loopback(settings.host):
        return
    yield (
        f"Passwords and tokens travel in clear text: the service listens on {settings.host}"
        " without TLS. Set certificate and key in [disco]; or host=127.0.0.1, or"
        " behind_proxy=True, if only a proxy with TLS can reach it."
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a service that listens on ``host``."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _serve_metrics(listener: socket.socket | None, _: Any) -> None:
    if listener is not None:
        metrics_server.start(listener)


def _forget_worker(_: Any, worker: Any) -> None:
    metrics.forget_process(worker.pid)


def use_few_arenas() -> None:
    """Have the threads share memory, and give it back: glibc keeps a large region for each.

    Only what glibc has is used (mallopt(3)); elsewhere nothing changes.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(M_ARENA_MAX, ARENAS)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def raise_open_files(connections: int) -> int:
    """Allow this process so many connections; returns how many the system lets it have."""
    wanted = connections + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return max(min(connections, soft - OTHER_FILES), 2 * THREADS)


def _registration(settings: Settings) -> Registration:
    manifest = load_manifest(settings.manifest)
    return Registration(
        sessions=Sessions(
            settings.design_uri,
            settings.verify,
            settings.cloud_timeout,
            interface=settings.interface,
        ),
        token=settings.service_token,
        tenant=settings.service_tenant_name,
        region=settings.service_region,
        kind=manifest.kind.type_id,
        title=manifest.kind.title,
        endpoint=manifest.endpoint,
    )


def _at_exit(registration: Registration | None) -> Callable[[Any], None]:
    def remove(_: Any) -> None:
        if registration is not None:
            try:
                registration.remove()
            except DiscoError as error:
                LOG.error("DISCO could not be removed from Keystone's catalogue: %s", error.message)

    return remove
