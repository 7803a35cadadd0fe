"""``make demo``: DISCO's main job on the embedded cloud, through its HTTP interface.

Starts ``service_manager --embedded`` as a user would, creates a cluster of one
master and two workers with Dask and Jupyter, shows what happens while it comes
up, and leaves it running until stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from disco.embedded.demo.steps import Demo, DemoFailed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 only if all went well."""
    options = _options(arguments)
    began = time.monotonic()
    with _service(options) as service:
        try:
            demo = Demo(options, service)
            demo.wait_for_service()
            demo.wait_for_image()
            demo.create()
            demo.wait_for_cluster()
            demo.show()
            took = time.monotonic() - began
            print(f"\nFrom the start of the cloud to here: {took:.0f} s.", flush=True)
            if options.exit:
                demo.delete()
                print(
                    "Deleted: no stack, server, network, address, key pair or file of it is left."
                )
                return 0
            print(
                f"\nIt runs until you press Ctrl-C; `{again(options)}` finds it again.", flush=True
            )
            service.wait()
        except DemoFailed as error:
            print(f"\ndemo: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nStopping; the cluster's disks stay.", flush=True)
    return 0


def again(options: argparse.Namespace) -> str:
    """The command that finds the same cluster: with the values that are not those of itself."""
    default = _options([])
    given = {
        name.upper(): shlex.quote(str(value))
        for name in ("state", "nodes", "port", "cloud_port")
        if (value := getattr(options, name)) != getattr(default, name)
    }
    return " ".join(["make demo", *(f"{name}={value}" for name, value in given.items())])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--state", type=Path, default=Path("state"))
    parser.add_argument("--nodes", choices=("auto", "system", "user", "none"), default="auto")
    parser.add_argument("--port", type=int, default=8888)
    parser.add_argument("--cloud-port", type=int, default=5000)
    parser.add_argument("--object-store", action="store_true", help="with an object store")
    parser.add_argument("--exit", action="store_true", help="delete the cluster and stop")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _service(options: argparse.Namespace) -> Iterator[subprocess.Popen[bytes]]:
    """The service and its cloud, stopped at the end however it comes."""
    command = [
        *(sys.executable, "-m", "disco.server.service_manager", "--embedded", "--quiet"),
        *("--state", str(options.state), "--nodes", options.nodes),
        *("--port", str(options.port), "--cloud-port", str(options.cloud_port)),
    ]
    if options.object_store:
        command.append("--object-store")
    print(f"$ service_manager {shlex.join(command[3:])}", flush=True)
    # a group of its own: Ctrl-C reaches the demo, which stops the service in order
    process = subprocess.Popen(command, start_new_session=True)
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield process
    finally:
        signal.signal(signal.SIGTERM, previous)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
