"""Downloads: ordered sources, resumed, verified."""

from __future__ import annotations

import hashlib
import random
import sys
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import Answer, Node, Request, Server, answer_with

Serve = Callable[[Answer], Server]
CONTENT = random.Random(1).randbytes(300_000)
SUM = hashlib.sha512(CONTENT).hexdigest()
#: nothing listens here
DOWN = "http://127.0.0.1:9"


def content(data: bytes = CONTENT, break_after: int | None = None, ranges: bool = True) -> Answer:
    """Serve ``data``; every answer breaks off after so many bytes."""

    def answer(handler: BaseHTTPRequestHandler, request: Request) -> None:
        start = 0
        if ranges and "Range" in request.headers:
            start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                handler.send_error(416)
                return
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) - start))
        handler.end_headers()
        end = len(data) if break_after is None else start + break_after
        handler.wfile.write(data[start:end])
        handler.close_connection = True

    return answer


def fetch(node: Node, *urls: str, **facts: str) -> tuple[int, str, Path]:
    done = node.run(f"fetch /opt/x.tgz {SUM.upper()} {' '.join(urls)}", **facts)
    return done.returncode, done.stdout + done.stderr, node.root / "opt/x.tgz"


def test_a_file_comes_whole(node: Node, serve: Serve) -> None:
    server = serve(content())
    code, _, path = fetch(node, f"{server.url}/x")
    assert code == 0
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["x.tgz"]


def test_what_is_there_is_not_fetched(node: Node, serve: Serve) -> None:
    server = serve(content())
    fetch(node, f"{server.url}/x")
    assert fetch(node, f"{server.url}/x")[0] == 0
    assert len(server.requests) == 1


def test_a_broken_transfer_is_resumed(node: Node, serve: Serve) -> None:
    server = serve(content(break_after=100_000))
    code, said, path = fetch(node, f"{server.url}/x")
    assert code == 0, said
    assert path.read_bytes() == CONTENT
    assert [r.headers.get("Range") for r in server.requests] == [
        None,
        "bytes=100000-",
        "bytes=200000-",
    ]


def test_another_source_goes_on_where_the_first_broke(node: Node, serve: Serve) -> None:
    def broken(handler: BaseHTTPRequestHandler, request: Request) -> None:
        if "Range" in request.headers:
            handler.send_error(500)
        else:
            content(break_after=50_000)(handler, request)

    first, second = serve(broken), serve(content())
    code, said, path = fetch(node, f"{first.url}/x", f"{second.url}/x")
    assert code == 0, said
    assert path.read_bytes() == CONTENT


def test_a_server_that_cannot_resume_gives_all_of_it(node: Node, serve: Serve) -> None:
    server = serve(content(ranges=False))
    (node.root / "opt").mkdir()
    (node.root / "opt/x.tgz.part").write_bytes(CONTENT[:1000])
    code, said, path = fetch(node, f"{server.url}/x")
    assert code == 0, said
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"rubbish", CONTENT + b"too much", CONTENT], ids=len)
def test_whatever_an_earlier_try_left_does_no_harm(node: Node, serve: Serve, left: bytes) -> None:
    server = serve(content())
    (node.root / "opt").mkdir()
    (node.root / "opt/x.tgz.part").write_bytes(left)
    code, said, path = fetch(node, f"{server.url}/x")
    assert code == 0, said
    assert path.read_bytes() == CONTENT


def test_a_source_with_the_wrong_content_is_passed_over(node: Node, serve: Serve) -> None:
    wrong, right = serve(content(b"x" * 300_000)), serve(content())
    code, said, path = fetch(node, f"{wrong.url}/x", f"{right.url}/x")
    assert code == 0
    assert f"wrong checksum from {wrong.url}" in said
    assert path.read_bytes() == CONTENT


def test_a_source_that_is_down_is_passed_over(node: Node, serve: Serve) -> None:
    gone, right = serve(answer_with(404)), serve(content())
    code, _, path = fetch(node, f"{DOWN}/x", f"{gone.url}/x", f"{right.url}/x")
    assert code == 0
    assert path.read_bytes() == CONTENT


