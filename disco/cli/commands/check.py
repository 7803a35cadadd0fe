"""``disco check``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_cluster, add_waiting
from disco.cli.command import Lister
from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disco.client import Check, Client, Health, NodeHealth

#: seconds between two questions for how it ended
POLL = 2.0
_WORDS = {
    "works": "works",
    "silent": "does not answer",
    "stopped": "does not run",
}
COLUMNS = ("node", "daemon", "health", "cpu", "memory", "disk", "reason")


class CheckCluster(Lister):
    """The command."""

    description = (
        "Check that a cluster works: its nodes repeat their readiness probes and test jobs. Then\n"
        "show how each node and daemon is now. The exit status is 0 only if the check passed and\n"
        "all is healthy. With --now, only look."
    )
    examples = """
disco check analysis
disco check 3f2a --now
disco check 3f2a --now -f json | jq '.[] | select(.health != "works")'
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The cluster, and whether to have it checked anew."""
        super().add_arguments(parser)
        add_cluster(parser)
        parser.add_argument(
            "--now",
            action="store_true",
            help="show the health now, which nodes tell every five seconds; check nothing anew",
        )
        add_waiting(parser, "the check has ended", 30)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Any]]:
        """Ask for a check, wait for its end, and show the health then."""
        from disco.cli import output

        client = self.connect(parsed_args)
        cluster_id = client.find_id(parsed_args.cluster)
        health = client.health(cluster_id)
        ended = None
        if not parsed_args.now:
            before = health.check.number if health.check else None
            client.check(cluster_id)
            if not parsed_args.wait:
                output.note(
                    self.worded(
                        f"The check has begun. disco check {cluster_id} --now shows its end."
                    )
                )
                return (), []
            self.begun = cluster_id
            health, ended = _wait(client, cluster_id, before, parsed_args.timeout)
        self.status, sentence = _verdict(health, ended)
        output.note(sentence)
        rows = list(_rows(health))
        return (
            (COLUMNS, rows)
            if parsed_args.formatter != "table"
            else (COLUMNS[:-1], [r[:-1] for r in rows])
        )


def _wait(
    client: Client, cluster_id: str, before: int | None, timeout: float | None
) -> tuple[Health, Check]:
    """The health when a check other than the one before has ended.

    Raises:
        CommandError: it did not within ``timeout``.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        health = client.health(cluster_id)
        check = health.check
        if check and check.number != before and check.status != "running":
            return health, check
        if deadline is not None and time.monotonic() >= deadline:
            begun = check is not None and check.number != before
            said = "goes on" if begun else "has not begun on the nodes"
            raise CommandError(
                f"The check of {cluster_id} {said} after {timeout:g} s.",
                Status.TIMEOUT,
                health.reason or None,
            )
        time.sleep(POLL)


def _verdict(health: Health, ended: Check | None) -> tuple[Status, str]:
    """The exit status, and a sentence."""
    if ended is not None and ended.status == "failed":
        why = ": ".join(filter(None, (ended.node, ended.step, ended.reason)))
        return Status.FAILED, f"The check failed: {why}"
    passed = "The check passed. " if ended is not None else ""
    if health.status == "healthy":
        return Status.DONE, f"{passed}All {len(health.nodes)} nodes are healthy."
    if health.status == "unhealthy":
        return Status.FAILED, f"{passed}The cluster is not healthy: {health.reason}"
    # a check that passed is worth more than a look that cannot be had
    status = Status.DONE if ended is not None else Status.UNAVAILABLE
    return status, f"{passed}The health now is unknown: {health.reason}"


def _rows(health: Health) -> Iterator[tuple[Any, ...]]:
    """A row for each daemon; for a node without any, or that does not answer, one of its own."""
    for node in health.nodes:
        load = _percent(node)
        silent = node.status != "healthy" and all(d.status == "works" for d in node.daemons)
        if silent or not node.daemons:
            yield (node.name, "", node.status, *load, node.reason)
            continue
        for daemon in node.daemons:
            yield (node.name, daemon.name, _WORDS[daemon.status], *load, node.reason)


def _percent(node: NodeHealth) -> tuple[Any, ...]:
    from disco.cli.formatters import Shown

    numbers = (node.cpu_percent, node.memory_percent, node.disk_percent)
    return tuple(Shown(n, "" if n is None else f"{n} %") for n in numbers)
