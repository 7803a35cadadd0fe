"""``disco ssh``."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster
from disco.cli.command import Command
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disco.client import Node


class LogIn(Command):
    """The command."""

    description = (
        "Log in to a node, or run a command on it. Workers are reached through the master.\n"
        "The private key is stored only while the command runs, where only you can read it.\n"
        "The exit status is that of ssh."
    )
    examples = """
disco ssh analysis
disco ssh 3f2a --node 2
disco ssh 3f2a -- nproc --all
disco ssh 3f2a --user debian -- 'sudo journalctl -u disco-dask-scheduler' | less
"""
    rest = "words"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The node, and the command."""
        add_cluster(parser)
        parser.add_argument(
            "words",
            metavar="COMMAND",
            nargs="*",
            help="command to run on the node; put -- before it",
        )
        parser.add_argument(
            "-n",
            "--node",
            metavar="NODE",
            help="a node, or a worker's number (default: master)",
        )
        add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Run ssh until it ends."""
        from disco.cli import ssh_access
        from disco.cli.nodes import find_node, list_nodes

        client = self.connect(parsed_args)
        cluster = client.find(parsed_args.cluster)
        nodes = list_nodes(client, cluster)
        node = find_node(nodes, parsed_args.node)
        _refuse_node(nodes, parsed_args)
        with ssh_access.access(cluster, nodes, parsed_args) as access:
            command = [*access.command(node.name), *parsed_args.words]
            return ssh_access.run_in_terminal(command)


def _refuse_node(nodes: Sequence[Node], args: argparse.Namespace) -> None:
    """Refuse a node's name in the place of the command.

    Raises:
        CommandError: it is one.
    """
    from disco.cli.exit_status import CommandError, Status

    first, *others = args.words or [""]
    if first and first in {name for node in nodes for name in (node.name, node.alias)}:
        command = f" -- {shlex.join(others)}" if others else ""
        raise CommandError(
            f'"{first}" is a node and not a command.',
            Status.USAGE,
            f"Use: disco ssh {args.cluster} --node {first}{command}",
        )
