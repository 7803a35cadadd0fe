"""Times and their medians."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the result: something measured, its anchor, and the goal for their ratio.

    Attributes:
        what: what was measured, in words.
        value: the median, in ``unit``.
        anchor: that of the anchor in the same run; None where there is none.
        against: the anchor in words.
        goal: the largest ratio that is good; None where none is set.
        more: further figures, by name.
    """

    what: str
    value: float
    unit: str
    anchor: float | None = None
    against: str = ""
    goal: float | None = None
    more: Mapping[str, float | int | str] | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the anchor the value is."""
        return self.value / self.anchor if self.anchor else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio <= self.goal


def interleaved(
    steps: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """The median seconds of each step, each done once a round, in turns.

    ``clock`` tells the seconds: this process's CPU, or another clock.
    """
    for step in steps.values():
        step()  # whatever is done once is done now
    seen: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            began = clock()
            step()
            seen[name].append(clock() - began)
    return {name: statistics.median(values) for name, values in seen.items()}


def each_by_itself(most_s: float, parts: Mapping[str, Iterator[Row]]) -> Iterator[Row]:
    """The rows of parts; when a time is over, no other part is begun.

    Raises:
        ExceptionGroup: with the errors of the parts that failed, after the rows of the others.
    """
    ends = time.monotonic() + most_s
    errors: list[Exception] = []
    for name, rows in parts.items():
        if time.monotonic() > ends:
            print(f"  {name}: left out, for the time is over", flush=True)
            continue
        try:
            yield from rows
        except Exception as error:
            print(f"  {name}: {type(error).__name__}: {error}"[:500], flush=True)
            errors.append(error)
    if errors:
        raise ExceptionGroup("some could not be measured", errors)


def peak_memory(step: Callable[[], object]) -> int:
    """The most bytes that Python's objects made by ``step`` had at once."""
    tracemalloc.start()
    try:
        step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def cpu_of(pid: int) -> float:
    """Seconds of CPU that all threads of a process have had so far.

    The number of a process's clock is made as ``clock_getcpuclockid(3)`` of Linux makes it.
    """
    return time.clock_gettime((~pid << 3) | 2)
