"""``disco tunnel``."""

from __future__ import annotations

import argparse
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_cluster, add_command
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from disco.cli.web_interfaces import Interface
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco tunnel 3f2a
disco tunnel 3f2a --open
disco tunnel 3f2a dask
disco tunnel 3f2a --forward 9000
"""
#: seconds until all local ports must accept connections
DEADLINE = 30
LOCAL = "127.0.0.1"


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "tunnel",
        "open a cluster's web interfaces through ssh",
        "Make the web interfaces of a cluster reachable on this machine, through ssh, until\n"
        "Ctrl-C. Nothing is opened to anybody else. Ports are the interfaces' own where they\n"
        "are free here.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="frameworks")
    add_cluster(parser)
    parser.add_argument(
        "frameworks", metavar="FRAMEWORK", nargs="*", help="only of these (default: all)"
    )
    parser.add_argument(
        "--forward",
        type=int,
        action="append",
        default=[],
        metavar="PORT",
        help="another port of the master; may be repeated",
    )
    parser.add_argument("--open", action="store_true", help="open the interfaces in a browser")
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C, which is the way it is meant to end."""
    from disco.cli import connection, ssh_access
    from disco.cli.exit_status import CommandError, Status

    client = connection.connect(args)
    cluster = connection.find(client, args.cluster)
    wanted = _wanted(client, cluster, args)
    with ssh_access.access(cluster, args) as access:
        ports = {i.port: _free_port(i.port) for i in wanted}
        forwards = [
            word
            for remote, local in ports.items()
            for word in ("-L", f"{LOCAL}:{local}:{cluster.master_name}:{remote}")
        ]
        options = ("-N", "-n", "-o", "ExitOnForwardFailure=yes", *forwards)
        # a group of its own: Ctrl-C is for this command, which then stops ssh
        process = subprocess.Popen(
            access.command(cluster.master_name, *options), start_new_session=True
        )
        try:
            _until_open(process, list(ports.values()))
            _say(wanted, ports, args)
            process.wait()
            raise CommandError("The connection to the master ended.", Status.UNAVAILABLE)
        except KeyboardInterrupt:
            return Status.DONE
        finally:
            ssh_access.stop(process)


def _wanted(client: Any, cluster: Any, args: argparse.Namespace) -> list[Interface]:
    from disco.cli import output
    from disco.cli.web_interfaces import Interface, interfaces_of
    from disco.cli.exit_status import CommandError, Status

    found, unknown = interfaces_of(client, cluster)
    for name in unknown:
        output.note(f"disco: the interfaces of {name} are not known here; use --forward PORT")
    if args.frameworks:
        found = [i for i in found if i.component in args.frameworks]
    found += [Interface("", f"port {p}", p, "/", False) for p in args.forward]
    if not found:
        raise CommandError("There is nothing to open a tunnel to.", Status.NOT_FOUND)
    return found


def _free_port(wanted: int) -> int:
    """The same port here, else any that is free."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOCAL, port))
            return int(probe.getsockname()[1])
    return wanted  # ssh will say why not


def _until_open(process: subprocess.Popen[bytes], ports: Sequence[int]) -> None:
    from disco.cli.exit_status import CommandError, Status

    deadline = time.monotonic() + DEADLINE
    for port in ports:
        while True:
            if process.poll() is not None:
                raise CommandError("ssh could not open the tunnel.", Status.UNAVAILABLE)
            with (
                contextlib.suppress(OSError),
                socket.create_connection((LOCAL, port), timeout=1),
            ):
                break
            if time.monotonic() > deadline:
                raise CommandError("The tunnel did not open.", Status.UNAVAILABLE)
            time.sleep(0.1)


def _say(wanted: Sequence[Interface], ports: dict[int, int], args: argparse.Namespace) -> None:
    from disco.cli import output

    urls = [f"http://{LOCAL}:{ports[i.port]}{i.path}" for i in wanted]
    if args.output == "table":
        print(output.table([(i.name, url) for i, url in zip(wanted, urls, strict=True)]))
        print("Open until Ctrl-C.", flush=True)
    else:
        data = [
            {"component": i.component, "name": i.name, "port": i.port, "url": url}
            for i, url in zip(wanted, urls, strict=True)
        ]
        output.write(data, args.output)
    if args.open:
        import webbrowser

        for url in urls:
            webbrowser.open(url)
    sys.stdout.flush()
