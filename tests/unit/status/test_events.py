"""Markers of events are read as they were written, and nothing else is."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco.errors import InvalidRequest
from disco.status.events import Position

positions = st.builds(
    Position,
    st.none() | st.uuids().map(str),
    st.dictionaries(st.integers(0, 9999), st.integers(1, 9_999_999), max_size=20),
)


@given(positions)
def test_a_marker_is_read_as_it_was_written(position: Position) -> None:
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    "text", ["x", "h", "~1", "~1-", "h1~a-2", "~99999-1", f"h{uuid.UUID(int=1)}?"]
)
def test_what_is_no_marker_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Position.parse(text)
    assert refused.value.faults[0].attribute == "since"
