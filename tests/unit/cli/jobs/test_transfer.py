"""Files that are sent and fetched, and answers that a node made up."""

from __future__ import annotations

import errno
import io
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs import transfer as module
from disco.cli.jobs.channel import Lost
from disco.cli.jobs.transfer import NOTE, Fetched, check_files, fetch, write_files
from disco.client import InvalidAnswer
from tests.unit.cli.jobs.conftest import Master, Parts, line

FOLDER, END = line({"is_folder": True}), line({"end": True})


def test_results_are_fetched_as_they_are(master: Master, tmp_path: Path) -> None:
    master.submit(
        "cd output && mkdir -p deep/er && printf 'a\\0b' >deep/er/bytes && echo x >run"
        " && chmod +x run && ln -s /etc/passwd link && mkfifo pipe && mkdir empty"
    )
    assert master.ended()["state"] == "done"
    into = tmp_path / "results"
    for _ in range(2):  # a second time writes them anew
        assert fetch(master.channel, "one", "output", into) == Fetched(2, 0)
    assert (into / "deep/er/bytes").read_bytes() == b"a\0b"
    assert (into / "run").stat().st_mode & 0o100
    found = {str(p.relative_to(into)) for p in into.rglob("*")}
    assert found == {"deep", "deep/er", "deep/er/bytes", "run", "empty"}
    assert fetch(master.channel, "one", "output/deep/er/bytes", tmp_path / "single").files == 1
    assert (tmp_path / "single" / "bytes").read_bytes() == b"a\0b"
    assert fetch(master.channel, "one", "output/deep", tmp_path / "named").files == 1
    assert (tmp_path / "named" / "deep/er/bytes").exists()


def test_what_cannot_be_fetched_is_counted_and_hides_nothing(
    master: Master, tmp_path: Path
) -> None:
    master.submit("cd output && touch a $'not\\xff utf8' z && mkdir $'d\\xff'")
    master.ended()
    assert fetch(master.channel, "one", "output", tmp_path / "into") == Fetched(2, 2)
    assert sorted(os.listdir(tmp_path / "into")) == ["a", "z"]


def test_results_that_there_are_not_are_said(master: Master, tmp_path: Path) -> None:
    master.submit("true")
    master.ended()
    with pytest.raises(CommandError, match="The job one has no model"):
        fetch(master.channel, "one", "model", tmp_path)
    with pytest.raises(CommandError, match="not in the folder"):
        fetch(master.channel, "one", "../../..", tmp_path)
    with pytest.raises(CommandError, match="no job"):
        fetch(master.channel, "two", "output", tmp_path)


