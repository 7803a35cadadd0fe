"""A file comes whole and verified, or not at all; what breaks off is resumed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from disco.heat.template.software import Download
from disco.mirror.mirror import OWN_PYTHON, Item, Mirror
from tests.support.sources import CONTENT, DOWN, SUM, Server


def resumed_at(asked: str | None) -> int:
    return int(re.findall(r"\d+", asked)[0]) if asked else 0


def fill(folder: Path, *urls: str, sha512: str = SUM) -> tuple[Mirror, Path, list[str]]:
    """A mirror with one file of one component, from these sources."""
    said: list[str] = []
    mirror = Mirror(folder, said.append, pause=0)
    mirror.fill([Item("tool", "1", (Download("tool-1.tgz", sha512, urls),), ())], [OWN_PYTHON])
    return mirror, folder / "files/tool-1.tgz", said


def test_a_file_comes_whole_and_once(tmp_path: Path, server: Server) -> None:
    url = f"{server.url}/good/tool-1.tgz"
    for _ in range(2):
        mirror, path, _ = fill(tmp_path, url, sha512=SUM.upper())
        assert mirror.failures == []
        assert path.read_bytes() == CONTENT
    assert len(server.ranges) == 1
    assert [p.name for p in path.parent.iterdir()] == ["tool-1.tgz"]


def test_what_breaks_is_resumed(tmp_path: Path, server: Server) -> None:
    mirror, path, _ = fill(tmp_path, f"{server.url}/breaks/x")
    assert mirror.failures == []
    assert path.read_bytes() == CONTENT
    starts = [resumed_at(r) for r in server.ranges]
    assert starts == sorted(starts)
    assert 200_000 < starts[1] < starts[-1]


def test_the_next_source_goes_on_where_the_first_broke(tmp_path: Path, server: Server) -> None:
    _, path, _ = fill(tmp_path, f"{server.url}/once/x", f"{server.url}/good/x")
    assert path.read_bytes() == CONTENT
    assert resumed_at(server.ranges[-1]) > 200_000


def test_the_next_run_goes_on_where_the_first_was_stopped(tmp_path: Path, server: Server) -> None:
    mirror, path, _ = fill(tmp_path, f"{server.url}/once/x")
    assert f"{server.url}/once/x" in mirror.failures[0].reason
    assert not path.exists()
    came = path.with_name("tool-1.tgz.part").stat().st_size
    assert 200_000 < came <= 300_000
    server.ranges.clear()
    _, path, _ = fill(tmp_path, f"{server.url}/good/x")
    assert path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={came}-"]


@pytest.mark.parametrize("left", [b"rubbish", b"y" * 800_000, CONTENT], ids=len)
def test_whatever_is_left_of_an_earlier_run_does_no_harm(
    tmp_path: Path, server: Server, left: bytes
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/tool-1.tgz.part").write_bytes(left)
    mirror, path, _ = fill(tmp_path, f"{server.url}/good/x")
    assert mirror.failures == []
    assert path.read_bytes() == CONTENT


def test_a_server_that_cannot_resume_gives_all_of_it(tmp_path: Path, server: Server) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/tool-1.tgz.part").write_bytes(CONTENT[:1000])
    assert fill(tmp_path, f"{server.url}/stubborn/x")[1].read_bytes() == CONTENT


def test_a_source_that_lies_is_passed_over(tmp_path: Path, server: Server) -> None:
    _, path, said = fill(tmp_path, f"{server.url}/lies/x", f"{server.url}/good/x")
    assert path.read_bytes() == CONTENT
    assert any("checksum" in line for line in said)


def test_what_is_wrong_everywhere_is_named_and_not_kept(tmp_path: Path, server: Server) -> None:
    sources = [f"{server.url}/lies/x", f"{server.url}/gone/x", f"{DOWN}/x"]
    mirror, path, _ = fill(tmp_path, *sources)
    (failure,) = mirror.failures
    assert "tool 1: tool-1.tgz" in failure.name
    for part in (*sources, "checksum", "404", "refused"):
        assert part in failure.reason
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, server: Server) -> None:
    (tmp_path / "files").write_text("a file in place of the folder")
    mirror, _, _ = fill(tmp_path, f"{server.url}/good/x")
    assert mirror.failures[0].reason.startswith(f"Cannot write {tmp_path}/files")
    assert "Errno" not in mirror.failures[0].reason


def test_a_file_without_a_digest_is_believed_whole_and_comes_once(
    tmp_path: Path, server: Server
) -> None:
    for _ in range(2):
        mirror, path, _ = fill(
            tmp_path, f"{server.url}/gone/x", f"{server.url}/breaks/x", sha512=""
        )
        assert mirror.failures == []
        assert path.read_bytes() == CONTENT
        asked = len(server.ranges)
    assert asked == len(server.ranges) > 1
