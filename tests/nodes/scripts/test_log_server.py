"""Port 8084: what a node shows of itself, and to whom."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.nodes.scripts.conftest import Node

#: a unit whose daemon has said what a user did
DAEMON = """
disco_base_setup
disco_unit disco-jupyter-lab <<'UNIT'
[Service]
ExecStart=/x
StandardOutput=append:${DISCO_LOGS}/jupyter/lab.log
UNIT
echo "Saving file at /payroll.ipynb" >>"$DISCO_LOGS/jupyter/lab.log"
DISCO_OUTCOME=done
"""


def test_a_daemon_s_log_does_not_grow_for_ever(
    worker: Node, log_server: Callable[..., str]
) -> None:
    worker.run("disco_base_setup\nmkdir -p $DISCO_LOGS/dask\nDISCO_OUTCOME=done")
    log = worker.root / "var/log/disco/dask/worker.log"
    line = b"0123456789abcde\n"
    log.write_bytes(line * 400_000 + b"the end\n")
    log_server(worker)
    with log.open("ab") as daemon:
        deadline = time.monotonic() + 30
        # it is cut when it is short and whole again
        while log.stat().st_size > 2 << 20 or not log.read_bytes().endswith(b"the end\n"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        daemon.write(b"and more\n")
    text = log.read_bytes()
    assert text.endswith(line + b"the end\nand more\n")
    assert text.startswith(line)
    assert len(text) > 1 << 19


def code(url: str, method: str = "GET") -> int:
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_log_server_shows_its_folder_and_nothing_else(
    worker: Node, log_server: Callable[..., str]
) -> None:
    worker.run("f() { echo hello; }\ndisco_base_setup\ndisco_step a:b f\nDISCO_OUTCOME=done")
    (worker.root / "secret").write_text("secret")
    (worker.web / "link").symlink_to(worker.root / "secret")
    (worker.web / ".hidden").write_text("secret")
    url = log_server(worker)
    for path in ("deployment.log", "events.jsonl", "status.json", "components/a/b.log", ""):
        assert code(f"{url}/{path}") == 200, path
    outside = ("link", ".hidden", "../../../secret", "..%2f..%2f..%2fsecret", "%2e%2e/secret")
    for path in outside:
        assert code(f"{url}/{path}") == 404, path
    for method in ("POST", "PUT", "DELETE"):
        assert code(f"{url}/deployment.log", method) == 501


def test_the_folder_of_jobs_is_listed_to_nobody(
    worker: Node, log_server: Callable[..., str]
) -> None:
    worker.run("disco_base_setup\nDISCO_OUTCOME=done")
    (worker.web / "jobs/k3y").mkdir(parents=True)
    (worker.web / "jobs/k3y/jobs.json").write_text("{}")
    url = log_server(worker)
    for path in ("jobs", "jobs/", "./jobs/", "jobs/."):
        assert code(f"{url}/{path}") == 404, path
    assert served(f"{url}/jobs/k3y/jobs.json") == "{}"


def served(url: str) -> str:
    """Everything that is found by following the links of the folder, and the archive."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = str(answer.read(), "utf-8", "replace")
        listing = answer.headers["Content-Type"].startswith("text/html")
    for name in re.findall(r'href="([^"]+)"', text) if listing else ():
        text += served(url + name)
    return text


def test_strangers_read_nothing_of_what_daemons_write(
    worker: Node, log_server: Callable[..., str]
) -> None:
    done = worker.run("f() { echo installed well; }\n" + DAEMON + "disco_step jupyter:installed f")
    assert done.returncode == 0, done.stderr
    url = log_server(worker, master="127.0.0.2")
    text = served(f"{url}/") + served(f"{url}/components.tar")
    assert "installed well" in text
    assert "payroll" not in text
    assert code(f"{url}/components/jupyter/lab.log") == 404


def test_the_master_gets_what_its_workers_daemons_write(
    worker: Node, log_server: Callable[..., str]
) -> None:
    assert worker.run(DAEMON).returncode == 0
    with urllib.request.urlopen(f"{log_server(worker)}/components.tar", timeout=10) as answer:
        archive = io.BytesIO(answer.read())
    with tarfile.open(fileobj=archive) as tar:
        assert "daemons/jupyter/lab.log" in tar.getnames()


def test_only_root_and_the_daemon_s_user_read_its_log(node: Node) -> None:
    assert node.run(DAEMON).returncode == 0
    log = node.root / "var/log/disco/jupyter/lab.log"
    assert log.stat().st_mode & 0o777 == 0o640
    assert not list(node.web.rglob("lab.log"))


def test_a_daemon_that_does_not_come_up_is_quoted_in_the_failure(node: Node) -> None:
    script = DAEMON.replace("DISCO_OUTCOME=done", "").replace("Saving file", "address in use")
    script += "f() { disco_probe 'JupyterLab: lab' 0 command false; }\ndisco_step jupyter:ready f"
    assert node.run(script, DISCO_ROLE="master").returncode == 1
    text = (node.web / "components/jupyter/ready.log").read_text()
    assert "address in use at /payroll.ipynb" in text


def test_a_check_says_where_the_daemon_s_log_is_and_quotes_nothing(node: Node) -> None:
    """By then there are users, and everybody reads the answer on port 8084."""
    probe = "f() { disco_probe 'JupyterLab: lab' 0 command false; }\n"
    assert node.run(DAEMON).returncode == 0
    done = node.run(f"{probe}disco_step shell:start f\ndisco_step jupyter:ready f", DISCO_CHECK="7")
    assert done.returncode == 1
    checked = json.loads((node.web / "checked.json").read_text())
    assert checked["status"] == "failed"
    assert "/var/log/disco/jupyter/lab.log" in checked["lines"]
    text = "".join(p.read_text() for p in node.web.rglob("*") if p.is_file())
    assert "payroll" not in text


def test_connections_that_say_nothing_make_room_for_others(
    worker: Node, log_server: Callable[..., str]
) -> None:
    """The port is open to everybody, and each connection takes a thread."""
    worker.run("disco_base_setup\nDISCO_OUTCOME=done")
    url = log_server(worker)
    address = worker.facts["DISCO_ADDRESS"]
    with contextlib.ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection((address, 8084))) for _ in range(400)
        ]
        with urllib.request.urlopen(f"{url}/progress.log", timeout=5) as answer:
            assert answer.status == 200
        silent[0].settimeout(5)
        assert silent[0].recv(1) == b""
        silent[-1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent[-1].recv(1)
