"""``disco show``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_command
from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco show 3f2a
disco show 3f2a -o json | jq -r .address
disco show 3f2a --secrets
(umask 077; disco show 3f2a --key > key)
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "show",
        "show a cluster",
        "Show the status, address and attributes of a cluster, the actions it allows now, and\n"
        "the reason if it failed.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    parser.add_argument(
        "--secrets", action="store_true", help="also show passwords and the private key"
    )
    parser.add_argument("--key", action="store_true", help="print only the private key for ssh")


def run(args: argparse.Namespace) -> int:
    """Show the cluster, or print its private key."""
    from disco.cli import connection, output

    cluster = connection.find_cluster(connection.connect(args), args.cluster)
    if not args.key:
        output.show_cluster(cluster, args.output, args.secrets)
        return Status.DONE
    if cluster.private_key is None:
        raise CommandError(
            f"DISCO has no private key for the cluster {cluster.id}.",
            Status.NOT_FOUND,
            "Use the key of your own key pair. DISCO shows its keys only to users who may "
            "change the cluster.",
        )
    output.say(cluster.private_key.rstrip("\n"))
    return Status.DONE
