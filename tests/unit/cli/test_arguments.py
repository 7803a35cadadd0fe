"""Durations as people write them."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from disco.cli.arguments import seconds
from disco.cli.main import parse


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), ("15m", 900), ("1h", 3600), ("0.5H", 1800)]
)
def test_a_duration_is_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["soon", "", "-1", "nan", "1w", "1e300h"])
def test_another_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f'Invalid duration "{text}".*90s, 15m or 1h'):
        seconds(text)


def test_commands_wait_unless_told_not_to() -> None:
    assert parse(["suspend", "3f2a"]).wait is True
    assert parse(["suspend", "3f2a", "--no-wait"]).wait is False
    assert parse(["suspend", "3f2a"]).timeout == 15 * 60
