"""Events can be shown and followed, or are refused."""

from __future__ import annotations

from typing import Any

import pytest

from disco.client import InvalidAnswer
from disco.client.event import read_event
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS, NAMES

EVENT: dict[str, Any] = {
    "id": "h1f~0-2",
    "time": "2026-05-01T12:00:00Z",
    "source": "node",
    "node": "disco-worker-1",
    "step": "dask:installed",
    "status": "done",
    "text": "1.5 s",
    "seconds": 1.5,
}


def test_an_event_is_what_the_service_says() -> None:
    assert read_event({**EVENT, "resource": None}) == {**EVENT, "resource": None}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("node", name) for name in NAMES),
        ("id", "a b"),
        ("id", 5),
        ("time", "soon"),
        ("time", 10**400),
    ],
)
def test_an_odd_one_is_refused(key: str, value: object) -> None:
    with pytest.raises(InvalidAnswer):
        read_event({**EVENT, key: value})


def test_texts_are_plain_and_what_has_another_form_is_left_out() -> None:
    read = read_event({**EVENT, "step": CONTROLS, CONTROLS: "x", "text": [1], "more": {"a": 1}})
    assert not UNSAFE.search("".join(map(str, (*read, *read.values()))))
    assert "text" not in read
    assert "more" not in read
