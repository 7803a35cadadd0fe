"""``disco logs``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from disco.cli.arguments import add_cluster, add_command
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers
    from disco.client import Cluster

    #: gives a file of a log folder
    Read = Callable[[str], str]

EXAMPLES = """
disco logs 3f2a
disco logs 3f2a --follow
disco logs 3f2a events -o json
disco logs 3f2a dask
disco logs 3f2a dask:installed --node 2
disco logs 3f2a --list
"""
POLL = 1.0


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "logs",
        "show what nodes wrote while they installed themselves",
        "Show the deployment log, the events, or the log of a component or step. They come\n"
        "from the master's web server on port 8084; what it does not have, or when it cannot\n"
        "be reached, comes through ssh.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="log", more_default="deployment")
    add_cluster(parser)
    parser.add_argument(
        "log",
        metavar="LOG",
        nargs="?",
        default="deployment",
        help="deployment, events, a component, or a step as dask:installed (default: deployment)",
    )
    parser.add_argument("-n", "--node", metavar="NODE", help="a node's name or a worker's number")
    parser.add_argument(
        "-F", "--follow", action="store_true", help="go on with what is added, until Ctrl-C"
    )
    parser.add_argument("--list", action="store_true", help="list the steps that have a log")
    parser.add_argument("--ssh", action="store_true", help="through ssh from the first")
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Over HTTP where that does, else through ssh."""
    from disco.cli import connection, ssh_access
    from disco.cli.exit_status import CommandError, Status
    from disco.client import NotFound, Unreachable

    cluster = connection.find(connection.connect(args), args.cluster)
    node = ssh_access.find_node(cluster, args.node)
    if cluster.address is None:
        raise CommandError(f"There are no logs: it is {cluster.status}.", Status.CONFLICT)
    if not args.ssh:
        try:
            return _show(args, _over_http(cluster, node))
        except Unreachable:
            pass
        except NotFound:
            # the master has of its workers what it fetched, and no logs of steps
            if node == cluster.master_name:
                raise
    with _through_ssh(cluster, node, args) as read:
        return _show(args, read)


def _over_http(cluster: Cluster, node: str) -> Read:
    from disco.client import NodeLog

    assert cluster.address is not None
    log = NodeLog(cluster.address)
    folder = "" if node == cluster.master_name else f"nodes/{node}/"
    return lambda path: log.text(folder + path)


@contextmanager
def _through_ssh(cluster: Cluster, node: str, args: argparse.Namespace) -> Iterator[Read]:
    import shlex

    from disco.cli import ssh_access
    from disco.client import NotFound, Unreachable
    from disco.client.node_log import FOLDER

    with ssh_access.access(cluster, args) as access:

        def read(path: str) -> str:
            command = f"cat -- {shlex.quote(f'{FOLDER}/{path}')}"
            done = subprocess.run(
                [*access.command(node, "-n"), command], capture_output=True, check=False
            )
            if done.returncode == ssh_access.SSH_FAILED:
                raise Unreachable(f"ssh to {node} failed: {done.stderr.decode(errors='replace')}")
            if done.returncode != 0:
                raise NotFound(f"{node} has no log {path}.", code="unknown-log")
            return done.stdout.decode("utf-8", "replace")

        yield read


def _show(args: argparse.Namespace, read: Read) -> int:
    from disco.client.node_log import DEPLOYMENT_LOG, EVENTS

    if args.list:
        _print_rows([{"step": step} for step in _begun(read)], args.output)
    elif args.log == "deployment":
        _follow(read, DEPLOYMENT_LOG, args.follow)
    elif args.log == "events" and args.follow:
        _follow(read, EVENTS, True)
    elif args.log == "events":
        _print_rows(_events(read), args.output)
    else:
        steps = _steps(args.log, read)
        for step in steps:
            if len(steps) > 1:
                print(f"==> {step} <==")
            _follow(read, _path(step), args.follow and step == steps[-1])
    return 0


def _events(read: Read) -> list[dict[str, object]]:
    from disco.client.node_log import EVENTS, read_events

    return list(read_events(read(EVENTS)))


def _begun(read: Read) -> list[str]:
    """The steps that were begun, in their order."""
    return list(dict.fromkeys(str(event.get("step")) for event in _events(read)))


def _steps(wanted: str, read: Read) -> list[str]:
    """The steps of a component that were begun, or the one that is named.

    Raises:
        NotFound: there is none.
    """
    from disco.client import NotFound

    begun = _begun(read)
    found = [s for s in begun if wanted in (s, s.partition(":")[0])]
    if not found:
        known = ", ".join(begun) or "none yet"
        raise NotFound(f"There is no log of {wanted}.", code="unknown-log", hint=f"Steps: {known}.")
    return found


def _path(step: str) -> str:
    component, _, name = step.partition(":")
    return f"components/{component}/{name}.log"


def _follow(read: Read, path: str, follow: bool) -> None:
    """Print a file, and if wanted what is added to it."""
    from disco.cli import output
    from disco.client import Unreachable

    shown = 0
    while True:
        try:
            text = read(path)
        except Unreachable:
            if not shown:
                raise
            text = ""  # nodes may be busy; what is missed comes with the next look
        if len(text) > shown:
            added = text[shown:]
            sys.stdout.write(output.clean(added) if sys.stdout.isatty() else added)
            sys.stdout.flush()
            shown = len(text)
        if not follow:
            return
        time.sleep(POLL)


def _print_rows(rows: list[dict[str, object]], form: str) -> None:
    from disco.cli import output

    if form != "table":
        output.write(rows, form)
        return
    keys = [
        k for k in ("time", "node", "step", "event", "status", "seconds") if rows and k in rows[0]
    ]
    cells = [[str(row.get(k, "")) for k in keys] for row in rows]
    print(output.table(cells, [k.upper() for k in keys]))
