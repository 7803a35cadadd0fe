"""The state directory is private, has one owner, and survives an interrupted start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disco.embedded.state_dir import StateDir, write_private
from disco.errors import ConfigurationError


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    state = StateDir(tmp_path / "state")
    state.prepare()
    return state


def test_it_is_readable_by_its_owner_alone(state: StateDir) -> None:
    state.secrets()
    for path in (state.path, state.logs, state["secrets"]):
        assert path.stat().st_mode & 0o077 == 0


def test_secrets_stay_and_differ(state: StateDir) -> None:
    secrets = state.secrets()
    assert StateDir(state.path).secrets() == secrets
    assert len(set(secrets.values())) == len(secrets)


def test_what_an_older_version_did_not_know_is_made_beside_what_it_did(state: StateDir) -> None:
    secrets = state.secrets()
    older = {name: value for name, value in secrets.items() if not name.startswith("swift")}
    write_private(state["secrets"], json.dumps(older))
    now = state.secrets()
    assert older.items() < now.items()
    assert now.keys() == secrets.keys()
    assert state.secrets() == now


@pytest.mark.parametrize("text", ["", "{", "[]", '{"admin": 1}', '{"admin": "x"}'])
def test_damaged_secrets_are_not_made_again(state: StateDir, text: str) -> None:
    state["secrets"].write_text(text)
    with pytest.raises(ConfigurationError, match="secrets is damaged"):
        state.secrets()
    assert state["secrets"].read_text() == text


def test_one_process_owns_it_at_a_time(state: StateDir) -> None:
    state.lock()
    other = StateDir(state.path)
    with pytest.raises(ConfigurationError, match="is in use by the process with id"):
        other.lock()
    state.unlock()
    other.lock()
    other.unlock()


def test_a_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        StateDir(tmp_path / "file").prepare()


def test_an_unfinished_start_is_discarded_and_a_complete_one_kept(state: StateDir) -> None:
    database = state["heat"] / "heat.db"
    database.write_text("half")
    state["resources.db-wal"].write_text("half")
    state.discard_unfinished()
    assert not database.exists()
    assert not state["resources.db-wal"].exists()
    state.prepare()
    database.write_text("whole")
    state.mark_complete({"heat": "1", "port": 5000})
    state.discard_unfinished()
    assert database.exists()
    assert state.marker() == {"heat": "1", "port": 5000}


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, json.dumps({"new": True}))
    assert json.loads(file.read_text()) == {"new": True}
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
