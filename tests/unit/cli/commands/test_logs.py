"""What nodes say names no other file than a log, and controls no terminal."""

from __future__ import annotations

import argparse
import json

import pytest

from disco.cli.commands.logs import _begun, _show, _steps
from disco.client import NotFound
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS

STEPS = ("dask:installed", "../../../etc/passwd", "dask:../../x", "-x", "/etc/passwd", CONTROLS)
EVENTS = "".join(
    json.dumps({"node": "m", "step": step, "status": CONTROLS.replace("\ud800", "")}) + "\n"
    for step in STEPS
)


def test_only_steps_that_name_a_log_are_read() -> None:
    assert _begun(lambda _: EVENTS) == ["dask:installed"]
    assert _steps("dask", lambda _: EVENTS) == ["dask:installed"]
    for step in STEPS[1:]:
        with pytest.raises(NotFound):
            _steps(step, lambda _: EVENTS)


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
def test_no_terminal_is_controlled(capsys: pytest.CaptureFixture[str], form: str) -> None:
    args = argparse.Namespace(list=False, log="events", follow=False, output=form)
    _show(args, lambda _: EVENTS)
    said = capsys.readouterr().out
    assert "dask:installed" in said
    assert not UNSAFE.search(said)