def test_the_operator_s_mirror_comes_first(node: Node, serve: Serve) -> None:
    mirror, other = serve(content()), serve(content())
    assert fetch(node, f"{other.url}/x", DISCO_MIRROR=mirror.url)[0] == 0
    assert [r.path for r in mirror.requests] == ["/files/x.tgz"]
    assert other.requests == []


def test_a_mirror_that_is_down_stops_nothing(node: Node, serve: Serve) -> None:
    other = serve(content())
    assert fetch(node, f"{other.url}/x", DISCO_MIRROR=DOWN)[0] == 0


def test_no_source_leaves_no_file(node: Node, serve: Serve) -> None:
    wrong = serve(content(b"wrong"))
    code, said, path = fetch(node, f"{wrong.url}/x", f"{DOWN}/x")
    assert code == 1
    assert "x.tgz" in said
    assert not path.exists()


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with one small package, for pip."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_thing-1.0-py3-none-any.whl", "w") as wheel:
        info = "tiny_thing-1.0.dist-info"
        wheel.writestr("tiny_thing.py", "answer = 42\n")
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return folder


def files(folder: Path) -> Answer:
    """A mirror: /pypi/ lists the wheels of a folder."""

    def answer(handler: BaseHTTPRequestHandler, request: Request) -> None:
        path = folder / Path(request.path).name
        links = "".join(f'<a href="{p.name}">{p.name}</a>' for p in folder.iterdir())
        listing = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
        body = path.read_bytes() if path.is_file() else listing
        handler.send_response(200)
        kind = "application/octet-stream" if path.is_file() else "text/html"
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


MAKE = """pip_venv /opt/v tiny-thing==1.0 || exit 1
"$DISCO_ROOT/opt/v/bin/python" -c 'import tiny_thing; print(tiny_thing.answer)'
"""
#: no index but what the test serves
SHUT = {"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": f"{DOWN}/simple", "PIP_RETRIES": "0"}


@pytest.mark.slow
def test_an_environment_comes_from_the_mirror_and_is_made_once(
    node: Node, serve: Serve, wheels: Path
) -> None:
    mirror = serve(files(wheels))
    # an address that pip does not take for safe as it does 127.0.0.1: a mirror needs no TLS
    url = mirror.url.replace("127.0.0.1", "0.0.0.0")
    done = node.run(MAKE, DISCO_MIRROR=url, **SHUT)
    assert done.stdout.splitlines()[-1] == "42", done.stdout + done.stderr
    seen = len(mirror.requests)
    (node.root / "opt/v/mark").touch()
    assert node.run(MAKE, DISCO_MIRROR=url, **SHUT).returncode == 0
    assert len(mirror.requests) == seen
    assert (node.root / "opt/v/mark").exists()


#: where modules are looked for: the environment's folder before the user's own
PLACES = """
import site, sys
own = [i for i, p in enumerate(sys.path) if p.startswith(sys.prefix + "/") and "site-packages" in p]
print(site.ENABLE_USER_SITE, own < [sys.path.index(site.getusersitepackages())])
"""


@pytest.mark.slow
def test_a_half_made_environment_is_made_again_without_the_mirror(node: Node, wheels: Path) -> None:
    (node.root / "opt/v/bin").mkdir(parents=True)
    (node.root / "opt/v/bin/python").write_text("half")
    done = node.run(
        MAKE, DISCO_MIRROR=DOWN, **{**SHUT, "PIP_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1"}
    )
    assert done.stdout.splitlines()[-1] == "42", done.stdout + done.stderr
    assert sys.prefix not in (node.root / "opt/v/pyvenv.cfg").read_text()
    # `%pip install` of who may not write to it goes to their home, and is found there
    ask = 'v=$DISCO_ROOT/opt/v/bin/python; mkdir -p "$($v -m site --user-site)"; $v - '
    found = node.run(f"{ask}<<'PYTHON'{PLACES}PYTHON")
    assert found.stdout.split() == ["True", "True"], found.stderr


