"""Which control groups this machine has."""

from __future__ import annotations

from disco.embedded.nodes.container.cgroups import hierarchies


def test_hierarchies_of_a_hybrid_machine() -> None:
    mounts = (
        "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n"
        "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
        "cgroup /sys/fs/cgroup/blkio cgroup rw,blkio 0 0\n"
        "cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0\n"
        "cgroup2 /nowhere/unified cgroup2 rw 0 0\n"
    )
    mounted = {(str(h.root), h.version, tuple(h.controllers)) for h in hierarchies(mounts)}
    assert mounted == {
        ("/sys/fs/cgroup/memory", 1, ("memory",)),
        ("/sys/fs/cgroup/systemd", 1, ("name=systemd",)),
        ("/nowhere/unified", 2, ()),
    }
