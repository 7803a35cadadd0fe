"""Commands that invoke an action on a cluster, and wait until it has ended."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_waiting
from disco.cli.command import ShowOne

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns
    from disco.client import Client, Cluster


class ActionCommand(ShowOne):
    """A command for the action of a name, which takes a cluster and what a subclass adds.

    Attributes:
        action: of the service.
        waits_for: when the command returns, in words.
        minutes: default of ``--timeout``.
        state: status at the end of the action; None: any in which nothing goes on, and nodes
            show their progress until then.
    """

    action = ""
    waits_for = ""
    minutes = 60
    state: str | None = None

    def get_epilog(self) -> str:
        """With and without waiting, unless there is more to show."""
        name = self.action
        self.examples = self.examples or f"disco {name} 3f2a\ndisco {name} analysis --no-wait"
        return super().get_epilog()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The cluster, and whether to wait."""
        super().add_arguments(parser)
        add_cluster(parser)
        self.add_own(parser)
        add_waiting(parser, self.waits_for, self.minutes)

    def add_own(self, parser: argparse.ArgumentParser) -> None:
        """Add what the action takes."""

    def begin(self, client: Client, cluster_id: str, args: argparse.Namespace) -> Cluster:
        """Invoke the action."""
        return client.act(cluster_id, self.action)

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Invoke the action, and wait for its end unless told not to.

        Raises:
            Conflict: the cluster's status does not allow the action; nothing is waited for.
        """
        from disco.cli.cluster_view import action_columns

        client = self.connect(parsed_args)
        cluster = self._act(client, parsed_args)
        return action_columns(cluster, parsed_args.formatter)

    def _act(self, client: Client, args: argparse.Namespace) -> Cluster:
        from disco.cli import output
        from disco.cli.progress_display import Watch, progress_stream
        from disco.client import Conflict

        before = client.find(args.cluster)
        try:
            cluster = self.begin(client, before.id, args)
        except Conflict as error:
            error.hint = error.hint or _allowed(before)
            raise
        self.begun = before.id
        for warning in set(cluster.warnings) - set(before.warnings):
            output.note(f"disco: warning: {warning}")
        if not args.wait:
            return cluster
        stream = progress_stream(args.formatter)
        states = None if self.state is None else [self.state]
        with Watch(stream, client if self.state is None else None) as watch:
            return client.wait(before.id, states, args.timeout, watch, before.status)


def _allowed(cluster: Cluster) -> str | None:
    """What the service allows instead; None where it allows nothing at the moment."""
    return f"Actions allowed now: {', '.join(cluster.actions)}." if cluster.actions else None
