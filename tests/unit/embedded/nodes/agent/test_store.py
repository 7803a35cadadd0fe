"""What the agent keeps survives it, and is private."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.embedded.nodes.agent import store
from disco.embedded.nodes.agent.errors import HostError
from disco.embedded.nodes.container.node import Record
from tests.unit.embedded.nodes.specs import SPEC


def test_records_survive_the_disk(tmp_path: Path) -> None:
    record = Record(SPEC, "SUSPENDED", None, ("/a", "/b"))
    store.write(tmp_path / "deep/node.json", record)
    assert store.read(Record, tmp_path / "deep/node.json") == record


def test_records_are_private(tmp_path: Path) -> None:
    store.write(tmp_path / "node.json", Record(SPEC))
    assert (tmp_path / "node.json").stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_left_out_and_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.write(tmp_path / "a.json", SPEC)
    (tmp_path / "b.json").write_text('{"server_id"')
    assert store.read_all(type(SPEC), tmp_path, "*.json") == [SPEC]
    assert "b.json cannot be read" in caplog.text
    assert (tmp_path / "b.json").exists()


@pytest.mark.parametrize("identifier", ["", ".", "../x", "a/b", "a\n", "x" * 65])
def test_an_identifier_that_could_be_a_path_is_refused(identifier: str) -> None:
    with pytest.raises(HostError, match="Invalid identifier"):
        store.file_name(identifier)
