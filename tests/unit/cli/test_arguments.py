"""Commands wait unless told not to."""

from __future__ import annotations

from disco.cli.main import parse


def test_commands_wait_unless_told_not_to() -> None:
    assert parse(["suspend", "3f2a"]).wait is True
    assert parse(["suspend", "3f2a", "--no-wait"]).wait is False
    assert parse(["suspend", "3f2a"]).timeout == 15 * 60
