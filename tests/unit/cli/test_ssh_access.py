"""The configuration of ssh, and where its key is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from disco.cli.exit_status import CommandError
from disco.cli.ssh_access import _config, _write_key, private_folder
from disco.client import Cluster, Node
from tests.support.wire import ID

NODES = [Node("m", "master", 0), Node("w-7", "worker", 7)]
CLUSTER = Cluster(ID, {"external_ip": "192.0.2.7", "ssh_private_key": "BEGIN\\nEND"})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def blocks(text: str) -> list[tuple[str, list[str]]]:
    parts = [part.splitlines() for part in text.split("Host ")[1:]]
    return [(lines[0], [line.strip() for line in lines[1:]]) for lines in parts]


def test_workers_are_reached_through_the_master_under_the_cluster_s_host_keys() -> None:
    config = _config(CLUSTER, NODES, "192.0.2.7", 22, "ubuntu", Path("/k"), ["Compression=yes"])
    own, master, worker, common = blocks(config)
    assert own == ("*", ["Compression yes"])
    assert master == ("m", ["HostName 192.0.2.7", "Port 22", f"HostKeyAlias {ID}"])
    assert worker == ("w-7", ["ProxyJump m", f"HostKeyAlias {ID}-w-7"])
    assert {"User ubuntu", 'IdentityFile "/k"', "IdentitiesOnly yes"} <= set(common[1])


def test_an_option_cannot_add_a_line() -> None:
    with pytest.raises(CommandError, match="line break"):
        _config(CLUSTER, NODES, "192.0.2.7", 22, "u", None, ["A=b\nProxyCommand=evil"])


def test_the_key_is_for_its_owner_and_is_removed_with_its_folder() -> None:
    with private_folder() as folder:
        key = _write_key(folder, CLUSTER, None)
        assert key
        assert key.read_text() == "BEGIN\nEND"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_a_runtime_folder_that_others_can_read_is_not_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    with private_folder() as folder:
        assert folder.parent == runtime
    runtime.chmod(0o755)
    with private_folder() as folder:
        assert folder.parent != runtime


def test_a_key_of_the_user_s_own_is_used_as_it_is(home: Path) -> None:
    assert _write_key(home, CLUSTER, "~/mine") == home / "mine"
    assert _write_key(home, Cluster(ID), None) is None
