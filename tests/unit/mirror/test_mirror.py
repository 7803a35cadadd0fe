"""``disco mirror``: everything that can be had, verified; what cannot is named."""

from __future__ import annotations

import hashlib
import random
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from disco.cli.main import main
from disco.data_files import data_dir
from disco.heat.template.software import Download
from disco.mirror.mirror import OWN_PYTHON, Item, Mirror

CONTENT = random.Random(2).randbytes(700_000)
SUM = hashlib.sha512(CONTENT).hexdigest()
SHIPPED = data_dir() / "frameworks"
#: nothing listens here
DOWN = "http://127.0.0.1:9"


@dataclass
class Server:
    """Sources with habits: the first word of a path says which."""

    url: str = ""
    ranges: list[str | None] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    server_notes: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server_notes.ranges.append(asked)
        habit = self.path.split("/")[1]
        if habit == "gone":
            self.send_error(404)
            return
        content = b"x" * len(CONTENT) if habit == "lies" else CONTENT
        start = int(re.findall(r"\d+", asked)[0]) if asked and habit != "stubborn" else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = start + 300_000 if habit in ("breaks", "once") else len(content)
        if habit == "once" and start:
            end = start
        self.wfile.write(content[start:end])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def resumed_at(asked: str | None) -> int:
    return int(re.findall(r"\d+", asked)[0]) if asked else 0


@pytest.fixture
def server() -> Iterator[Server]:
    notes = Server()
    handler = type("Noting", (Handler,), {"server_notes": notes})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    notes.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
    yield notes
    httpd.shutdown()
    httpd.server_close()


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


def wheel(folder: Path, name: str, tag: str = "py3-none-any", needs: str = "") -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as archive:
        info = f"{name}-1.0.dist-info"
        more = f"Requires-Dist: {needs}\n" if needs else ""
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}"
        )
        pure = "true" if tag == "py3-none-any" else "false"
        archive.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def packages(mirror: Path, index: Path, *names: str, python: str = OWN_PYTHON) -> Mirror:
    """A mirror with Python packages of a folder that takes PyPI's place."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_FIND_LINKS": str(index),
        "PIP_NO_INDEX": "1",
    }
    made = Mirror(mirror, lambda _: None, 0, environment)
    made.fill([Item("tool", "1", (), names)], [python])
    return made


def test_packages_come_with_what_they_need_and_a_page_of_links(tmp_path: Path) -> None:
    index = tmp_path / "index"
    wheel(index, "disco_one", needs="disco-two")
    wheel(index, "disco_two")
    assert packages(tmp_path / "m", index, "disco-one==1.0").failures == []
    links = re.findall('href="([^"]+)"', (tmp_path / "m/pypi/index.html").read_text())
    assert links == ["disco_one-1.0-py3-none-any.whl", "disco_two-1.0-py3-none-any.whl"]
    assert all((tmp_path / "m/pypi" / name).is_file() for name in links)
    # the second time nobody is asked
    assert packages(tmp_path / "m", tmp_path / "nowhere", "disco-one==1.0").failures == []


def test_packages_for_another_python_are_that_python_s(tmp_path: Path) -> None:
    index = tmp_path / "index"
    wheel(index, "disco_one", "cp399-cp399-manylinux2014_x86_64")
    wheel(index, "disco_one", "cp39-cp39-manylinux2014_x86_64")
    found = packages(tmp_path / "m", index, "disco-one", python="3.99")
    if found.failures:  # wheels of this test are for one kind of machine
        pytest.skip(found.failures[0].reason)
    assert [p.name for p in (tmp_path / "m/pypi").glob("*.whl")] == [
        "disco_one-1.0-cp399-cp399-manylinux2014_x86_64.whl"
    ]


def test_a_package_that_nobody_has_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (failure,) = packages(tmp_path / "m", tmp_path / "index", "disco-nobody==7").failures
    assert "tool 1: packages for Python" in failure.name
    assert "disco-nobody==7" in failure.reason


COMPONENT = """\
schema: 1
name: %s
title: x
description: x
versions: ["2", "1"]
artifacts:
  - file: "%s-{{ component.version }}.tgz"
    sources: ["%s"]
    sha512: {"2": "%s", "1": "%s"}
%s
"""


def component(folder: Path, name: str, source: str, digest: str = SUM, more: str = "") -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "component.yaml").write_text(
        COMPONENT % (name, name, source, digest, digest, more)
    )


def test_the_command_fetches_what_frameworks_require_and_reports_the_rest(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    monkeypatch.setattr("disco.mirror.download.time.sleep", lambda _: None)
    own = tmp_path / "own"
    needs = "requires: {installed: [{component: lower}, {component: broken}]}"
    component(own, "upper", f"{server.url}/good", more=needs)
    component(own, "lower", f"{server.url}/good")
    component(own, "broken", f"{server.url}/gone")
    component(own, "other", f"{server.url}/good")
    words = ["mirror", str(tmp_path / "m"), "upper", "--framework-directory", f"{SHIPPED}:{own}"]
    assert main([*words, "--list"]) == 0
    assert "files/lower-2.tgz" in capsys.readouterr().out
    assert not (tmp_path / "m").exists()
    assert main(words) == 1
    err = capsys.readouterr().err
    assert "1 could not be had" in err
    assert "broken 2: broken-2.tgz" in err
    assert {p.name for p in (tmp_path / "m/files").iterdir()} == {"lower-2.tgz", "upper-2.tgz"}
    assert main([*words[:2], "lower", *words[3:], "--all-versions"]) == 0
    assert (tmp_path / "m/files/lower-1.tgz").read_bytes() == CONTENT


def test_a_framework_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mirror", "/nowhere", "sparc"]) == 2
    assert "sparc" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["mirror", "/nowhere", "--python", "eleven"])


def test_shipped_frameworks_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mirror", "/nowhere", "--list"]) == 0
    assert "pyspark==" in capsys.readouterr().out