@pytest.mark.parametrize(
    "place", ["http://operator:geheim@127.0.0.1:9", "https://oper:ge@heim@127.0.0.1:9/sub"]
)
def test_a_mirror_s_user_and_password_are_in_no_log(node: Node, serve: Serve, place: str) -> None:
    """Port 8084 shows steps' logs to everybody, and the failure is told to Heat."""
    other = serve(answer_with(404)).url.replace("//", "//me:geheim@")
    wrong = serve(content(b"x")).url.replace("//", "//me:geheim@")
    node.stand_in("sleep", "exit 0")
    script = f"f() {{ fetch /opt/x.tgz {SUM} {other}/x {wrong}/x; }}\ndisco_step dask:installed f"
    done = node.run(script, DISCO_MIRROR=place)
    assert done.returncode == 1
    texts = {p.name: p.read_text() for p in node.web.rglob("*") if p.is_file()}
    log = texts["installed.log"]
    assert "not from http" in log
    assert "wrong checksum from http://***@127.0.0.1" in log
    assert "://***@127.0.0.1:9/" in log
    for name, text in [*texts.items(), ("output", done.stdout + done.stderr)]:
        for word in ("geheim", "heim", "operator", "oper:", "me:"):
            assert word not in text, name


def test_what_pip_says_of_a_mirror_has_neither(node: Node) -> None:
    script = """
curl() { return 0; }
python3() {
  [[ $1 != -I || $2 != -m ]] || mkdir -p "$4/bin"
  [[ ! -d ${4:-} ]] || printf '#!/bin/bash\necho "Looking in links: $*"; exit 1\n' >"$4/bin/pip"
  [[ ! -d ${4:-} ]] || chmod +x "$4/bin/pip"
}
set -o pipefail
pip_venv /opt/disco/dask dask || echo failed
"""
    done = node.run(script, DISCO_MIRROR="http://operator:geheim@127.0.0.1:9")
    assert "--find-links http://***@127.0.0.1:9/pypi/" in done.stdout
    assert "geheim" not in done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "failed"


def test_the_address_of_a_file_is_left_as_it_is(node: Node) -> None:
    text = "https://pypi.org/simple/x@1 and user@host, ssh://h/a?b=c@d"
    assert node.run(f"disco_mask <<<'{text}'").stdout == f"{text}\n"


def test_why_a_source_was_not_reached_is_the_last_word(node: Node) -> None:
    """What Heat is told of a step is its last line."""
    node.stand_in("sleep", "exit 0")
    code, said, _ = fetch(node, "http://no-such-host.invalid/x")
    assert code == 1
    assert said.splitlines()[-1].endswith(
        "checksum: curl: (6) Could not resolve host: no-such-host.invalid"
    )


def test_why_apt_reached_nothing_is_the_last_word(node: Node) -> None:
    node.stand_in("dpkg-query", "exit 1")
    lines = (
        "Err:1 http://me:geheim@deb.example.org stable",
        "  Temporary failure resolving deb.example.org",
        "E: Unable to locate package tool",
    )
    node.stand_in("apt-get", "".join(f"echo {line}\n" for line in lines) + "exit 100")
    done = node.run("apt_install tool")
    assert done.returncode == 1
    said = "cannot install tool: Temporary failure resolving deb.example.org"
    assert done.stderr.strip() == said
    assert "geheim" not in done.stdout + done.stderr


def test_why_pip_reached_nothing_is_the_last_word(node: Node) -> None:
    lines = (
        "WARNING: Retrying: SSLError(SSLCertVerificationError(1, certificate verify failed: no))",
        "ERROR: No matching distribution found for dask",
    )
    node.stand_in("pip", "".join(f"echo '{line}'\n" for line in lines) + "exit 1")
    node.stand_in(
        "python3",
        '[[ $2 == -m ]] || exit 0; mkdir -p "$4/bin"; cp "$(command -v pip)" "$4/bin/pip"',
    )
    done = node.run("pip_venv /opt/v dask")
    assert done.returncode == 1
    words = "pip does not reach what it installs from: certificate verify failed: no"
    assert done.stdout.splitlines()[-1] == words, done.stdout + done.stderr
