"""A second compute host: namespaces in the box with a libvirt, a Nova and an agent of their own."""

from __future__ import annotations

import time
from typing import Any

from tests.openstack import catalogue, configuration, databases, services
from tests.openstack.box import Box, BoxError
from tests.openstack.settings import SECOND_TUNNEL, TUNNEL

HOST = "vm2"
INSTANCES = "/mnt/run/nova/two"
_NOVA, _NEUTRON = "/etc/nova/nova-two.conf", "/etc/neutron/neutron-two.conf"
_AGENT = "/etc/neutron/linuxbridge-two.ini"
WALLS = services.Service("second-host", "root", ("/bin/sh", "/mnt/code/second_host.sh"))
COMMANDS = {
    "neutron-linuxbridge-agent-two": (
        *("/usr/bin/neutron-linuxbridge-agent", "--config-file", _NEUTRON),
        *("--config-file", _AGENT),
    ),
    # /run itself is that of both hosts
    "libvirtd-two": ("/usr/sbin/libvirtd", "--pid-file", "/run/libvirt/libvirtd.pid"),
    "nova-compute-two": (
        *("/usr/bin/python3", "/mnt/code/nova_compute.py", "--config-file", _NOVA),
        *("--config-file", "/etc/nova/nova-compute.conf"),
    ),
}


def start(box: Box, cloud: Any) -> None:
    """Start it and wait until Nova knows it; ``cloud`` is the operator's client.

    Raises BoxError if a service does not start, TimeoutError if the host does not report.
    """
    # what is at 127.0.0.1 on the first host is beyond the tunnel for this one
    here = {"private": TUNNEL, "host": HOST, "my_ip": SECOND_TUNNEL, "instances": INSTANCES}
    for target, name, account in (
        (_NOVA, "nova/nova.conf", "nova"),
        (_NEUTRON, "neutron/neutron.conf", "neutron"),
        (_AGENT, "neutron/plugins/ml2/linuxbridge_agent.ini", "neutron"),
    ):
        bent = {"tunnel": SECOND_TUNNEL, "bridges": ""} if target == _AGENT else {}
        configuration.install(box, target, configuration.render(name, **here, **bent), account)
    box.run("install", "-d", "-o", "nova", "-g", "nova", INSTANCES)
    started = services.start(box, WALLS)
    pid = box.run("cat", f"/mnt/run/{WALLS.name}.pid").strip()
    enter = ("/usr/bin/nsenter", "--target", pid, "--mount", "--uts", "--net", "--")
    if started:
        _wait_for_walls(box)
        box.run("ip", "link", "set", "tun-far", "netns", pid)
        for words in (
            ("link", "set", "tun-far", "up"),
            ("addr", "add", f"{SECOND_TUNNEL}/24", "dev", "tun-far"),
            ("route", "add", "default", "via", TUNNEL),
        ):
            box.run(*enter, "ip", *words)
    found = [services.Service(name, "root", (*enter, *words)) for name, words in COMMANDS.items()]
    services.start(box, *found)
    catalogue.wait_until_reported(cloud, hosts=2)
    databases.discover_hosts(box)


def _wait_for_walls(box: Box) -> None:
    deadline = time.monotonic() + 60
    while not (box.state.run / "second-host").exists():
        if not services.is_alive(box, WALLS) or time.monotonic() > deadline:
            raise BoxError(f"the second host cannot be made: {services.tail(box.state, WALLS)}")
        time.sleep(0.1)
