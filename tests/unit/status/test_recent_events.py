"""What each reader is told follows from its own marker: nothing twice, nothing left out."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from disco.heat.stack_status import StackStatus
from disco.status.events import EventPage, Position
from disco.status.recent_events import RecentEvents
from disco.status.stack_history import Event

STATUS = StackStatus("CREATE_IN_PROGRESS")


def event(source: str, name: str, marker: str) -> Event:
    return Event("2026-01-02T03:04:05Z", source, None, name, "create", "done", id=marker)


class History:
    """A cluster whose events are made up, as ``Events`` reads them."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self.told: list[tuple[int, str]] = []  # node or -1, and a name

    def happen(self, number: int) -> None:
        for _ in range(number):
            source = self._random.choice((-1, -1, 0, 1))
            count = sum(1 for one, _ in self.told if one == source)
            self.told.append((source, f"e{count}" if source < 0 else f"n{source}-{count}"))

    def page(self, since: str) -> EventPage:
        """What is new since a marker, in the order of the history."""
        at = Position.parse(since)
        new = []
        heat = [name for source, name in self.told if source < 0]
        seen = heat.index(at.heat) + 1 if at.heat in heat else 0
        for source, name in self.told:
            if source < 0:
                if heat.index(name) < seen:
                    continue
                at.heat = name
            else:
                line = int(name.rpartition("-")[2]) + 1
                if line <= at.lines.get(source, 0):
                    continue
                at.lines[source] = line
            new.append(event("heat" if source < 0 else "node", name, str(at)))
        return EventPage(tuple(new), str(at), STATUS, False)


def names(events: Iterator[Event] | tuple[Event, ...]) -> list[str | None]:
    return [one.resource for one in events]


@pytest.mark.parametrize("seed", range(20))
def test_whoever_has_come_to_any_place_is_told_what_the_cluster_would_tell(seed: int) -> None:
    history = History(seed)
    history.happen(10)
    first = history.page("")
    recent = RecentEvents("")
    recent.add(first)
    markers = ["", *(one.id for one in first.events)]
    for _ in range(5):
        history.happen(4)
        # somebody who reads alone, and a little earlier than the reader of all
        markers.append(history.page(markers[-1]).marker)
        history.happen(3)
        recent.add(history.page(recent.marker))
        for marker in markers:
            alone = history.page(marker)
            found = recent.after(marker)
            assert found is not None
            assert (names(found[0]), found[1]) == (names(alone.events), alone.marker)
            # any of the markers goes on where it says
            for one in found[0]:
                rest = recent.after(one.id)
                assert rest is not None
                assert names(rest[0]) == names(history.page(one.id).events)


def test_who_has_read_more_than_the_reader_of_all_is_told_nothing_twice() -> None:
    history = History()
    recent = RecentEvents("")
    history.told = [(-1, "e0"), (0, "n0-0")]
    recent.add(history.page(""))
    history.told.append((0, "n0-1"))
    ahead = history.page("").marker
    assert recent.after(ahead) == ((), ahead)
    recent.add(history.page(recent.marker))
    assert recent.after(ahead) == ((), ahead)


def test_a_place_that_is_not_kept_is_not_guessed() -> None:
    history = History()
    history.happen(30)
    recent = RecentEvents("", most_events=10)
    page = history.page("")
    recent.add(page)
    for marker in ("", page.events[3].id, "hffff", "hffff~0-3"):
        assert recent.after(marker) is None
    told = recent.after(page.events[-4].id)
    assert told is not None
    assert names(told[0]) == names(page.events[-3:])
    # and what begins in the middle knows nothing of before
    later = RecentEvents(page.events[20].id)
    assert later.after(page.events[5].id) is None
    assert later.after("") is None
    assert later.after(page.events[20].id) == ((), page.events[20].id)


def test_long_texts_count() -> None:
    recent = RecentEvents("", most_bytes=5000)
    long = [Event("t", "heat", None, None, "create", "failed", "x" * 2000, f"h{n}") for n in "abc"]
    assert len(recent.add(EventPage(tuple(long), "hc", STATUS, False))) == 3
    assert recent.after("") is None
    told = recent.after("ha")
    assert told is not None
    assert [one.id for one in told[0]] == ["hb", "hc"]


def test_what_heat_tells_again_is_not_new() -> None:
    history = History()
    history.happen(6)
    recent = RecentEvents("")
    assert len(recent.add(history.page(""))) == 6
    told = recent.marker
    # Heat did not know the marker, and told all from the beginning
    heat = [one for one in history.page("").events if one.source == "heat"]
    again = EventPage((*heat, event("heat", "new", "hfff")), "hfff", STATUS, False)
    assert names(recent.add(again)) == ["new"]
    rest = recent.after(told)
    assert rest is not None
    assert names(rest[0]) == ["new"]
