"""How fast ``/health`` is answered, asked all the time by somebody who has no part in the load.

The one who asks is a process of its own, ``python -m soak.health BASE``: threads of a busy one
would have their own waits counted as the service's.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: seconds between two questions, and after which one counts as not answered
EVERY_S, LATE_S = 0.2, 10.0


@dataclass
class Answers:
    """The answers so far.

    Attributes:
        seconds: that each took.
        failed: those that were none, in words.
    """

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """Seconds of the slowest; infinite where one was missing."""
        return float("inf") if self.failed or not self.seconds else max(self.seconds)

    def percentile(self, share: float) -> float:
        """Seconds in which this share of the questions was answered."""
        if not self.seconds:
            return float("inf")
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]


@contextlib.contextmanager
def asked_all_the_time(base: str) -> Iterator[Answers]:
    """Ask until the end, each time on a connection of its own, as monitors do."""
    answers = Answers()
    process = subprocess.Popen(
        [sys.executable, "-m", "soak.health", base],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        # the first line says that it has begun
        process.stdout.readline()
        yield answers
    finally:
        told, _ = process.communicate("", timeout=LATE_S * 2)
        for line in told.splitlines():
            seconds, fault = json.loads(line)
            answers.seconds.append(seconds)
            if fault:
                answers.failed.append(fault)


def _ask(host: str, port: int) -> tuple[float, str]:
    """Seconds until the answer, and what was wrong with it."""
    began, fault = time.monotonic(), ""
    connection = http.client.HTTPConnection(host, port, timeout=LATE_S)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        answer.read()
        fault = "" if answer.status == http.client.OK else str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        fault = type(error).__name__
    finally:
        connection.close()
    return time.monotonic() - began, fault


def main(base: str) -> None:
    """Ask until standard input is closed, and print a line for each answer."""
    host, _, port = base.rpartition("/")[2].partition(":")
    print(flush=True)
    while not select.select([sys.stdin], [], [], EVERY_S)[0]:
        print(json.dumps(_ask(host, int(port))))


if __name__ == "__main__":
    main(sys.argv[1])
