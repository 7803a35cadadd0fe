"""The gate: nothing may cost more than what is recorded without the record saying so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import counts
from benchmarks.commands import modules_of

RECORDED = json.loads(counts.RECORDED.read_text())
ANEW = "meant? then python -m benchmarks.counts --write"


def test_no_verb_asks_the_cloud_more_often(tmp_path: Path) -> None:
    assert counts.cloud_calls(tmp_path) == RECORDED["cloud_calls"], ANEW


def test_a_worker_costs_heat_no_more_bytes_and_resources() -> None:
    costs, recorded = counts.worker_costs(), RECORDED["worker"]
    assert costs["bytes"] <= recorded["bytes"] * counts.MARGIN, ANEW
    assert costs["resources"] <= recorded["resources"], ANEW


def test_the_command_line_imports_no_more_modules() -> None:
    recorded = RECORDED["modules of disco --help"]
    assert modules_of(("--help",)) <= recorded * counts.MARGIN, ANEW


def test_a_draft_takes_no_more_instructions() -> None:
    recorded = RECORDED["instructions of a draft"].get(counts.interpreter())
    if recorded is None:
        pytest.skip(f"recorded for {', '.join(RECORDED['instructions of a draft'])} alone")
    counted = counts.instructions()
    if counted is None:
        pytest.skip("valgrind is not installed")
    assert counted <= recorded * counts.MARGIN, ANEW