def test_what_cannot_be_sent_is_said_all_at_once(tmp_path: Path) -> None:
    for name in ("a/x.py", "b/x.py", "output/y"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    paths = [tmp_path / name for name in ("a/x.py", "b/x.py", "output", "none")]
    with pytest.raises(CommandError) as caught:
        check_files([str(path) for path in paths])
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "two files" in lines[0]
    assert '"output"' in lines[1]
    assert "no such file" in lines[2]
    with pytest.raises(CommandError, match="not a file"):
        check_files([str(tmp_path / "a")])


def test_links_that_lead_in_a_circle_are_sent_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With two of them there would be no end."""
    for name in ("top/a/one", "top/b/two", "else/three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    top = tmp_path / "top"
    for link, to in (("a/up", top), ("b/up", top), ("b/a", top / "a"), ("b/c", tmp_path / "else")):
        (top / link).symlink_to(to)
    out = io.BytesIO()
    write_files([top], out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tree:
        names = [member.name for member in tree if member.isreg()]
    assert names[:-1] == ["top/a/one", "top/b/a/one", "top/b/c/three", "top/b/two"]
    assert capsys.readouterr().err.count("is not sent") == 3


def file(name: str, said: bytes = b"", **more: Any) -> bytes:
    return line({"file": name, **more}) + (line({"bytes": len(said)}, said) if said else b"")


def fetched(
    into: Path, *said: bytes, path: str = "output", most: int = 1 << 20, begin: bytes = FOLDER
) -> Fetched:
    channel: Any = Parts(b"".join([begin, *said]))
    return fetch(channel, "one", path, into, most)


@pytest.mark.parametrize(
    "odd",
    [
        *("../up", "/etc/cron.d/x", "a/../../up", "a\nb", "a\x1b[2J", "x/" * 200 + "y"),
        *("a/" * 50 + "y", ".", "", 5, None, ["a"], "\u202egnp.exe"),
    ],
)
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, kind: str, odd: Any) -> None:
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(InvalidAnswer):
        fetched(into, line({kind: odd}), END)
    assert list(into.iterdir()) == []
    assert list(tmp_path.iterdir()) == [into]


@pytest.mark.parametrize("begin", [FOLDER, line({"is_folder": False})])
@pytest.mark.parametrize(
    "said",
    [
        file(".bashrc", b"evil"),
        file("model.pkl", b"x") + file(".bashrc", b"evil"),
        line({"folder": ".ssh"}) + file(".ssh/authorized_keys", b"evil"),
    ],
)
def test_who_fetches_one_file_gets_that_one_and_no_other(
    tmp_path: Path, begin: bytes, said: bytes
) -> None:
    """As a node does which writes .bashrc where model.pkl was asked for, with ``--to .``."""
    (tmp_path / ".bashrc").write_text("mine")
    try:
        fetched(tmp_path, said, END, path="output/model.pkl", begin=begin)
    except InvalidAnswer:
        assert begin != FOLDER
    assert (tmp_path / ".bashrc").read_text() == "mine"
    assert set(os.listdir(tmp_path)) <= {".bashrc", "model.pkl"}


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into/latest").symlink_to(tmp_path)
    for said in (file("latest/x", b"x"), line({"folder": "latest/y"}), line({"folder": "latest"})):
        with pytest.raises(CommandError, match="is a link"):
            fetched(tmp_path / "into", said, END)
    assert os.listdir(tmp_path) == ["into"]
    fetched(tmp_path / "into", file("latest", b"x"), END)  # the link is a file then
    assert (tmp_path / "into/latest").read_bytes() == b"x"
    assert not (tmp_path / "into/latest").is_symlink()


def test_a_fetch_has_an_end_and_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Lost):
        fetched(tmp_path, file("a", b"x"))
    assert os.listdir(tmp_path) == []  # it may be a part of it
    with pytest.raises(CommandError, match="more than 1 MiB"):
        fetched(tmp_path, line({"file": "a"}), *[line({"bytes": 1 << 16}, b"x" * (1 << 16))] * 17)
    monkeypatch.setattr(module, "MAX_FILES", 3)
    with pytest.raises(CommandError, match="3 files"):
        fetched(tmp_path, *[line({"folder": "a"})] * 4)
    assert os.listdir(tmp_path) == ["a"]
    assert fetched(tmp_path, file("b", b"x", runs=True), line({"end": 1, "left": 4})) == (1, 4)
    assert fetched(tmp_path, line({"end": 1, "left": -(10**20)})) == (0, 0)


@pytest.mark.parametrize("said", [b"", b"{}\n", line({"is_folder": True})])
def test_a_fetch_that_is_cut_off_is_lost(tmp_path: Path, said: bytes) -> None:
    with pytest.raises(Lost):
        fetched(tmp_path, begin=said)


def test_a_master_that_sends_slower_than_any_line_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MIN_SECONDS", -1.0)
    with pytest.raises(CommandError, match="too slowly"):
        fetched(tmp_path, file("a", b"x"), END)
    assert os.listdir(tmp_path) == []


def test_no_file_of_a_job_is_the_note_of_a_run(tmp_path: Path) -> None:
    named = file(NOTE, b"x") + file(NOTE.upper(), b"x")
    assert fetched(tmp_path, named, file("a", b"x"), END) == (1, 2)
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(CommandError, match="Cannot write"):
        fetched(tmp_path, file("a", b"x"), END)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_is_said_and_nothing_is_left_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdopen", lambda number, _: io.BufferedWriter(Full(number, "wb")))
    with pytest.raises(CommandError, match="no space left") as caught:
        # what came first is kept for the disk, and tried again when the file is closed
        fetched(tmp_path, file("a", b"x"), line({"bytes": 60_000}, b"x" * 60_000), END)
    assert caught.value.status == Status.FAILED
    assert os.listdir(tmp_path) == []
