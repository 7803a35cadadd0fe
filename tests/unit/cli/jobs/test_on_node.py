"""What calls of a master do to its jobs."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs import on_node
from disco.cli.jobs.on_node import END
from tests.support.cloud import until
from tests.unit.cli.jobs.conftest import Master


def call(verb: str, request: dict[str, Any], more: bytes = b"") -> Any:
    """An answer, as Python on the master gives it."""
    done = subprocess.run(
        [sys.executable, "-I", str(on_node.__file__), verb],
        input=json.dumps(request).encode() + b"\n" + more,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def archive(*names: str) -> bytes:
    """An archive of empty files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w|") as tree:
        for name in names:
            tree.addfile(tarfile.TarInfo(name))
    return out.getvalue()


def test_a_job_that_is_submitted_again_runs_once(master: Master) -> None:
    for _ in range(3):
        master.submit("echo run >>$HOME/runs")
    assert master.ended()["state"] == "done"
    master.submit("echo run >>$HOME/runs")
    assert (master.home / "runs").read_text() == "run\n"


def test_a_job_whose_submission_was_cut_off_before_its_start_starts_when_it_is_repeated(
    master: Master,
) -> None:
    master.submit("echo run >>$HOME/runs")
    master.ended()
    for name in ("start.json", "end.json"):
        (master.folder("one") / name).unlink()
    assert master.channel.job("one").state == "queued"
    master.submit("echo run >>$HOME/runs")
    assert master.ended()["state"] == "done"
    assert (master.home / "runs").read_text() == "run\nrun\n"


@pytest.mark.parametrize("sent", [archive("one.sh")[:512], archive("one.sh"), b""])
def test_files_that_did_not_arrive_as_a_whole_are_not_run(master: Master, sent: bytes) -> None:
    record = {"framework": "shell", "words": ["one.sh"], "command": "touch $HOME/ran"}
    told = call("submit", {"job": "one", "record": record, "files": {"runner.py": ""}}, sent)
    assert told == {"refused": "cut-off"}
    assert os.listdir(master.home / "disco-jobs") == []
    assert call("list", {})["jobs"] == []


def test_jobs_are_listed_the_newest_first_and_found_by_the_beginning(master: Master) -> None:
    for number, name in enumerate(("b-old", "a-new", "a-newer")):
        master.submit("true", name)
        record = master.folder(name) / "record.json"
        os.utime(record, (1_700_000_000 + number,) * 2)
    listed, more, _ = master.channel.jobs()
    assert ([job.id for job in listed], more) == (["a-newer", "a-new", "b-old"], 0)
    assert master.channel.job(None).id == "a-newer"
    assert master.channel.job("b").id == "b-old"
    assert master.channel.job("a-new").id == "a-new"
    for name, status in (("a", Status.USAGE), ("c", Status.NOT_FOUND), ("../x", Status.NOT_FOUND)):
        with pytest.raises(CommandError) as caught:
            master.channel.job(name)
        assert caught.value.status == status


def test_a_cluster_without_jobs_says_so(master: Master) -> None:
    assert master.channel.jobs() == ([], 0, 0)
    with pytest.raises(CommandError, match="no jobs yet"):
        master.channel.job(None)


@pytest.mark.parametrize(
    "record",
    [
        "[" * 100_000,
        '{"words": 5, "framework": [], "submitted": {}}',
        '{"words": [{"a": 1e999}], "framework": 1e999}',
        f'{{"words": ["{"x" * 1_000_000}"], "command": "{"y" * 900_000}"}}',
        f'{{"submitted": {"9" * 4000}}}',
        "\\xff",
    ],
)
def test_a_job_that_writes_its_own_record_hides_no_other(master: Master, record: str) -> None:
    for number in range(6):
        folder = master.folder(f"odd-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "record.json").write_text(record)
        (folder / "start.json").write_text('{"pid": 1e999, "boot": "", "started": 5}')
    master.submit("true")
    master.ended()
    found = master.channel.jobs()
    assert [job.state for job in found.jobs if job.id == "one"] == ["done"]
    assert len(found.jobs) + found.odd == 7


def test_a_job_that_has_ended_is_not_cancelled(master: Master) -> None:
    master.submit("true")
    master.ended()
    assert master.channel.cancel("one").state == "done"
    assert not (master.folder("one") / "cancel").exists()


def test_folders_are_for_nobody_else(master: Master) -> None:
    master.submit("true")
    assert (master.home / "disco-jobs").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("path", "refused"), [("../..", "outside"), ("/etc/passwd", "outside"), ("no", "no-results")]
)
def test_only_a_job_s_own_files_are_fetched(master: Master, path: str, refused: str) -> None:
    master.submit("ln -s /etc output/link")
    master.ended()
    assert call("fetch", {"job": "one", "path": path}) == {"refused": refused}
    assert call("fetch", {"job": "one", "path": "output/link"}) == {"refused": "outside"}


def test_an_end_is_written_once(master: Master) -> None:
    """The log of a job that says nothing ends with it, and not before."""
    master.submit("until [ -e $HOME/enough ]; do sleep 0.05; done; exit 7")
    process = subprocess.Popen(
        [sys.executable, "-I", str(on_node.__file__), "follow"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    request = {"job": "one", "stdout": 0, "stderr": 0, "follow": True}
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.close()
    assert process.poll() is None
    Path(master.home, "enough").touch()
    lines = process.stdout.read().splitlines()
    assert process.wait(timeout=30) == 0
    assert json.loads(lines[-1])["end"]["status"] == 7
    until(lambda: not master.processes(), 30)
    assert END not in os.listdir(master.folder("one") / "work")
