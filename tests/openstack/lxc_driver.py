"""Nova's own libvirt driver with LXC, and what libvirt cannot do there: suspend.

libvirt cannot save a container's memory, so suspend freezes it and resume thaws it. Nor does it
give a container a group of its own among control groups of version 2 where those of version 1 are
used: the systemds of all containers would share the machine's root group, and each wait 90 seconds
for the others' processes whenever it stops a unit. Loaded in the box with ``compute_driver =
lxc_driver.LxcDriver``; runs with Debian's Python and Nova.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import libvirt  # type: ignore[import-not-found]
from nova.virt.libvirt import driver  # type: ignore[import-not-found]

#: how often a container is tried to be frozen, a second apart
FREEZES = 10


def has_groups_of_version_1() -> bool:
    """Whether libvirt puts containers into control groups of version 1."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return any(line.split()[2] == "cgroup" for line in mounts)


class LxcDriver(driver.LibvirtDriver):  # type: ignore[misc]
    """Suspends by freezing, and keeps systemd to the control groups that are the container's."""

    def _configure_guest_by_virt_type(self, guest: Any, *args: Any, **more: Any) -> Any:
        configured = super()._configure_guest_by_virt_type(guest, *args, **more)
        if has_groups_of_version_1():
            # read by systemd(1) in place of the kernel's command line
            guest.os_init_env["SYSTEMD_PROC_CMDLINE"] = "systemd.legacy_systemd_cgroup_controller=1"
        return configured

    def suspend(self, context: Any, instance: Any) -> None:
        """Freeze the container; a process that is being made can make libvirt give up."""
        guest = self._host.get_guest(instance)
        for left in reversed(range(FREEZES)):
            try:
                return guest.pause()
            except libvirt.libvirtError:
                if not left:
                    raise
                time.sleep(1)

    def resume(
        self, context: Any, instance: Any, network_info: Any, block_device_info: Any = None
    ) -> None:
        """Thaw it."""
        self._host.get_guest(instance).resume()
