"""What faults.json says goes wrong, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.fault_injection import FaultInjection, InjectedFault


def test_a_fault_is_of_its_action_and_server(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    faults = FaultInjection(file)
    assert faults.find("create", "master") == InjectedFault()
    file.write_text(json.dumps({"create master": {"state": "ERROR"}, "delete *": {"refuse": 409}}))
    assert faults.find("create", "master").state == "ERROR"
    assert faults.find("create", "worker") == InjectedFault()
    assert faults.find("delete", "worker").refuse == 409


def test_a_damaged_file_injects_nothing(tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text("{")
    assert FaultInjection(tmp_path / "faults.json").find("create", "x") == InjectedFault()


def test_a_late_fault_lets_the_action_be_done() -> None:
    early, late = InjectedFault(refuse=500), InjectedFault(refuse=500, late=True)
    early.after()
    late.before()
    with pytest.raises(ApiError):
        early.before()
    with pytest.raises(ApiError):
        late.after()
