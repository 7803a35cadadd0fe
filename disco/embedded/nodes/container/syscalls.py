"""The few Linux system calls that Python 3.11 has no function for."""

from __future__ import annotations

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
CLONE_NEWPID = 0x20000000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2

_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Move the calling thread into new namespaces (``CLONE_NEW*``)."""
    _check(_libc.unshare(flags), "unshare")


def setns(fd: int, kind: int) -> None:
    """Move the calling thread into the namespace behind ``fd``."""
    _check(_libc.setns(fd, kind), "setns")


def set_parent_death_signal(number: int) -> None:
    """Have the kernel send ``number`` when the thread that made this process ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0), "prctl")


def mount(source: str, target: str, fstype: str, flags: int = 0, data: str = "") -> None:
    """Mount a file system, as the system call of this name does."""
    arguments = [os.fsencode(text) for text in (source, target, fstype)]
    result = _libc.mount(*arguments, ctypes.c_ulong(flags), os.fsencode(data) or None)
    _check(result, f"mount {target}")


def unmount(target: str) -> None:
    """Detach what is mounted at ``target``, even when it is still in use."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")
