"""``disco logs``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_cluster
from disco.cli.command import Lister
from disco.cli.formatters import FLAT
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from disco.client import Cluster, Node

    #: reads a file of a log folder
    Read = Callable[[str], str]
    Rows = tuple[Sequence[str], list[Any]]

#: seconds between two reads of a log that is followed
POLL = 1.0
#: seconds for a file through ssh, and without a byte of it
SSH_SECONDS, SSH_IDLE = 600.0, 60.0


class ShowLogs(Lister):
    """The command."""

    description = (
        "Show the deployment log, the events, or the log of a component or step. Logs come\n"
        "from the master's log server on port 8084, or through ssh where it does not have\n"
        "them or cannot be reached."
    )
    examples = """
disco logs analysis
disco logs 3f2a --follow
disco logs 3f2a events -f json
disco logs 3f2a dask
disco logs 3f2a dask:installed --node 2
disco logs 3f2a --list
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which log, and how it is reached."""
        super().add_arguments(parser)
        add_cluster(parser)
        parser.add_argument(
            "log",
            metavar="LOG",
            nargs="?",
            default="deployment",
            help="deployment, events, a component, or a step such as dask:installed"
            " (default: deployment)",
        )
        parser.add_argument("-n", "--node", metavar="NODE", help="a node, or a worker's number")
        parser.add_argument(
            "-F", "--follow", action="store_true", help="keep printing what is added, until Ctrl-C"
        )
        parser.add_argument("--list", action="store_true", help="list the steps that have a log")
        parser.add_argument("--ssh", action="store_true", help="use only ssh")
        add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> Rows:
        """Print a log, over HTTP where possible, else through ssh."""
        from disco.cli.exit_status import CommandError, Status
        from disco.cli.nodes import find_node, list_nodes
        from disco.cli.ssh_access import starting_hint
        from disco.client import NotFound, Unreachable

        client = self.connect(parsed_args)
        cluster = client.find(parsed_args.cluster)
        nodes = list_nodes(client, cluster)
        node = find_node(nodes, parsed_args.node)
        if cluster.address is None:
            raise CommandError(
                f"The cluster {cluster.id} has no floating IP (it is {cluster.status}), "
                "so its logs cannot be read.",
                Status.CONFLICT,
                starting_hint(cluster),
            )
        if not parsed_args.ssh:
            try:
                return _show(parsed_args, _over_http(cluster, node))
            except Unreachable:
                pass
            except NotFound:
                # the master has some files of its workers, but no logs of their steps
                if node.is_master:
                    raise
        with _through_ssh(cluster, nodes, node.name, parsed_args) as read:
            return _show(parsed_args, read)


def _over_http(cluster: Cluster, node: Node) -> Read:
    from disco.client import NodeLog

    assert cluster.address is not None
    log = NodeLog(cluster.address)
    folder = "" if node.is_master else f"nodes/{node.name}/"
    return lambda path: log.text(folder + path)


@contextmanager
def _through_ssh(
    cluster: Cluster, nodes: list[Node], node: str, args: argparse.Namespace
) -> Iterator[Read]:
    import shlex

    from disco.cli import ssh_access
    from disco.cli.bounded_process import last_words, read_output
    from disco.client import NotFound, Unreachable
    from disco.client.node_log import FOLDER, LIMIT

    with ssh_access.access(cluster, nodes, args) as access:

        def read(path: str) -> str:
            command = f"cat -- {shlex.quote(f'{FOLDER}/{path}')}"
            words = [*access.command(node, "-n"), command]
            try:
                done = read_output(words, LIMIT, SSH_SECONDS, SSH_IDLE)
            except TimeoutError:
                raise Unreachable(f"ssh to {node} did not end in time.") from None
            if done.status == ssh_access.SSH_FAILED:
                raise Unreachable(f"ssh to {node} failed: {last_words(done.errors)}")
            if done.status != 0:
                raise NotFound(f"Unknown log {path} of {node}.", code="unknown-log")
            return done.output.decode("utf-8", "replace")

        yield read


def _show(args: argparse.Namespace, read: Read) -> Rows:
    """Print a log; rows of steps and events are for cliff to print."""
    from disco.cli import output
    from disco.client.node_log import DEPLOYMENT_LOG, EVENTS

    if args.list:
        return _rows([{"step": step} for step in _begun(read)], args.formatter)
    if args.log == "deployment":
        _follow(read, DEPLOYMENT_LOG, args.follow)
    elif args.log == "events" and args.follow:
        _follow(read, EVENTS, True)
    elif args.log == "events":
        return _rows(_events(read), args.formatter)
    else:
        steps = _steps(args.log, read)
        # all before any is printed: where one is missing, the whole is read in another way
        texts = [read(_path(step)) for step in steps]
        for step, text in zip(steps, texts, strict=True):
            if len(steps) > 1:
                output.say(f"==> {step} <==")
            _follow(read, _path(step), args.follow and step == steps[-1], text)
    return (), []


def _events(read: Read) -> list[dict[str, object]]:
    from disco.client.node_log import EVENTS, read_events

    return list(read_events(read(EVENTS)))


def _begun(read: Read) -> list[str]:
    """The steps that have begun, in their order; only those that name a log and no other file."""
    from disco.client.checks import is_step

    steps = [str(event.get("step")) for event in _events(read)]
    return [step for step in dict.fromkeys(steps) if is_step(step)]


def _steps(wanted: str, read: Read) -> list[str]:
    """The steps of a component that have begun, or the one with this name.

    Raises:
        NotFound: no step matches.
    """
    from disco.client import NotFound

    begun = _begun(read)
    steps = [s for s in begun if wanted in (s, s.partition(":")[0])]
    if not steps:
        known = ", ".join(begun) or "none yet"
        raise NotFound(f'Unknown log "{wanted}".', code="unknown-log", hint=f"Steps: {known}.")
    return steps


def _path(step: str) -> str:
    component, _, name = step.partition(":")
    return f"components/{component}/{name}.log"


def _follow(read: Read, path: str, follow: bool, text: str | None = None) -> None:
    """Print a file, and with ``follow`` what is added to it; ``text`` is what was read of it."""
    from disco.cli import output
    from disco.client import Unreachable

    text = read(path) if text is None else text
    shown = 0
    while True:
        if len(text) > shown:
            added = text[shown:]
            output.write_log(added)
            shown = len(text)
        if not follow:
            return
        time.sleep(POLL)
        with suppress(Unreachable):  # a busy node: the next try reads what is missing
            text = read(path)


def _rows(rows: list[dict[str, object]], form: str) -> Rows:
    """The columns that people look for; all that there are for programs."""
    known = ("time", "node", "step", "event", "status", "seconds")
    if form in FLAT:
        keys = [k for k in known if rows and k in rows[0]]
    else:
        keys = list(dict.fromkeys(key for row in rows for key in row))
    return keys or known, [[row.get(key) for key in keys] for row in rows]
