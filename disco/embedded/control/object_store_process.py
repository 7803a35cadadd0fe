"""The object store in a process of its own: OpenStack Swift, with one device.

``python -m disco.embedded.control.object_store_process``. The proxy listens; its account,
container and object servers are behind it, on Unix sockets in the store's folder.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import warnings
from pathlib import Path
from typing import Any

from disco.embedded.control.child_process import READY, child_arguments
from disco.embedded.control.config_files import HOST
from disco.embedded.control.object_store_config import (
    DEVICE,
    PARTITION_POWER,
    SERVERS,
    object_store_dir,
)
from disco.embedded.control.s3_secrets import with_secrets
from disco.embedded.patches import swift_logs, swift_sockets
from disco.embedded.patches.token_cache import with_token_cache
from disco.embedded.state_dir import StateDir

#: seconds that requests get to be finished
STOP_S = 5
#: seconds without a byte after which a connection is closed
IDLE_S = 60
#: seconds between two rounds of what Swift's daemons do
ROUND_S = 30
_BACKLOG = 128


def _write_rings(base: Path) -> None:
    """Say which server has which part of the data: there is one of each kind, with one device."""
    from swift.common.ring import RingBuilder

    for server, port in SERVERS.items():
        builder = RingBuilder(part_power=PARTITION_POWER, replicas=1, min_part_hours=0)
        builder.add_dev(
            {
                **{"id": 0, "region": 1, "zone": 1, "weight": 1.0},
                **{"ip": HOST, "port": port, "device": DEVICE},
            }
        )
        builder.rebalance()
        builder.get_ring().save(str(base / f"{server}.ring.gz"))


def _socket_name(server: str) -> str:
    return f"{server}.sock"


def _listen(server: str) -> Any:
    from eventlet.green import socket

    name = _socket_name(server)
    Path(name).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(name)
    listener.listen(_BACKLOG)
    return listener


def _listen_to_clients(port: int) -> Any:
    from eventlet.green import socket

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # of accepted connections, too: answers are many small writes
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((HOST, port))
    listener.listen(_BACKLOG)
    return listener


def _serve(server: str, listener: Any) -> Any:
    """Load one of Swift's servers, and run it in a green thread of its own.

    As ``swift.common.wsgi.run_server`` does, which makes the hub again that the others run on.
    """
    import eventlet
    from eventlet import wsgi
    from swift.common.constraints import MAX_REQUEST_LINE
    from swift.common.http_protocol import SwiftHttpProtocol
    from swift.common.utils import NullLogger
    from swift.common.wsgi import loadapp

    application = loadapp(
        str(Path(f"{server}-server.conf").resolve()), global_conf={"log_name": f"{server}-server"}
    )
    return eventlet.spawn(
        wsgi.server,
        listener,
        with_secrets(with_token_cache(application)),
        NullLogger(),
        protocol=SwiftHttpProtocol,
        socket_timeout=IDLE_S,
        url_length_limit=MAX_REQUEST_LINE,
        # clients of S3 know "ETag", and no "Etag"
        capitalize_response_headers=False,
    )


def _keep_up(base: Path) -> None:
    """Do again and again what Swift's daemons do for a store of one device.

    Containers' sizes are told to their accounts, and listings that could not be brought up to
    date in their request are.
    """
    import eventlet
    from swift.common.utils import get_logger
    from swift.container.updater import ContainerUpdater
    from swift.obj.updater import ObjectUpdater

    conf = {
        "swift_dir": str(base),
        "devices": str(base / "devices"),
        "mount_check": "false",
        "recon_cache_path": str(base),
        "log_level": "WARNING",
    }
    logger = get_logger(conf, "updater", log_route="updater")
    containers, objects = ContainerUpdater(conf, logger), ObjectUpdater(conf, logger)
    while True:
        eventlet.sleep(ROUND_S)
        try:
            # not run_once(), which forks: two processes cannot share what waits for connections
            for path in containers.get_paths():
                containers.container_sweep(path)
            objects.object_sweep(str(base / "devices" / DEVICE))
        except Exception:
            logger.exception("Sizes and listings could not be brought up to date")


def _serve_until_stopped(base: Path, port: int) -> None:
    import eventlet
    from eventlet import greenio, hubs

    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(wake)
    clients = _listen_to_clients(port)
    warnings.filterwarnings("ignore", message="capitalize_response_headers is disabled")
    for server in SERVERS:
        _serve(server, _listen(server))
    proxy = _serve("proxy", clients)
    eventlet.debug.hub_exceptions(False)
    eventlet.spawn(_keep_up, base)
    gc.freeze()
    gc.enable()
    os.write(1, READY)
    hubs.trampoline(woken, read=True)
    greenio.shutdown_safe(clients)
    # the listener's end is an error to the proxy, which then has answered all requests
    with contextlib.suppress(OSError, eventlet.Timeout), eventlet.Timeout(STOP_S):
        proxy.wait()
    os._exit(0)


def main() -> None:
    """Run the object store until SIGTERM."""
    # watches its parent in a real thread, which eventlet must not turn into a green one
    arguments = child_arguments("object_store")
    state = StateDir(arguments.state)
    os.umask(0o077)
    base = object_store_dir(state)
    os.chdir(base)
    from swift.common import utils

    # it warns of each option that is Swift's, and of the login's before it reads them
    logging.getLogger("keystonemiddleware._common.config").setLevel(logging.ERROR)
    utils.monkey_patch()
    utils.set_swift_dir(str(base))
    swift_logs.apply(state.logs / "object_store.log")
    swift_sockets.apply({port: _socket_name(server) for server, port in SERVERS.items()})
    _write_rings(base)
    _serve_until_stopped(base, arguments.port + 2)


if __name__ == "__main__":
    main()
