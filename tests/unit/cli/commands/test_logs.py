"""What nodes say names no other file than a log, and controls no terminal."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest
import requests_mock

from disco.cli.commands import logs
from disco.cli.commands.logs import _begun, _steps
from disco.cli.main import main
from disco.client import NotFound
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS
from tests.support.wire import ID, URL, resource

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
def test_no_terminal_is_controlled(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    wire.get(URL, json=resource("CREATE_COMPLETE", external_ip="192.0.2.7"))
    wire.get(f"{URL}/nodes", json={"nodes": [{"name": "m", "role": "master"}]})
    wire.get("http://192.0.2.7:8084/events.jsonl", text=EVENTS)
    assert main(["logs", ID, "events", "-f", form]) == 0
    said = capsys.readouterr().out
    assert "dask:installed" in said
    assert not UNSAFE.search(said)


def test_what_one_way_has_only_in_part_is_printed_once_in_another(
    wire: requests_mock.Mocker,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = '{"node": "w", "step": "dask:%s"}\n'
    there = {
        "events.jsonl": events % "installed" + events % "checked",
        "components/dask/installed.log": "one\n",
        "components/dask/checked.log": "two\n",
    }
    nodes = [{"name": "m", "role": "master"}, {"name": "w", "role": "worker", "number": 1}]
    wire.get(URL, json=resource("CREATE_COMPLETE", external_ip="192.0.2.7"))
    wire.get(f"{URL}/nodes", json={"nodes": nodes})
    for name, text in there.items():
        status = 404 if "checked" in name else 200
        wire.get(f"http://192.0.2.7:8084/nodes/w/{name}", text=text, status_code=status)
    monkeypatch.setattr(logs, "_through_ssh", lambda *_: nullcontext(there.__getitem__))
    assert main(["logs", ID, "dask", "-n", "1"]) == 0
    printed = capsys.readouterr().out
    assert printed == "==> dask:installed <==\none\n==> dask:checked <==\ntwo\n"


def test_who_means_follow_by_f_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["logs", "analysis", "-f"], ["logs", "-f", "analysis"]):
        with pytest.raises(SystemExit):
            main(words)
        assert "use --follow or -F" in capsys.readouterr().err
