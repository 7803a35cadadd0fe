"""The progress of a cluster: a display on a terminal, lines elsewhere.

rich takes a tenth of a second to load: commands import this when they wait.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from disco.cli.output import color_of, is_terminal, say
from disco.client import (
    Client,
    Cluster,
    DiscoClientError,
    NodeLog,
    NodeProgress,
    NotOffered,
    progress_of,
)
from disco.client.cluster import EXTERNAL_IP
from disco.client.plain_text import plain_text
from disco.heat.stack_status import DELETE, StackStatus

#: nodes that are shown
MAX_NODES = 20
#: calls between two tries of a log server that does not answer, at most
MAX_PAUSE = 10


class Watch:
    """A callback for waiting, which prints what has changed of a cluster; left in the end.

    Args:
        stream: to print to; a display is drawn when it is a terminal.
        client: source of nodes and their events; for an older service the master's log
            server is the source. None shows no nodes.
    """

    def __init__(self, stream: TextIO | None = None, client: Client | None = None) -> None:
        self._stream = stream or sys.stdout
        self._client = client
        self._has_events = self._has_nodes = True
        self._events: list[Mapping[str, Any]] = []
        self._marker: str | None = None
        self._began = time.monotonic()
        self._display: Display | Lines = (
            Display(self._stream) if is_terminal(self._stream) else Lines(self._stream)
        )
        self._log: NodeLog | None = None
        self._failures = self._pause = 0
        #: the status that was seen last
        self.status = ""
        self._node_count = 0

    def __enter__(self) -> Watch:
        """Begin; nothing is drawn yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End, however the waiting did."""
        self._display.close()

    def __call__(self, cluster: Cluster) -> None:
        """Show the cluster as it is now."""
        if cluster.status != self.status:
            self._node_count = self._count_nodes(cluster)
        self.status = cluster.status
        seconds = time.monotonic() - self._began
        self._display.show(cluster, self._progress(cluster), self._node_count, seconds)

    def _count_nodes(self, cluster: Cluster) -> int:
        """How many nodes the cluster has; 0 where that is unknown."""
        if (
            self._client is None
            or not self._has_nodes
            or StackStatus(cluster.status).action == DELETE
        ):
            return 0
        try:
            return len(self._client.nodes(cluster.id))
        except NotOffered:
            self._has_nodes = False
        except DiscoClientError:
            pass  # the next status asks again
        return 0

    def _progress(self, cluster: Cluster) -> list[NodeProgress]:
        """The progress of the nodes; empty while it is unknown."""
        if self._client is None or StackStatus(cluster.status).action == DELETE:
            return []
        if self._has_events:
            try:
                page = self._client.events(cluster.id, self._marker)
            except NotOffered:
                self._has_events = False
            except DiscoClientError:
                return progress_of(self._events)
            else:
                self._events += page.events
                self._marker = page.marker or self._marker
                return progress_of(self._events)
        return self._ask_master(cluster)

    def _ask_master(self, cluster: Cluster) -> list[NodeProgress]:
        """The master's own progress; its log server is asked less often while it fails."""
        if not cluster.attributes.get(EXTERNAL_IP):
            return []
        if self._pause > 0:
            self._pause -= 1
            return []
        try:
            address = cluster.attributes[EXTERNAL_IP]
            self._log = self._log or NodeLog(address, timeout=1.5, seconds=5.0)
            progress = progress_of(self._log.events())
        except DiscoClientError:
            self._failures += 1
            self._pause = min(self._failures, MAX_PAUSE)
            return []
        self._failures = 0
        return progress


class Lines:
    """Progress as lines, one for each change."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._state = ""
        self._said: set[tuple[str, str, str]] = set()

    def show(
        self, cluster: Cluster, nodes: Sequence[NodeProgress], count: int, seconds: float
    ) -> None:
        """Print the status and each node's step, once each."""
        state = _state(cluster)
        if state != self._state:
            self._state = state
            self._print(seconds, state)
        for node in nodes:
            key = (node.node, node.step, node.status)
            if key not in self._said:
                self._said.add(key)
                self._print(seconds, f"{node.node}: {node.step} {_what(node)}")

    def close(self) -> None:
        """Nothing is left to do: a line is whole."""

    def _print(self, seconds: float, text: str) -> None:
        say(f"[{seconds:6.1f} s] {_on_one_line(text)}", stream=self._stream)


class Display:
    """Progress as a few lines of a terminal, which rich draws again and again."""

    def __init__(self, stream: TextIO) -> None:
        self._known: Sequence[NodeProgress] = ()
        self._cluster: Cluster | None = None
        self._count = 0
        self._began = 0.0
        console = Console(file=stream, force_terminal=True, markup=False, highlight=False)
        self._live = Live(
            console=console,
            get_renderable=self._drawn,
            refresh_per_second=2,
            redirect_stdout=False,  # which may be a program's
        )

    def show(
        self, cluster: Cluster, nodes: Sequence[NodeProgress], count: int, seconds: float
    ) -> None:
        """Draw the cluster in place of the last drawing; ``count`` is that of all nodes."""
        self._known = nodes or self._known
        self._cluster, self._count = cluster, count
        self._began = time.monotonic() - seconds
        if not self._live.is_started:
            self._live.start()
        self._live.refresh()

    def close(self) -> None:
        """Leave the last drawing where it is, and the terminal as it was."""
        self._live.stop()

    def _drawn(self) -> Group:
        """The lines now: the clock goes on between two answers of the service."""
        if self._cluster is None:
            return Group()
        minutes, rest = divmod(int(time.monotonic() - self._began), 60)
        address = self._cluster.attributes.get(EXTERNAL_IP)
        head = "  ".join(filter(None, (_state(self._cluster), f"{minutes}:{rest:02}", address)))
        grid = Table.grid(padding=(0, 2, 0, 0))
        rows = [
            (f"  {n.node}", n.step, _what(n), f"{n.done} steps done")
            for n in self._known[:MAX_NODES]
        ]
        for row in rows:
            grid.add_row(*(_colored(cell) for cell in row))
        more = self._count - len(rows)
        others = [_colored(f"  {more} more nodes")] if rows and more > 0 else []
        return Group(_colored(head), *([grid] if rows else []), *others)


def _colored(text: str) -> Text:
    """A text from outside on one line, cut where the terminal ends."""
    safe = _on_one_line(text)
    pattern, color = color_of(safe)
    colored = Text(safe, no_wrap=True, overflow="ellipsis")
    colored.highlight_regex(pattern, color)
    return colored


def _on_one_line(text: str) -> str:
    """A text from outside: a node must not say a line that is not its own."""
    return plain_text(text).replace("\n", " ").replace("\t", " ")


def _state(cluster: Cluster) -> str:
    """``CREATE_IN_PROGRESS  installing 7/9``, as far as it is known."""
    more = " ".join(filter(None, (cluster.phase, cluster.progress))) if cluster.is_busy else ""
    return "  ".join(filter(None, (cluster.status or "...", more)))


def _what(node: NodeProgress) -> str:
    seconds = f"{node.seconds:.0f} s"
    return f"{seconds} so far" if node.status == "running" else f"{node.status} after {seconds}"


def progress_stream(form: str) -> TextIO:
    """Where progress is printed: not between the lines of JSON or YAML."""
    return sys.stdout if form == "table" else sys.stderr
