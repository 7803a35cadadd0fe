"""Files that are sent and fetched, and archives that a node made up."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disco.cli.exit_status import CommandError
from disco.cli.jobs.channel import Lost
from disco.cli.jobs.on_node import END
from disco.cli.jobs.transfer import check_files, fetch
from disco.client import InvalidAnswer
from tests.unit.cli.jobs.conftest import Master


def test_results_are_fetched_as_they_are(master: Master, tmp_path: Path) -> None:
    master.submit(
        "cd output && mkdir -p deep/er && printf 'a\\0b' >deep/er/bytes && echo x >run"
        " && chmod +x run && ln -s /etc/passwd link && mkfifo pipe && mkdir empty"
    )
    assert master.ended()["state"] == "done"
    into = tmp_path / "results"
    for _ in range(2):  # a second time writes them anew
        assert fetch(master.channel, "one", "output", into) == 2
    assert (into / "deep/er/bytes").read_bytes() == b"a\0b"
    assert (into / "run").stat().st_mode & 0o100
    found = {str(p.relative_to(into)) for p in into.rglob("*")}
    assert found == {"deep", "deep/er", "deep/er/bytes", "run", "empty"}
    assert fetch(master.channel, "one", "output/deep/er/bytes", tmp_path / "single") == 1
    assert (tmp_path / "single" / "bytes").read_bytes() == b"a\0b"


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


class _Process:
    def __init__(self, said: bytes) -> None:
        self.stdout = io.BytesIO(said)


class Hostile:
    """A master that answers with these bytes."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    @contextlib.contextmanager
    def opened(self, verb: str, request: object) -> Iterator[_Process]:
        yield _Process(self._said)

    def refuse(self, told: object, request: object) -> None:
        """It refuses nothing."""


def member(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def fetched(into: Path, *members: tuple[tarfile.TarInfo, bytes], most: int = 1 << 20) -> int:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w|") as tree:
        for info, content in members:
            tree.addfile(info, io.BytesIO(content))
    channel: Any = Hostile(b"{}\n" + out.getvalue())
    return fetch(channel, "one", "output", into, most)


@pytest.mark.parametrize(
    "odd",
    [
        member("../up"),
        member("/etc/cron.d/x"),
        member("a/../../up"),
        member("a\nb"),
        member("a\x1b[2J"),
        member("x/" * 200 + "y"),
        member("link", type=tarfile.SYMTYPE, linkname="/etc"),
        member("hard", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        member("device", type=tarfile.CHRTYPE),
        member("pipe", type=tarfile.FIFOTYPE),
        member("."),
    ],
)
def test_an_archive_that_would_write_elsewhere_is_refused(
    tmp_path: Path, odd: tuple[tarfile.TarInfo, bytes]
) -> None:
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(InvalidAnswer):
        fetched(into, odd, member(END))
    assert list(into.iterdir()) == []
    assert list(tmp_path.iterdir()) == [into]


def test_an_archive_has_an_end_and_limits(tmp_path: Path) -> None:
    with pytest.raises(Lost):
        fetched(tmp_path, member("a", b"x"))
    with pytest.raises(CommandError, match="more than 1 MiB"):
        fetched(tmp_path, member("big", b"\0" * (1 << 20)), member("one", b"x"), member(END))
    assert fetched(tmp_path, member("a", b"x"), member(END)) == 1
    for said in (b"", b"no json\n", b"{}\nno archive", b"[" * 10_000):
        hostile: Any = Hostile(said)
        with pytest.raises(Lost):
            fetch(hostile, "one", "output", tmp_path)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(CommandError, match="Cannot write"):
        fetched(tmp_path, member("a", b"x"), member(END))
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
