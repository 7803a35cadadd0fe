"""Diagnostics are what can be had: a part that fails is named, and raises nothing."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.attributes import FAILURE_CONSOLE, FAILURE_HINT, FAILURE_REASON, PHASE
from disco.errors import CloudTimeout
from disco.heat.stacks import Stack
from disco.status import diagnostics
from disco.status.console_log import console_logs
from disco.status.diagnostics import PARTS, collect

LOGIN: Any = mock.Mock()
STACK = Stack("c", "s", "CREATE_FAILED")  # type: ignore[arg-type]
READERS = {"events": "_events", "console": "console_logs", "deployment_log": "_deployment_log"}


@pytest.mark.parametrize("failing", PARTS)
@pytest.mark.parametrize("error", [RecursionError(), ValueError(), CloudTimeout("late")])
def test_a_part_that_fails_is_named_and_the_others_are_there(
    monkeypatch: pytest.MonkeyPatch, failing: str, error: Exception
) -> None:
    def attributes() -> dict[str, str]:
        if failing == "attributes":
            raise error
        return {"a": "b"}

    for part, reader in READERS.items():
        read = mock.Mock(side_effect=error if part == failing else None, return_value=["told"])
        monkeypatch.setattr(diagnostics, reader, read)
    found = collect(LOGIN, STACK, mock.Mock(), attributes)
    assert found["missing"] == [failing]
    assert not found[failing]
    assert [bool(found[part]) for part in PARTS].count(True) == len(PARTS) - 1


def test_nothing_is_missing_where_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in READERS.values():
        monkeypatch.setattr(diagnostics, reader, mock.Mock(return_value="told"))
    assert set(collect(LOGIN, STACK, mock.Mock(), dict)) == {"id", *PARTS}


def test_consoles_are_not_asked_for_after_their_time() -> None:
    servers = [mock.Mock(type="OS::Nova::Server", physical_id=f"id{n}") for n in range(3)]
    for number, server in enumerate(servers):
        server.name = f"worker_{number + 1}"
    with (
        mock.patch("disco.status.console_log.StackHistory") as history,
        mock.patch("disco.status.console_log._console", return_value="text") as console,
    ):
        history.return_value.resources.return_value = servers
        assert len(console_logs(LOGIN, STACK, None, 1, 9)) == 3
        assert console_logs(LOGIN, STACK, None, 1, 9, seconds=-1) == {}
    assert console.call_count == 3


def test_a_node_s_word_on_its_signal_is_in_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heat knows only that it heard nothing; the node's console has curl's words."""
    said = "Heat did not take the signal SUCCESS: curl: (60) SSL certificate problem: no CA"
    stack = mock.Mock(reason="WaitConditionTimeout: resources.done: 0 of 1 received")
    shown = {PHASE: "failed", FAILURE_REASON: "0 of 1 received"}
    logs = mock.Mock(return_value={"disco-manager": f"boot\n2026 disco-manager: {said}\nlogin:"})
    monkeypatch.setattr(diagnostics, "console_logs", logs)
    told = diagnostics.console_attributes(LOGIN, stack, shown)
    assert told[FAILURE_REASON] == f"0 of 1 received; {said}"
    assert "ca_file" in told[FAILURE_HINT]
    logs.return_value = {"disco-manager": "boot\nlogin:"}
    assert set(diagnostics.console_attributes(LOGIN, stack, shown)) == {FAILURE_CONSOLE}
