"""The newest events of a cluster in memory, for many who have read them up to different places.

A marker names a place in each source, so what comes after it is told by the sources' own
order: Heat's events by that of its history, a node's by their lines. Nothing is told twice, and
nothing is left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from disco.status.events import EventPage, Position
from disco.status.stack_history import Event

#: events of a cluster that are kept, and about how many bytes of them
MAX_EVENTS, MAX_BYTES = 4000, 1024 * 1024
#: bytes of an event beside its texts
_OF_AN_EVENT = 400


@dataclass(frozen=True, slots=True)
class _Kept:
    """An event and where it is in its source: Heat's, or a node's with this index."""

    event: Event
    size: int
    heat: str | None = None
    number: int = 0
    node: int = -1
    line: int = 0


class RecentEvents:
    """What was read of a cluster since a marker, the oldest dropped when it becomes much."""

    def __init__(
        self, since: str, most_events: int = MAX_EVENTS, most_bytes: int = MAX_BYTES
    ) -> None:
        """``since``: a marker; empty for the beginning of the cluster."""
        #: how far a reader must have come to be told the rest from here
        self._base = Position.parse(since)
        self._at = Position.parse(since)
        #: the places of Heat's events that a reader may have come to
        self._numbers = {self._base.heat: 0}
        self._newest = 0
        self._kept: deque[_Kept] = deque()
        self._size = 0
        self._most = (most_events, most_bytes)
        #: the marker behind the newest event
        self.marker = since

    def add(self, page: EventPage) -> tuple[Event, ...]:
        """Take the next page of who reads from ``marker``; what of it is new.

        Where Heat did not know its own marker, it has told what is known already, too.
        """
        new = []
        for event in page.events:
            kept = self._place(event)
            if kept is not None:
                self._kept.append(kept)
                self._size += kept.size
                new.append(event)
        self.marker = page.marker
        self._at = Position.parse(page.marker)
        while len(self._kept) > self._most[0] or self._size > self._most[1]:
            self._drop(self._kept.popleft())
        return tuple(new)

    def after(self, marker: str) -> tuple[tuple[Event, ...], str] | None:
        """What came after a marker, each event with its own, and the marker behind all.

        None where the marker is older than what is kept, or is not known.
        """
        position = Position.parse(marker)
        seen = self._numbers.get(position.heat)
        if seen is None:
            return None
        if any(position.lines.get(node, 0) < line for node, line in self._base.lines.items()):
            return None
        events = []
        for kept in self._kept:
            if kept.node < 0:
                if kept.number <= seen:
                    continue
                position.heat = kept.heat
            elif kept.line <= position.lines.get(kept.node, 0):
                continue
            else:
                position.lines[kept.node] = kept.line
            events.append(replace(kept.event, id=str(position)))
        return tuple(events), str(position) if events else marker

    def _place(self, event: Event) -> _Kept | None:
        at, self._at = self._at, Position.parse(event.id)
        size = _OF_AN_EVENT + len(event.text) + len(event.id) + len(event.step)
        if event.source == "heat":
            if self._at.heat in self._numbers:
                return None
            self._newest += 1
            self._numbers[self._at.heat] = self._newest
            return _Kept(event, size, heat=self._at.heat, number=self._newest)
        lines = self._at.lines
        node = next(node for node, line in lines.items() if at.lines.get(node, 0) != line)
        return _Kept(event, size, node=node, line=lines[node])

    def _drop(self, kept: _Kept) -> None:
        self._size -= kept.size
        if kept.node >= 0:
            self._base.lines[kept.node] = kept.line
            return
        del self._numbers[self._base.heat]
        self._base.heat = kept.heat
