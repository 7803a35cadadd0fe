"""``disco show``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.attributes import COMPONENT_PREFIX
from disco.cli.arguments import add_cluster
from disco.cli.command import ShowOne
from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns
    from disco.client import Cluster


class ShowCluster(ShowOne):
    """The command."""

    description = (
        "Show the status, address and attributes of a cluster, the actions it allows now, and\n"
        "the reason if it failed."
    )
    examples = """
disco show analysis
disco show 3f2a -f json | jq -r .address
disco show 3f2a --secrets -f value -c jupyter.password
(umask 077; disco show 3f2a --key > key)
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The cluster, and whether its secrets are shown."""
        super().add_arguments(parser)
        add_cluster(parser)
        parser.add_argument(
            "--secrets", action="store_true", help="also show passwords and the private key"
        )
        parser.add_argument("--key", action="store_true", help="print only the private key for ssh")

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Show the cluster, or print its private key."""
        from disco.cli import output
        from disco.cli.cluster_view import show_columns

        cluster = self.connect(parsed_args).find(parsed_args.cluster)
        if not parsed_args.key:
            _check_hidden(cluster, parsed_args)
            return show_columns(cluster, parsed_args.formatter, parsed_args.secrets)
        if cluster.private_key is None:
            raise CommandError(
                f"DISCO has no private key for the cluster {cluster.id}.",
                Status.NOT_FOUND,
                "Use the key of your own key pair. DISCO shows its keys only to users who may "
                "change the cluster.",
            )
        output.say(cluster.private_key.rstrip("\n"))
        return (), ()


def _check_hidden(cluster: Cluster, args: argparse.Namespace) -> None:
    """Refuse to give a program something else than the secret that it asks for."""
    if args.secrets or args.formatter == "table":
        return
    hidden = {name.removeprefix(COMPONENT_PREFIX) for name in cluster.secrets}
    for name in args.columns or ():
        if name in hidden:
            raise CommandError(f"{name} is hidden.", Status.USAGE, "Use --secrets to show it.")
