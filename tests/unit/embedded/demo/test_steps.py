"""A cluster of an earlier run is there when its nodes work, and its results are called old."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests_mock

from disco.embedded.demo import steps
from disco.embedded.demo.steps import Demo, DemoFailed

URL = "http://127.0.0.1:8888/disco/one"
BOOTING = {"status": "unhealthy", "reason": "disco-worker-1: dask-worker does not run"}


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demo:
    (tmp_path / "demo-cluster").write_text("one")
    monkeypatch.setattr(steps.time, "sleep", lambda _: None)
    monkeypatch.setattr(steps, "describe", lambda *_: None)
    service: Any = SimpleNamespace(poll=lambda: None)
    options: Any = SimpleNamespace(state=tmp_path, port=8888)
    found = Demo(options, service)
    found.runs_nodes = True
    return found


@pytest.fixture
def cloud() -> Any:
    attributes = {
        "stack_status": "CREATE_COMPLETE",
        "external_ip": "192.0.2.7",
        "ssh_private_key": "key",
    }
    smoke = {"result": "42", "seconds": 1.0}
    with requests_mock.Mocker() as mocker:
        mocker.get(URL, json={"attributes": attributes})
        mocker.get("http://192.0.2.7:8084/deployment.log", text="")
        told = {"smoke": {"dask": smoke, "jupyter": smoke}}
        mocker.get("http://192.0.2.7:8084/status.json", json=told)
        yield mocker


def test_nodes_that_boot_again_are_waited_for(
    demo: Demo, cloud: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    health = cloud.get(f"{URL}/health", [{"json": BOOTING}, {"json": {"status": "healthy"}}])
    demo.create()
    demo.wait_for_cluster()
    demo.show()
    printed = capsys.readouterr().out
    assert health.call_count == 2
    assert "All its nodes are healthy after" in printed and "is complete" not in printed
    assert "run when the earlier run created the cluster:" in printed


def test_nodes_that_do_not_come_back_are_told_with_the_reason(
    demo: Demo, cloud: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "HEALTH_DEADLINE", 0.2)
    cloud.get(f"{URL}/health", json=BOOTING)
    demo.create()
    with pytest.raises(DemoFailed, match="dask-worker does not run"):
        demo.wait_for_cluster()
