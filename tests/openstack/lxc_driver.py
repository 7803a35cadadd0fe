"""Nova's own libvirt driver with LXC, and what libvirt cannot do there: suspend.

libvirt cannot save a container's memory, so suspend freezes it and resume thaws it. Loaded in the
box with ``compute_driver = lxc_driver.LxcDriver``; runs with Debian's Python and Nova.
"""

from __future__ import annotations

from typing import Any

from nova.virt.libvirt import driver  # type: ignore[import-not-found]


class LxcDriver(driver.LibvirtDriver):  # type: ignore[misc]
    """Suspends by freezing."""

    def suspend(self, context: Any, instance: Any) -> None:
        """Freeze the container."""
        self._host.get_guest(instance).pause()

    def resume(
        self, context: Any, instance: Any, network_info: Any, block_device_info: Any = None
    ) -> None:
        """Thaw it."""
        self._host.get_guest(instance).resume()
