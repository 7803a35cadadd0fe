"""The processes of the cloud: what they are started with, and whether they are up."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from tests.openstack.box import Box, BoxError
from tests.openstack.settings import PRIVATE, PUBLIC, State


@dataclass(frozen=True)
class Service:
    """A daemon in the box."""

    name: str
    user: str
    command: tuple[str, ...]
    #: it is up when it listens there
    port: int | None = None


def _conf(program: str, *files: str, user: str = "", port: int | None = None) -> Service:
    owner = user or program.partition("-")[0]
    words = (f"/usr/bin/{program}", *(w for f in files for w in ("--config-file", f"/etc/{f}")))
    return Service(program, owner, words, port)


def _wsgi(name: str, script: str, port: int, processes: int) -> Service:
    command: tuple[str, ...]
    command = ("/usr/bin/uwsgi_python3", "--http-socket", f"0.0.0.0:{port}", "--wsgi-file", script)
    command += ("--master", "--processes", str(processes), "--threads", "4", "--enable-threads")
    command += ("--lazy-apps", "--thunder-lock", "--buffer-size", "65535", "--need-app")
    command += ("--rem-header", "Content-Length", "--add-header", "Connection: close")
    command += ("--die-on-term", "--no-orphans", "--listen", "100", "--disable-logging")
    return Service(name, name.partition("-")[0], command, port)


INFRASTRUCTURE = (
    Service("mariadb", "mysql", ("/usr/sbin/mariadbd",), 3306),
    Service("epmd", "rabbitmq", ("/usr/bin/epmd", "-address", PRIVATE), 4369),
    Service(
        "rabbitmq",
        "rabbitmq",
        (
            *("/usr/bin/env", "HOME=/var/lib/rabbitmq", f"ERL_EPMD_ADDRESS={PRIVATE}"),
            *("RABBITMQ_LOGS=-", "/usr/lib/rabbitmq/bin/rabbitmq-server"),
        ),
        5672,
    ),
    Service(
        "memcached",
        "memcache",
        ("/usr/bin/memcached", "-l", PRIVATE, "-p", "11211", "-m", "64", "-c", "2048", "-U", "0"),
        11211,
    ),
)
KEYSTONE = _wsgi("keystone", "/usr/bin/keystone-wsgi-public", 5000, 2)
APIS = (
    _conf("glance-api", "glance/glance-api.conf", port=9292),
    _wsgi("placement-api", "/usr/bin/placement-api", 8778, 1),
    _conf("nova-conductor", "nova/nova.conf"),
    _conf("nova-scheduler", "nova/nova.conf"),
    _conf("nova-api", "nova/nova.conf", port=8774),
    _conf("neutron-server", "neutron/neutron.conf", "neutron/plugins/ml2/ml2_conf.ini", port=9696),
    _conf("heat-engine", "heat/heat.conf"),
    _conf("heat-api", "heat/heat.conf", port=8004),
)
AGENTS = (
    _conf(
        "neutron-linuxbridge-agent",
        "neutron/neutron.conf",
        "neutron/plugins/ml2/linuxbridge_agent.ini",
        user="root",
    ),
    _conf("neutron-l3-agent", "neutron/neutron.conf", "neutron/l3_agent.ini", user="root"),
    _conf("neutron-dhcp-agent", "neutron/neutron.conf", "neutron/dhcp_agent.ini", user="root"),
    _conf("neutron-metadata-agent", "neutron/neutron.conf", "neutron/metadata_agent.ini"),
    Service("libvirtd", "root", ("/usr/sbin/libvirtd",)),
    Service(
        "nova-compute",
        "root",
        (
            *("/usr/bin/python3", "/mnt/code/nova_compute.py"),
            *("--config-file", "/etc/nova/nova.conf"),
            *("--config-file", "/etc/nova/nova-compute.conf"),
        ),
    ),
)
ALL = (*INFRASTRUCTURE, KEYSTONE, *APIS, *AGENTS)
#: what a disk image of this size looks like to Nova, which counts it as the host's disk
INSTANCES_DISK = "400G"


def start(box: Box, *services: Service) -> list[str]:
    """Start those that do not run; their names."""
    started = []
    for service in services:
        if is_alive(box, service):
            continue
        log = f"/mnt/logs/{service.name}.log"
        box.run("install", "-m", "644", "-o", service.user, "/dev/null", log)
        box.run(
            *("start-stop-daemon", "--start", "--background", "--make-pidfile"),
            *("--pidfile", f"/mnt/run/{service.name}.pid", "--chuid", service.user),
            *("--chdir", "/", "--output", log, "--startas", service.command[0], "--"),
            *service.command[1:],
        )
        started.append(service.name)
    return started


def wait(box: Box, *services: Service, seconds: float = 180) -> None:
    """Until each listens; from within the box's network.

    Raises BoxError with the end of its log if one ends, or is not up in time.
    """
    deadline = time.monotonic() + seconds
    for service in services:
        while service.port is not None and not _listens(service.port):
            if not is_alive(box, service) or time.monotonic() > deadline:
                raise BoxError(f"{service.name} does not listen: {tail(box.state, service)}")
            time.sleep(0.1)


def tail(state: State, service: Service) -> str:
    """The end of a service's log."""
    path = state.logs / f"{service.name}.log"
    return f"{path}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])


def is_alive(box: Box, service: Service) -> bool:
    """Whether its process is there."""
    pidfile = f"/mnt/run/{service.name}.pid"
    try:
        box.run("start-stop-daemon", "--status", "--pidfile", pidfile)
    except BoxError:
        return False
    return True


def _listens(port: int) -> bool:
    for address in (PRIVATE, PUBLIC):
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            continue
        return True
    return False


def mount_instances(box: Box) -> None:
    """A file system that shares blocks: a copy of a raw image costs nothing there."""
    box.run(
        *("sh", "-ec"),
        f"mountpoint -q /mnt/run/nova && exit; cd /mnt/run; truncate -s {INSTANCES_DISK} nova.xfs\n"
        "mkfs.xfs -q nova.xfs; mount -o loop nova.xfs nova; chown nova: nova; chmod 755 nova",
    )
