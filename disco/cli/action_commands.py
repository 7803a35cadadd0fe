"""Commands that invoke an action on a cluster, and wait until it has ended."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from disco.cli import connection, output
from disco.cli.arguments import add_cluster, add_command, add_waiting
from disco.cli.exit_status import Status
from disco.cli.progress_display import Watch, progress_stream
from disco.client import Client, Cluster, Conflict

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers


def add_action(
    subparsers: Subparsers,
    name: str,
    summary: str,
    text: str,
    waits_for: str,
    minutes: int,
    state: str | None = None,
) -> None:
    """Add a command for the action of the same name, which takes only a cluster.

    Args:
        subparsers: of the whole command line.
        name: of the command and the action.
        summary: a line in the list of commands.
        text: what it does, in sentences.
        waits_for: when it returns, in words.
        minutes: default of ``--timeout``.
        state: as of ``act``.
    """
    examples = f"disco {name} 3f2a\ndisco {name} 3f2a --no-wait"
    parser = add_command(subparsers, name, summary, text, examples)
    parser.set_defaults(run=lambda args: act(args, name, state))
    add_cluster(parser)
    add_waiting(parser, waits_for, minutes)


def act(
    args: argparse.Namespace, do: str | Callable[[Client, str], Cluster], state: str | None = None
) -> int:
    """Invoke an action on ``args.cluster``, and wait for its end unless told not to.

    Args:
        args: of the command.
        do: the name of an action, or a function that calls the service.
        state: status at the end of the action; None: any in which nothing goes on, and
            nodes show their progress until then.

    Raises:
        Conflict: the cluster's status does not allow the action; nothing is waited for.
    """
    client = connection.connect(args)
    before = connection.find_cluster(client, args.cluster)
    try:
        cluster = client.act(before.id, do) if isinstance(do, str) else do(client, before.id)
    except Conflict as error:
        error.hint = error.hint or _allowed(before)
        raise
    for warning in set(cluster.warnings) - set(before.warnings):
        output.note(f"disco: warning: {warning}")
    if args.wait:
        stream = progress_stream(args.output)
        watch = Watch(stream, client if state is None else None)
        states = None if state is None else [state]
        cluster = client.wait(before.id, states, args.timeout, watch, before.status)
    output.show_cluster(cluster, args.output)
    return Status.DONE


def _allowed(cluster: Cluster) -> str | None:
    """What the service allows instead; None where it allows nothing at the moment."""
    return f"Actions allowed now: {', '.join(cluster.actions)}." if cluster.actions else None
