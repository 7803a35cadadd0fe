"""What a worker sends is less trusted than the master's root, who unpacks it."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import Answer, Node, Server
from tests.nodes.scripts.test_end import end

Serve = Callable[[Answer], Server]
GOOD = "components/dask/installed.log"


def member(name: str, content: bytes = b"x", **more: object) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    for key, value in more.items():
        setattr(entry, key, value)
    return entry, content


def archive(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        for entry, content in members:
            tar.addfile(entry, io.BytesIO(content) if entry.isreg() else None)
    return out.getvalue()


LINK, HARD = {"type": tarfile.SYMTYPE, "size": 0}, {"type": tarfile.LNKTYPE, "size": 0}
HOSTILE = {
    "setuid": member("components/dask/sh.log", b"#!", mode=0o4755),
    "a device": member(
        "components/dask/disk.log", b"", type=tarfile.BLKTYPE, devmajor=7, devminor=0, mode=0o666
    ),
    "a pipe": member("components/dask/pipe.log", b"", type=tarfile.FIFOTYPE),
    "a link": member("components/dask/link.log", b"", linkname="/etc/shadow", **LINK),
    "a link to a folder": member("components/hadoop", b"", linkname="/etc", **LINK),
    "a hard link": member("components/dask/hard.log", b"", linkname="/etc/shadow", **HARD),
    "a status": member("status.json"),
    "the way up": member("components/dask/../../../../stolen.log"),
    "the way up first": member("../stolen.log"),
    "an absolute name": member("/stolen.log"),
    "another name": member("components/dask/authorized_keys"),
    "a large one": member("components/dask/large.log", b"x" * (257 << 10)),
}


@pytest.fixture
def unpack(master: Node) -> Callable[[bytes], Path]:
    """The master's folder for a worker, after it unpacked an archive as disco_gather does."""
    assert master.run("disco_agent").returncode == 0
    folder = master.web / "nodes/c1-worker-1"
    folder.mkdir(parents=True)

    def run(content: bytes) -> Path:
        (folder / ".components.tar").write_bytes(content)
        script = master.root / "opt/disco/lib/workerlogs.py"
        command = [sys.executable, "-I", str(script), str(folder)]
        subprocess.run(command, check=False, capture_output=True, timeout=30)
        return folder

    return run


def tree(folder: Path) -> dict[str, int]:
    """Everything below it, with type and mode."""
    paths = sorted(folder.rglob("*"))
    return {str(p.relative_to(folder)): p.lstat().st_mode for p in paths if not p.is_dir()}


@pytest.mark.parametrize("kind", HOSTILE)
def test_only_logs_are_unpacked(master: Node, unpack: Callable[[bytes], Path], kind: str) -> None:
    before = tree(master.root)
    folder = unpack(archive(member(GOOD, b"good", mode=0o600), HOSTILE[kind]))
    added = {path: mode for path, mode in tree(master.root).items() if path not in before}
    wanted = {GOOD} | ({"components/dask/sh.log"} if kind == "setuid" else set())
    assert set(added) == {f"{folder.relative_to(master.root)}/{name}" for name in wanted}
    assert {stat.S_IMODE(mode) for mode in added.values()} == {0o644}
    assert all(map(stat.S_ISREG, added.values()))
    assert (folder / GOOD).read_bytes() == b"good"


def test_what_is_behind_something_hostile_is_unpacked_all_the_same(
    unpack: Callable[[bytes], Path],
) -> None:
    folder = unpack(archive(*HOSTILE.values(), member(GOOD, b"good")))
    assert (folder / GOOD).read_bytes() == b"good"
    assert not (folder / ".components.tar").exists()


def test_daemons_logs_go_where_port_8084_does_not_show_them(
    master: Node, unpack: Callable[[bytes], Path]
) -> None:
    unpack(archive(member("daemons/jupyter/lab.log", b"payroll", mode=0o666)))
    (log,) = master.root.rglob("lab.log")
    assert log == master.root / "var/log/disco/nodes/c1-worker-1/jupyter/lab.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2"])
def test_a_packed_archive_is_not_unpacked(unpack: Callable[[bytes], Path], mode: str) -> None:
    """It could become any size."""
    assert tree(unpack(archive(member(GOOD, b"0" * 1000), mode=mode))) == {}


def test_a_link_that_waits_for_a_log_is_not_followed(
    unpack: Callable[[bytes], Path], tmp_path: Path
) -> None:
    """Earlier versions unpacked links."""
    folder = unpack(b"")
    (folder / "components/dask").mkdir(parents=True)
    for name in (GOOD, f"{GOOD}.new"):
        (folder / name).symlink_to(tmp_path / "shadow")
    unpack(archive(member(GOOD, b"evil"), member("components/ray/ready.log")))
    assert not (tmp_path / "shadow").exists()


def test_not_more_files_are_unpacked_than_a_node_can_have(unpack: Callable[[bytes], Path]) -> None:
    many = [member(f"components/dask/{number}.log", b"") for number in range(2000)]
    assert len(tree(unpack(archive(*many)))) <= 500


@pytest.mark.parametrize("hook", [False, True], ids=["at the end", "who joins"])
def test_the_master_unpacks_both_times_with_the_same_care(
    master: Node, serve: Serve, hook: bool
) -> None:
    content = {
        "components.tar": archive(*HOSTILE.values(), member(GOOD, b"good")),
        "status.json": b'{"status": "done"}',
    }

    def answer(handler: object, request: object) -> None:
        body = content.get(request.path.strip("/"), b"")  # type: ignore[attr-defined]
        handler.send_response(200)  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        handler.wfile.write(body)  # type: ignore[attr-defined]

    # the port of a node's log server leads to the worker of this test
    port = serve(answer).url.rpartition(":")[2]
    master.stand_in(
        "curl",
        f'sed "s/:8084/:{port}/" | exec /usr/bin/curl "${{@//:8084/:{port}}}"',
    )
    facts = {"DISCO_WORKER_BASE": "127.0.0.0", "DISCO_TIMEOUT": "10"}
    assert master.run("disco_base_setup", **facts).returncode == 0
    before = tree(master.root)
    if hook:
        subprocess.run(
            [master.root / "opt/disco/agent.d/join"],
            input="disco_joining=1 1\n",
            env=master.environment(**facts),
            text=True,
            check=True,
            timeout=60,
        )
    else:
        done = master.run("disco_base_setup\n" + end(), **facts)
        assert done.returncode == 0, done.stdout + done.stderr
    added = {path: mode for path, mode in tree(master.root).items() if path not in before}
    assert f"home/ubuntu/webserver/nodes/c1-worker-1/{GOOD}" in added
    assert {p.rpartition("/")[2] for p in added if p.endswith(".log")} == {
        "deployment.log",
        "installed.log",
        "sh.log",
    }
    assert all(stat.S_ISREG(mode) and not mode & 0o7022 for mode in added.values())


def test_a_worker_that_sends_without_end_does_not_fill_the_disk(master: Node, serve: Serve) -> None:
    """What is asked of a worker has a size and a time."""
    master.stand_in("curl", 'printf "%s\\n" "$@" >>"$HOME/asked"; cat >/dev/null')
    master.run("disco_base_setup\n" + end(), DISCO_TIMEOUT="0")
    master.run("disco_gather() { :; }\n" + "pending=([1]=w)\ndisco_ask_nodes <<<x")
    asked = (master.root / "asked").read_text().split()
    calls = asked.count("--config")
    assert calls >= 2
    for option in ("--max-filesize", "--limit-rate", "-m"):
        assert asked.count(option) == calls
