"""Acting on a cluster and waiting for the outcome."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from disco.cli import connection, output
from disco.cli.arguments import add_cluster, add_command, add_waiting
from disco.cli.exit_status import Status
from disco.cli.progress_display import Watch, progress_stream
from disco.client import Client, Cluster

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
    """A command that is an action of the same name, and takes a cluster and nothing else.

    Args:
        subparsers: of the whole command line.
        name: of both.
        summary: a line for the list of commands.
        text: what it does, in sentences.
        waits_for: when it returns, in words.
        minutes: how long it waits at most unless told otherwise.
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
    """Do something with ``args.cluster``; it is done in ``state``, or when nothing goes on.

    Args:
        args: of the command.
        do: the name of an action, or what calls the service.
        state: None where nodes report how far they are, which is shown then.
    """
    client = connection.connect(args)
    before = connection.find(client, args.cluster)
    cluster = client.act(before.id, do) if isinstance(do, str) else do(client, before.id)
    for warning in set(cluster.warnings) - set(before.warnings):
        output.note(f"disco: warning: {warning}")
    if args.wait:
        stream = progress_stream(args.output)
        watch = Watch(stream, client if state is None else None)
        states = None if state is None else [state]
        cluster = client.wait(before.id, states, args.timeout, watch, before.status)
    output.show_cluster(cluster, args.output)
    return Status.DONE
