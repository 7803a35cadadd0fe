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
        "Show a cluster: state, address, attributes, and why it failed if it did.",
        EXAMPLES,
    )
    parser.set_defaults(run=run)
    add_cluster(parser)
    parser.add_argument(
        "--secrets", action="store_true", help="also passwords and keys that DISCO made"
    )
    parser.add_argument(
        "--key", action="store_true", help="print the private key for ssh, and nothing else"
    )


def run(args: argparse.Namespace) -> int:
    """Secrets are shown to those who ask for them."""
    from disco.cli import connection, output

    cluster = connection.find(connection.connect(args), args.cluster)
    if not args.key:
        output.show_cluster(cluster, args.output, args.secrets)
        return Status.DONE
    if cluster.private_key is None:
        raise CommandError(
            "There is no private key: DISCO made none for this cluster.", Status.NOT_FOUND
        )
    print(cluster.private_key.rstrip("\n"))
    return Status.DONE
