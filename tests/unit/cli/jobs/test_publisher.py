"""What the master's port 8084 shows of a job that was submitted to be seen."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disco.cli.jobs import publisher, submission
from disco.status.job_records import read_jobs, read_stream
from tests.support.cloud import until
from tests.unit.cli.jobs.conftest import Master

KEY = "ab" * 32


@pytest.fixture
def web(master: Master, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What is shown; its owner's mask is as narrow as that of some images."""
    shown = master.home / "webserver"
    shown.mkdir()
    monkeypatch.setattr(submission, "WEB", str(shown))
    old = os.umask(0o077)
    yield shown
    os.umask(old)


def listed(web: Path) -> list[Any]:
    return read_jobs((web / "jobs" / KEY / "jobs.json").read_text(), 0).jobs


def said(web: Path, name: str) -> tuple[int, str]:
    return read_stream((web / "jobs" / KEY / name).read_text())


def test_a_job_and_what_it_says_are_shown_while_it_runs_and_after(
    master: Master, web: Path
) -> None:
    go_on = master.home / "go-on"
    script = f"echo begun; until [ -e {go_on} ]; do sleep 0.1; done; echo over >&2; exit 3"
    master.submit(script, publish_key=KEY)
    stream = web / "jobs" / KEY / "one.stdout"
    until(lambda: stream.exists() and said(web, "one.stdout") == (0, "begun\n"), 30)
    (running,) = listed(web)
    assert (running.id, running.framework, running.state) == ("one", "shell", "running")
    go_on.touch()
    master.ended()
    until(lambda: listed(web)[0].state == "failed", 30)
    (ended,) = listed(web)
    assert (ended.status, ended.ended is not None, ended.seconds is not None) == (3, True, True)
    assert said(web, "one.stderr") == (0, "over\n")


def test_nothing_that_a_user_wrote_is_in_the_list(master: Master, web: Path) -> None:
    master.submit("true", "one", "--password=hunter2", publish_key=KEY)
    master.ended()
    until(lambda: (web / "jobs" / KEY / "jobs.json").exists(), 30)
    text = (web / "jobs" / KEY / "jobs.json").read_text()
    assert "hunter2" not in text
    assert set(json.loads(text)["jobs"][0]) == {
        *("job", "framework", "state", "status"),
        *("submitted", "started", "ended", "seconds", "seen"),
    }


def test_others_can_enter_the_folder_of_the_key_and_not_find_it(master: Master, web: Path) -> None:
    master.submit("echo x", publish_key=KEY)
    master.ended()
    until(lambda: (web / "jobs" / KEY / "one.stdout").exists(), 30)
    modes = [
        stat.S_IMODE((web / path).stat().st_mode)
        for path in ("jobs", f"jobs/{KEY}", f"jobs/{KEY}/one.stdout")
    ]
    assert modes == [0o711, 0o755, 0o644]


def test_a_job_that_writes_over_records_and_list_hides_no_other(master: Master, web: Path) -> None:
    index = web / "jobs" / KEY / "jobs.json"
    master.submit("true", publish_key=KEY)
    master.ended()
    until(lambda: index.exists() and listed(web)[0].state == "done", 30)
    index.write_text(json.dumps({"jobs": [1, {}, {"job": ["x"]}]}))
    record = json.dumps({"framework": "f" * 200_000, "submitted": "2026-01-01T00:00:00Z"})
    go_on = master.home / "go-on"
    script = f"until [ -e {go_on} ]; do sleep 0.1; done; echo '{record}' >../record.json"
    master.submit(script, "two", publish_key=KEY)
    go_on.touch()
    master.ended("two")
    until(lambda: "two" in index.read_text() and listed(web)[0].state == "done", 30)
    assert len(index.read_text()) < 2000


def test_the_folder_that_hides_the_key_is_made_by_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that ends at once ends what makes the folder; it is made when that is over."""
    folder, web = tmp_path / "jobs" / "one", tmp_path / "web"
    folder.mkdir(parents=True)
    web.mkdir()
    (folder / "web.json").write_text(json.dumps({"root": str(web), "key": KEY}))
    one = publisher.Publisher(str(folder))

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(publisher.subprocess, "call", lambda *_, **__: -9)
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(publisher.os, "mkdir", refused)
        one.prepare()
    assert list(web.iterdir()) == []
    one.prepare()
    assert stat.S_IMODE((web / "jobs").stat().st_mode) == 0o711


def test_a_private_job_is_not_shown(master: Master, web: Path) -> None:
    master.submit("echo x")
    master.ended()
    assert list(web.iterdir()) == []


def test_a_job_runs_as_well_where_nothing_can_be_shown(master: Master, web: Path) -> None:
    web.rmdir()
    master.submit("echo x; exit 4", publish_key=KEY)
    assert master.ended()["status"] == 4
    assert not web.exists()
    web.write_text("in the way")
    master.submit("echo x; exit 5", "two", publish_key=KEY)
    assert master.ended("two")["status"] == 5


def test_jobs_side_by_side_are_all_in_the_list_the_newest_first(master: Master, web: Path) -> None:
    names = [f"job-{n}" for n in range(4)]
    for name in names:
        master.submit("sleep 0.2", name, publish_key=KEY)
    for name in names:
        master.ended(name)
    until(lambda: [job.state for job in listed(web)] == ["done"] * 4, 30)
    times = [job.submitted or "" for job in listed(web)]
    assert {job.id for job in listed(web)} == set(names)
    assert times == sorted(times, reverse=True)


def test_of_a_long_log_the_end_stays_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_bytes("ä".encode() * 10 + b"\xff\n")
    shown = publisher.Shown(str(path))
    assert read_stream(shown.read_on() or "") == (0, "ä" * 10 + "\ufffd\n")
    assert shown.read_on() is None
    with path.open("ab") as more:
        more.write(b"x" * publisher.MOST + b"\nlast\n")
    before, text = read_stream(shown.read_on() or "")
    assert text.endswith("x\nlast\n")
    assert (len(text), before + len(text)) == (publisher.KEPT, 12 + publisher.MOST + 6)
    with path.open("ab") as more:
        more.write(b"y" * (40 << 20))  # faster than it is read
    before, text = read_stream(shown.read_on() or "")
    assert set(text) == {"y"} and before > 30 << 20


def test_the_oldest_jobs_leave_the_list_and_their_logs_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "MOST_JOBS", 2)
    (tmp_path / "web").mkdir()
    for number in range(4):
        folder = tmp_path / "jobs" / f"job-{number}"
        folder.mkdir(parents=True)
        (folder / "web.json").write_text(json.dumps({"root": str(tmp_path / "web"), "key": KEY}))
        record = {"framework": "dask", "submitted": f"2026-01-01T00:00:0{number}Z"}
        (folder / "record.json").write_text(json.dumps(record))
        for name in ("stdout", "stderr"):
            (folder / name).write_text("x\n")
        one = publisher.Publisher(str(folder))
        one.prepare()
        one.show()
    assert [job.id for job in listed(tmp_path / "web")] == ["job-3", "job-2"]
    kept = {path.name for path in (tmp_path / "web" / "jobs" / KEY).iterdir()}
    streams = {f"job-{n}.{name}" for n in (2, 3) for name in ("stdout", "stderr")}
    assert kept == {"jobs.json", *streams}
