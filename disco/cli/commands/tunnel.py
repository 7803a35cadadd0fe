"""``disco tunnel``."""

from __future__ import annotations

import argparse
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from disco.cli.arguments import add_cluster
from disco.cli.command import Lister
from disco.cli.parser import port_number
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from disco.client import Client, Cluster

#: seconds until all local ports must accept connections
DEADLINE = 30
LOCAL = "127.0.0.1"


class Interface(NamedTuple):
    """A web page on the master.

    Attributes:
        component: that it belongs to, e.g. ``dask``; empty for a port of the user's.
        name: for people, e.g. ``Dask dashboard``.
        port: on the master.
        path: of the page.
    """

    component: str
    name: str
    port: int
    path: str


class OpenTunnel(Lister):
    """The command."""

    description = (
        "Open the web interfaces of a cluster on this machine, through ssh, until Ctrl-C. Only\n"
        "this machine can use them. Local ports are the same as on the master where they are\n"
        "free."
    )
    examples = """
disco tunnel analysis
disco tunnel 3f2a --open
disco tunnel 3f2a dask
disco tunnel 3f2a --forward 9000
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which interfaces, and how they are reached."""
        super().add_arguments(parser)
        add_cluster(parser)
        parser.add_argument(
            "frameworks",
            metavar="FRAMEWORK",
            nargs="*",
            help="only interfaces of these (default: all)",
        )
        parser.add_argument(
            "--forward",
            type=port_number,
            action="append",
            default=[],
            metavar="PORT",
            help="forward another port of the master; may be repeated",
        )
        parser.add_argument("--open", action="store_true", help="open the interfaces in a browser")
        add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], list[Any]]:
        """Keep the tunnel open until Ctrl-C; it prints when the interfaces can be used."""
        from disco.cli import ssh_access
        from disco.cli.exit_status import CommandError, Status
        from disco.cli.nodes import list_nodes

        args = parsed_args
        client = self.connect(args)
        cluster = client.find(args.cluster)
        interfaces = _list_interfaces(client, cluster, args)
        nodes = list_nodes(client, cluster)
        with ssh_access.access(cluster, nodes, args) as access:
            ports = {i.port: _free_port(i.port) for i in interfaces}
            forwards = [
                word
                for remote, local in ports.items()
                for word in ("-L", f"{LOCAL}:{local}:{access.master}:{remote}")
            ]
            options = ("-N", "-n", "-o", "ExitOnForwardFailure=yes", *forwards)
            command = access.command(access.master, *options)
            # in a process group of its own: Ctrl-C is for this command, which then stops ssh
            process = subprocess.Popen(command, start_new_session=True)
            try:
                _until_open(process, list(ports.values()))
                self._show(interfaces, ports, args)
                process.wait()
                raise CommandError("The ssh connection to the master ended.", Status.UNAVAILABLE)
            except KeyboardInterrupt:
                return (), []
            finally:
                ssh_access.stop(process)

    def _show(
        self, interfaces: Sequence[Interface], ports: dict[int, int], args: argparse.Namespace
    ) -> None:
        from disco.cli import output

        urls = [f"http://{LOCAL}:{ports[i.port]}{i.path}" for i in interfaces]
        names = ("component", "name", "port", "url")
        rows = [(i.component, i.name, i.port, url) for i, url in zip(interfaces, urls, strict=True)]
        self.produce_output(args, names, rows)
        if args.formatter == "table":
            output.say("Press Ctrl-C to close the tunnel.")
        if args.open:
            import webbrowser

            for url in urls:
                webbrowser.open(url)
        sys.stdout.flush()


def _list_interfaces(client: Client, cluster: Cluster, args: argparse.Namespace) -> list[Interface]:
    """The interfaces to open: the master's, of the frameworks asked for, and further ports.

    Raises:
        CommandError: there are none, or none of a framework that was asked for.
    """
    from disco.cli.exit_status import CommandError, Status
    from disco.cli.output import note
    from disco.client import NotOffered
    from disco.suggestions import did_you_mean

    interfaces: list[Interface] = []
    try:
        interfaces = [
            Interface(i["component"], i["name"], i["port"], i["path"])
            for i in client.interfaces(cluster)
            if i["node"] == cluster.master_name
        ]
    except NotOffered as error:
        note(f"disco: {error} Use --forward PORT.")
    if args.frameworks:
        there = {i.component for i in interfaces}
        if unknown := [name for name in args.frameworks if name not in there]:
            raise CommandError(
                f'The cluster has no interface of "{unknown[0]}" on its master.'
                f"{did_you_mean(unknown[0], there)}",
                Status.NOT_FOUND,
                f"It has those of: {', '.join(sorted(there)) or 'nothing'}.",
            )
        interfaces = [i for i in interfaces if i.component in args.frameworks]
    interfaces += [Interface("", f"port {p}", p, "/") for p in args.forward]
    if not interfaces:
        raise CommandError(
            "The cluster has no web interfaces on its master to open.",
            Status.NOT_FOUND,
            "Use --forward PORT for a port of your own program.",
        )
    return interfaces


def _free_port(wanted: int) -> int:
    """The same port on this machine, else any that is free."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOCAL, port))
            return int(probe.getsockname()[1])
    return wanted  # ssh fails and says why


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
                raise CommandError(
                    f"The tunnel did not open within {DEADLINE} s.", Status.UNAVAILABLE
                )
            time.sleep(0.1)
