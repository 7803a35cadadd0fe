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
    from disco.client import Client, Cluster, Health


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

        client = self.connect(parsed_args)
        cluster = client.find(parsed_args.cluster)
        if not parsed_args.key:
            _check_hidden(cluster, parsed_args)
            columns = show_columns(cluster, parsed_args.formatter, parsed_args.secrets)
            return _with_health(columns, _health(client, cluster))
        if cluster.private_key is None:
            raise CommandError(
                f"DISCO has no private key for the cluster {cluster.id}.",
                Status.NOT_FOUND,
                "Use the key of your own key pair. DISCO shows its keys only to users who may "
                "change the cluster.",
            )
        output.say(cluster.private_key.rstrip("\n"))
        return (), ()


def _health(client: Client, cluster: Cluster) -> Health | None:
    """How its nodes are; None while they are made or off, and where nobody can tell."""
    from disco.client import DiscoClientError
    from disco.heat.stack_status import StackStatus

    if not StackStatus(cluster.status).is_running:
        return None
    try:
        return client.health(cluster.id)
    except DiscoClientError:  # of an older service, too: the cluster is shown without it
        return None


def _with_health(columns: Columns, health: Health | None) -> Columns:
    """The columns with the health of the nodes behind the phase, and why it is not good."""
    from disco.cli.formatters import Shown

    if health is None:
        return columns
    names, values = list(columns[0]), list(columns[1])
    place = names.index("phase") + 1 if "phase" in names else len(names)
    status, reason = health.status, health.reason
    if health.check is not None and health.check.status == "failed":  # as in a list
        check = health.check
        why = ": ".join(filter(None, (check.node, check.step, check.reason)))
        status, reason = "unhealthy", f"the last check failed: {why}"
    names.insert(place, "health")
    values.insert(place, Shown(status, f"{status}: {reason}" if reason else status))
    return tuple(names), tuple(values)


def _check_hidden(cluster: Cluster, args: argparse.Namespace) -> None:
    """Refuse to give a program something else than the secret that it asks for."""
    if args.secrets or args.formatter == "table":
        return
    hidden = {name.removeprefix(COMPONENT_PREFIX) for name in cluster.secrets}
    for name in args.columns or ():
        if name in hidden:
            raise CommandError(f"{name} is hidden.", Status.USAGE, "Use --secrets to show it.")
