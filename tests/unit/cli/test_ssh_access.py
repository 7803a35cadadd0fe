"""The configuration of ssh, and where its key is."""

from __future__ import annotations

import argparse
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests_mock

from disco.attributes import MASTER_NAME
from disco.cli import ssh_access
from disco.cli.exit_status import CommandError, Status
from disco.cli.main import main
from disco.cli.ssh_access import _config, _write_key, access, private_folder, quoted
from disco.client import Cluster, Node
from tests.support.hostile import ADDRESSES, IDS, NAMES, fake_program
from tests.support.wire import ID, URL, error, resource

ROOT = Path(__file__).parents[3]
NODES = [Node("m", "master", 0), Node("w-7", "worker", 7)]
WORKER = {"name": "w-1", "role": "worker", "number": 1}
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


@pytest.mark.parametrize("status", ["SUSPEND_COMPLETE", "SUSPEND_IN_PROGRESS"])
def test_a_suspended_cluster_is_not_knocked_at(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_program(tmp_path, "ssh")
    monkeypatch.setenv("PATH", str(tmp_path))
    cluster = Cluster(ID, {**CLUSTER.attributes, "stack_status": status})
    asked = argparse.Namespace(identity=None, ssh_port=None, user=None, ssh_option=[])
    with pytest.raises(CommandError, match="is suspended") as refused, access(cluster, [], asked):
        pass
    assert refused.value.hint == "Resume it first: disco resume."


def test_the_key_is_for_its_owner_and_is_removed_with_its_folder() -> None:
    with private_folder() as folder:
        key = _write_key(folder, CLUSTER, None)
        assert key
        assert key.read_text() == "BEGIN\nEND"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_the_folder_of_a_command_that_was_killed_is_removed_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    code = (
        "import os, signal\n"
        "from disco.cli.ssh_access import private_folder\n"
        "with private_folder() as folder:\n"
        "    (folder / 'key').touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT)
    (killed,) = runtime.iterdir()
    (runtime / "disco-of-others").mkdir()
    with private_folder() as first:
        with private_folder() as second:
            assert {*runtime.iterdir()} == {first, second, runtime / "disco-of-others"}
        assert killed.name not in {path.name for path in runtime.iterdir()}
        assert first.is_dir()


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


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for ssh; the file that says what it was called with, once it was."""
    said = fake_program(tmp_path, "ssh")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return said


COMMANDS = (
    ["ssh", ID, "--ssh-port", "22"],
    ["ssh", ID, "--ssh-port", "22", "--user", "u", "--", "true"],
    ["tunnel", ID, "--forward", "9000", "--ssh-port", "22"],
    ["logs", ID, "--ssh", "--ssh-port", "22", "--user", "u"],
)
MASTER_OF_STACK = {"name": "m", "role": "master", "number": 0}


ODD: list[tuple[dict[str, str], list[object] | None]] = [
    *(({"external_ip": address}, [MASTER_OF_STACK]) for address in ADDRESSES),
    *(({}, [{**MASTER_OF_STACK, "name": name}]) for name in NAMES),
    *(({MASTER_NAME: name}, None) for name in NAMES),
    *(({}, [MASTER_OF_STACK, {"name": n, "role": "worker", "number": 1}]) for n in NAMES[::4]),
    *(({}, [MASTER_OF_STACK, {**WORKER, "alias": name}]) for name in NAMES[::4]),
    *(({}, [MASTER_OF_STACK, {**WORKER, "address": text}]) for text in ADDRESSES[::4]),
    ({"ssh_private_key": "a\x1b[2J"}, [MASTER_OF_STACK]),
]


@pytest.mark.parametrize(
    ("command", "attributes", "nodes"),
    [
        *((COMMANDS[0], *odd) for odd in ODD),
        # the others have the same way to ssh
        *((command, *odd) for command in COMMANDS[1:] for odd in ODD[::10]),
    ],
)
def test_nothing_is_started_for_an_odd_cluster(
    wire: requests_mock.Mocker,
    ssh: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    attributes: dict[str, str],
    nodes: list[object] | None,
) -> None:
    told = {"external_ip": "192.0.2.7", **attributes}
    wire.get(URL, json=resource("CREATE_COMPLETE", **told))
    wire.get(f"{URL}/interfaces", json={"interfaces": []})
    old = {"status_code": 404, "json": error("not-found", "Nothing here.")}
    wire.get(f"{URL}/nodes", **({"json": {"nodes": nodes}} if nodes else old))
    assert main(command) == Status.UNAVAILABLE
    assert "Invalid " in capsys.readouterr().err
    assert not ssh.exists()


@pytest.mark.parametrize("value", IDS)
def test_nothing_is_started_for_an_odd_id(
    wire: requests_mock.Mocker, ssh: Path, value: str
) -> None:
    wire.get(URL, json={**resource("CREATE_COMPLETE", external_ip="192.0.2.7"), "id": value})
    assert main(["ssh", ID, "--ssh-port", "22", "--user", "u"]) == Status.UNAVAILABLE
    assert not ssh.exists()


@pytest.mark.parametrize(
    "options",
    [
        *(["--user", user] for user in ("-x", "a b", "a\nProxyCommand touch X", "", "$(touch X)")),
        *(["--ssh-port", port] for port in ("0", "65536", "-1", "22x", "9" * 5000)),
    ],
)
def test_options_that_ssh_s_configuration_cannot_hold_are_refused(
    ssh: Path, options: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["ssh", ID, *options])
    assert caught.value.code == Status.USAGE
    assert not ssh.exists()


def test_a_node_is_an_operand_and_its_command_is_handed_on(
    wire: requests_mock.Mocker, ssh: Path
) -> None:
    wire.get(URL, json=resource("CREATE_COMPLETE", external_ip="192.0.2.7"))
    wire.get(f"{URL}/nodes", json={"nodes": [MASTER_OF_STACK]})
    assert main(["ssh", ID, "--ssh-port", "22", "--user", "u", "--", "nproc", "--all"]) == 0
    said = ssh.read_text().splitlines()
    assert said[0] == "-F"
    assert said[2:] == ["--", "m", "nproc", "--all"]


def test_ssh_reads_its_configuration_as_it_is_meant(home: Path) -> None:
    strange = home / "100% mine"
    strange.mkdir()
    config = home / "config"
    config.write_text(_config(CLUSTER, NODES, "192.0.2.7", 22, "u", strange / "key", []))
    done = subprocess.run(
        ["ssh", "-G", "-F", config, "--", "w-7"], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert f"hostkeyalias {ID}-w-7" in lines
    assert "proxyjump m" in lines
    assert not [line for line in lines if line.startswith("proxycommand")]
    assert any(line.startswith("identityfile") and "100%% mine/key" in line for line in lines)


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a\\b", "${HOME}", "a\x1bb"])
def test_a_path_that_ssh_cannot_read_is_refused(name: str) -> None:
    with pytest.raises(CommandError, match="ssh cannot use the path"):
        quoted(Path("/") / name)


@pytest.mark.parametrize(
    ("status", "hint"),
    [("CREATE_IN_PROGRESS", "nodes are still starting"), ("CREATE_COMPLETE", "A firewall may")],
)
def test_a_master_that_does_not_answer_yet_is_no_firewall_s(
    status: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_access, "PORTS", ())
    with pytest.raises(CommandError) as refused:
        ssh_access._find_port("192.0.2.7", Cluster(ID, {"stack_status": status}))
    assert hint in str(refused.value.hint)
