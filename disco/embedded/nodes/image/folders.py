"""Folders of the image cache: locked, measured, discarded."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process at a time."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def discard(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def measure(folder: Path) -> int:
    """The bytes of all files in a folder."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            total += os.lstat(os.path.join(parent, name)).st_size
    return total


def size(rootfs: Path) -> int:
    """What ``measure`` had found when the image was made."""
    try:
        return int(json.loads((rootfs.parent / "image.json").read_text("ascii"))["size_bytes"])
    except (OSError, ValueError, KeyError):
        return 0
