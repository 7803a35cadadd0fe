"""The command that builds the images in the foreground."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from disco.embedded.nodes.image.images import ImageStore


def main(argv: Sequence[str] | None = None) -> int:
    """``build`` makes what is missing, ``list`` says what there is."""
    parser = argparse.ArgumentParser(prog="python -m disco.embedded.nodes.image.images")
    parser.add_argument("command", choices=("build",))
    parser.parse_args(argv)
    if os.geteuid() != 0:
        from disco.embedded.nodes.agent.launch import user_namespace

        command = [
            *user_namespace(),
            sys.executable,
            "-m",
            "disco.embedded.nodes.image.images",
            "build",
        ]
        os.execvp(command[0], command)  # nosec B606  # a list, no shell
    begin = time.monotonic()

    def progress(text: str) -> None:
        print(f"[{time.monotonic() - begin:6.1f} s] {text}", flush=True)

    images = ImageStore(progress=progress)
    built = images.build()
    for info in images.infos():
        print(f"{info.name}: {info.status}, {info.size_bytes >> 20} MiB, {info.id}", flush=True)
        if info.status == "error":
            print(f"  {info.properties['description']}", file=sys.stderr)
    return 0 if built else 1
