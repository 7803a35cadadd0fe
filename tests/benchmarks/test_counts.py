"""The gate: nothing may cost more than what is recorded without the record saying so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import counts
from benchmarks.commands import modules_of
from benchmarks.verbs import verbs
from disco.embedded.cloud import EmbeddedCloud

RECORDED = json.loads(counts.RECORDED.read_text())
ANEW = "meant? then python -m benchmarks.counts --write"


#: a service in which one verb asks the cloud once more than it has to
ASKS_TWICE = """
from disco.heat.stack_texts import StackTexts
once = StackTexts.__init__
StackTexts.__init__ = lambda self, stacks: (once(self, stacks), once(self, stacks))[0]
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with counts.open_cloud(tmp_path_factory.mktemp("counted")) as started:
        yield started


def check(counted: dict[str, int]) -> None:
    """The gate."""
    assert counted == {verb: RECORDED["cloud_calls"][verb] for verb in counted}, ANEW


def test_no_verb_asks_the_cloud_more_often(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    counted = counts.cloud_calls(cloud, tmp_path, verbs())
    assert list(counted) == list(RECORDED["cloud_calls"])
    check(counted)


def test_the_gate_fails_when_a_verb_asks_the_cloud_once_more(
    cloud: EmbeddedCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ASKS_TWICE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    asked = [verb for verb in verbs() if verb.name in ("create", "list")]
    counted = counts.cloud_calls(cloud, tmp_path, asked)
    with pytest.raises(AssertionError, match="meant"):
        check(counted)
    check({"create": counted["create"]})
    assert counted["list"] == RECORDED["cloud_calls"]["list"] + 1


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
