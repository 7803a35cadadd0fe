"""A delete that Heat is too busy for is repeated; the real Heat of the tests never is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from heatclient import exc

from disco.errors import Conflict
from disco.heat import stacks


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[stacks.Stacks, mock.Mock]:
    monkeypatch.setattr(stacks.time, "sleep", lambda _: None)
    delete = mock.Mock(side_effect=answers)
    found = stacks.Stacks.__new__(stacks.Stacks)
    found._heat = SimpleNamespace(stacks=SimpleNamespace(delete=delete))
    return found, delete


def test_a_conflict_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    found, delete = answering(monkeypatch, exc.HTTPConflict(), exc.HTTPConflict(), None)
    found.delete("disco_x")
    assert delete.call_count == 3


def test_what_is_gone_meanwhile_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answering(monkeypatch, exc.HTTPConflict(), exc.HTTPNotFound())
    found.delete("disco_x")


def test_a_conflict_that_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answering(monkeypatch, *[exc.HTTPConflict()] * 9)
    with pytest.raises(Conflict):
        found.delete("disco_x")
