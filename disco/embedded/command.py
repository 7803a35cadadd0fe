"""``service_manager --embedded``: the embedded cloud, and the service on it.

The service is started with a configuration file, by the same command as on any
other cloud: it does not know that its cloud is embedded.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.demo.checks import port_is_free
from disco.embedded.service_settings import read_settings, write_settings
from disco.errors import ConfigurationError

#: seconds a service gets to finish what it is doing
STOP_DEADLINE = 30
COMMANDS = """
DISCO is at {base}/disco/, its dashboard at {base}/dashboard/, its cloud at {auth_url}.
Ready to paste in another shell:

  source {openrc}

  # what there is
  curl {base}/-/ -H 'Accept: text/plain'

  # a cluster of one master and two workers
  curl -i -X POST {base}/disco/ \\
    -H 'Content-type: text/occi' \\
    -H 'Category: disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind";' \\
    -H "X-User-Name: $OS_USERNAME" -H "X-Password: $OS_PASSWORD" \\
    -H "X-Tenant-Name: $OS_TENANT_NAME" -H "X-Region-Name: $OS_REGION_NAME" \\
    -H 'X-OCCI-Attribute: icclab.disco.components.heat.networkname="my-net",\
icclab.disco.components.heat.externalnetworkname="public",\
icclab.disco.components.heat.masterimage="{image}",\
icclab.disco.components.heat.slaveimage="{image}",\
icclab.disco.components.heat.masterflavor="m1.medium",\
icclab.disco.components.heat.slaveflavor="m1.small",\
icclab.disco.components.heat.slavecount="2"' \\
    -H "X-OCCI-Attribute: \
icclab.disco.dependencies.inject=\\"{{'dask': '', 'jupyter': ''}}\\""

  # all clusters; one of them, with its address and key; its end
  curl {base}/disco/ {login}
  curl {base}/disco/$UUID -H 'Accept: text/plain' {login}
  curl -X DELETE {base}/disco/$UUID {login}

Ctrl-C stops everything; the same command with the same --state finds the clusters again.
"""
LOGIN = (
    '-H "X-User-Name: $OS_USERNAME" -H "X-Password: $OS_PASSWORD"'
    ' -H "X-Tenant-Name: $OS_TENANT_NAME"'
)


def run_embedded(
    *,
    state: Path,
    nodes: str,
    port: int,
    cloud_port: int,
    object_store: bool = False,
    config: Path | None = None,
    quiet: bool = False,
) -> int:
    """Start the cloud and the service, and keep both until a signal comes.

    ``config`` has settings beside those of the cloud; ``quiet`` leaves out the commands to paste.
    Returns the exit status: 0 after a
    clean stop.

    Raises:
        ConfigurationError: a port is taken, the state directory is in use, or ``config``
            cannot be read.
    """
    wanted = read_settings(config)
    if not port_is_free("127.0.0.1", port):
        raise ConfigurationError(
            f"Port {port} is in use by another program.",
            hint="Choose another: --port 8890, or make demo PORT=8890.",
        )
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    cloud = EmbeddedCloud(state, nodes=nodes, cloud_port=cloud_port, object_store=object_store)
    service = ServiceProcess(state / "sm.cfg")
    try:
        cloud.start()
        _note_reason(state, cloud)
        write_settings(
            state / "sm.cfg",
            wanted,
            auth_url=cloud.auth_url,
            port=port,
            has_nodes=cloud.host_status.mode != "none",
        )
        service.start()
        if not quiet:
            _print_commands(cloud, port)
        return _supervise(cloud, service, stopped)
    finally:
        service.stop()
        cloud.stop()


def _note_reason(state: Path, cloud: EmbeddedCloud) -> None:
    """Say why nodes do not run here, to people and to programs that start this command."""
    path = state / "nodes-reason"
    if cloud.host_status.mode != "none":
        path.unlink(missing_ok=True)
        return
    reason = cloud.host_status.reason or "Nodes were switched off with --nodes none."
    path.write_text(reason + "\n")
    print(reason, flush=True)


def _print_commands(cloud: EmbeddedCloud, port: int) -> None:
    image = "debian-12" if cloud.host_status.mode == "none" else "debian-12-disco"
    print(
        COMMANDS.format(
            base=f"http://127.0.0.1:{port}",
            auth_url=cloud.auth_url,
            openrc=cloud.openrc,
            image=image,
            login=LOGIN,
        ),
        flush=True,
    )


def _supervise(cloud: EmbeddedCloud, service: ServiceProcess, stopped: threading.Event) -> int:
    """Until a signal; a service that was killed is started again, as an init would."""
    while not stopped.wait(0.5):
        cloud.check()
        status = service.poll()
        if status is not None and status < 0:
            service.start()
        elif status is not None:
            print(f"service_manager: the service ended with {status}", file=sys.stderr)
            return 1
    return 0


class ServiceProcess:
    """The service as a child: ``service_manager -c``, like anywhere else."""

    def __init__(self, config: Path) -> None:
        self._command = [sys.executable, "-m", "disco.server.service_manager", "-c", str(config)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C is for its parent, which stops it in order."""
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def poll(self) -> int | None:
        """Its exit status, or None while it runs."""
        return None if self._process is None else self._process.poll()

    def stop(self) -> None:
        """Let it finish what it is doing, then end it."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
