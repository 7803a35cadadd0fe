"""Showing how a cluster comes up: a display on a terminal, lines elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from disco.cli.output import clean, table
from disco.client import (
    BadRequest,
    Client,
    Cluster,
    DiscoClientError,
    NodeLog,
    NodeProgress,
    NotFound,
    progress_of,
)

#: nodes whose steps are shown one by one
MAX_NODES = 20
#: looks at the cluster between two tries of a log server that does not answer, at most
MAX_PAUSE = 10
GREEN, RED, DIM, RESET = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


class Watch:
    """Called with a cluster at each look; prints what has changed.

    Args:
        stream: where to; a display is drawn when it is a terminal.
        client: asked what nodes do; where it does not tell, the master's log server
            is. None asks nobody.
    """

    def __init__(self, stream: TextIO | None = None, client: Client | None = None) -> None:
        self._stream = stream or sys.stdout
        self._client = client
        self._service_tells = True
        self._events: list[Mapping[str, Any]] = []
        self._marker: str | None = None
        self._began = time.monotonic()
        self._display: Display | Lines = (
            Display(self._stream) if _is_terminal(self._stream) else Lines(self._stream)
        )
        self._log: NodeLog | None = None
        self._failures = self._pause = 0
        #: the state that was seen last
        self.status = ""

    def __call__(self, cluster: Cluster) -> None:
        """Show the cluster as it is now."""
        self.status = cluster.status
        self._display.show(cluster, self._progress(cluster), time.monotonic() - self._began)

    def _progress(self, cluster: Cluster) -> list[NodeProgress]:
        """What the nodes say; nothing while they cannot be asked."""
        if self._client is None or cluster.status.startswith("DELETE"):
            return []
        if self._service_tells:
            try:
                page = self._client.events(cluster.id, self._marker)
            except (NotFound, BadRequest):
                self._service_tells = False  # an older one
            except DiscoClientError:
                return progress_of(self._events)
            else:
                self._events += page.events
                self._marker = page.marker or self._marker
                return progress_of(self._events)
        return self._ask_master(cluster)

    def _ask_master(self, cluster: Cluster) -> list[NodeProgress]:
        """What the master's log server says, asked less often while it does not answer."""
        if cluster.address is None:
            return []
        if self._pause > 0:
            self._pause -= 1
            return []
        self._log = self._log or NodeLog(cluster.address, timeout=1.5)
        try:
            found = progress_of(self._log.events(cluster.worker_names[:MAX_NODES]))
        except DiscoClientError:
            self._failures += 1
            self._pause = min(self._failures, MAX_PAUSE)
            return []
        self._failures = 0
        return found


class Lines:
    """A line for everything that is new."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._state = ""
        self._said: set[tuple[str, str, str]] = set()

    def show(self, cluster: Cluster, nodes: Sequence[NodeProgress], seconds: float) -> None:
        """Print the state and each node's step, once each."""
        state = _state(cluster)
        if state != self._state:
            self._state = state
            self._print(seconds, state)
        for node in nodes:
            key = (node.node, node.step, node.status)
            if key not in self._said:
                self._said.add(key)
                self._print(seconds, f"{node.node}: {node.step} {_what(node)}")

    def _print(self, seconds: float, text: str) -> None:
        print(f"[{seconds:6.1f} s] {clean(text)}", file=self._stream, flush=True)


class Display:
    """A few lines of a terminal that are drawn again and again."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._height = 0
        self._known: Sequence[NodeProgress] = ()
        self._color = "NO_COLOR" not in os.environ

    def show(self, cluster: Cluster, nodes: Sequence[NodeProgress], seconds: float) -> None:
        """Draw the cluster in place of what was drawn before."""
        self._known = nodes or self._known
        size = shutil.get_terminal_size()
        lines = self._lines(cluster, seconds)[: max(1, size.lines - 1)]
        up = f"\x1b[{self._height}F" if self._height else ""
        drawn = [f"{self._painted(line[: size.columns - 1])}\x1b[K\n" for line in lines]
        self._stream.write(f"{up}{''.join(drawn)}\x1b[J")
        self._stream.flush()
        self._height = len(lines)

    def _lines(self, cluster: Cluster, seconds: float) -> list[str]:
        minutes, rest = divmod(int(seconds), 60)
        head = [_state(cluster), f"{minutes}:{rest:02}", cluster.address or ""]
        rows = [
            (f"  {n.node}", n.step, _what(n), f"{n.done} steps done")
            for n in self._known[:MAX_NODES]
        ]
        more = (cluster.workers or 0) + 1 - len(rows)
        lines = [clean("  ".join(filter(None, head))), *table(rows).splitlines()]
        return [*lines, f"  {more} more"] if rows and more > 0 else lines

    def _painted(self, line: str) -> str:
        if not self._color:
            return line
        for word, color in (("FAILED", RED), ("failed", RED), ("COMPLETE", GREEN)):
            line = line.replace(word, f"{color}{word}{RESET}")
        return line


def _state(cluster: Cluster) -> str:
    """``CREATE_IN_PROGRESS  installing 7/9``, as far as the service tells."""
    more = " ".join(filter(None, (cluster.phase, cluster.progress))) if cluster.is_busy else ""
    return "  ".join(filter(None, (cluster.status or "...", more)))


def _what(node: NodeProgress) -> str:
    seconds = f"{node.seconds:.0f} s"
    return f"{seconds} so far" if node.status == "running" else f"{node.status} after {seconds}"


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def progress_stream(form: str) -> TextIO:
    """Progress goes where it does not get between the lines of JSON or YAML."""
    return sys.stdout if form == "table" else sys.stderr
