"""How nodes tell that their daemons work, and what the master keeps of it."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.nodes.scripts.conftest import NET, LogServers, Node, Server

NUMBERS = {f"{name}_percent" for name in ("cpu", "memory", "disk")} | {
    "received_kilobytes",
    "sent_kilobytes",
}
BASE = "disco_base_setup\nDISCO_OUTCOME=done\n"


def read(url: str, path: str = "/metrics") -> str:
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return str(answer.read(), "utf-8")


def daemons(text: str) -> dict[str, int]:
    found = re.findall(r'^disco_daemon\{name="([a-z-]+)"\} (\d)$', text, re.M)
    return {name: int(state) for name, state in found}


def until(wanted: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)


def running(node: Node, *units: str) -> None:
    """Which units run, for systemctl on this node."""
    names = "|".join(units) or "none"
    node.stand_in("systemctl", f"[[ $1 != is-active || $3 =~ ^({names})$ ]] || exit 3")


def test_a_node_tells_its_load_as_prometheus_reads_it(worker: Node, log_server: LogServers) -> None:
    assert worker.run(BASE).returncode == 0
    text = read(log_server(worker))
    found = dict(re.findall(r"^disco_(\w+)\{\} (\d{1,9})$", text, re.M))
    assert set(found) == NUMBERS
    assert all(0 <= int(found[name]) <= 100 for name in found if name.endswith("_percent"))
    assert len(text.splitlines()) == len(NUMBERS)


PROBED = """
disco_base_setup
DISCO_STEP=dask:ready
disco_start disco-dask-worker
disco_start disco-dask-nanny
disco_probe 'Dask: worker' 5 http {url}/health 'o+k'
disco_probe 'Dask: condition 1' 5 http {url}/health
DISCO_OUTCOME=done
"""


def test_a_daemon_works_does_not_answer_or_does_not_run(
    worker: Node, log_server: LogServers, serve: Callable[..., Server]
) -> None:
    body = [b"ok"]

    def answer(handler, _):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body[0])

    server = serve(answer)
    running(worker, "disco-dask-worker", "disco-dask-nanny")
    done = worker.run(PROBED.format(url=server.url))
    assert done.returncode == 0, done.stdout + done.stderr
    url = log_server(worker)
    assert daemons(read(url)) == {"dask-worker": 2, "dask-nanny": 2}
    body[0] = b"no"
    until(lambda: daemons(read(url)) == {"dask-worker": 1, "dask-nanny": 2})
    running(worker, "disco-dask-worker")
    body[0] = b"ok"
    until(lambda: daemons(read(url)) == {"dask-worker": 2, "dask-nanny": 0})


def test_what_tells_of_a_daemon_is_for_root_and_the_log_server(worker: Node) -> None:
    assert worker.run(PROBED.split("disco_probe")[0] + "DISCO_OUTCOME=done").returncode == 0
    live = worker.root / "etc/disco/live"
    assert {f.name: f.stat().st_mode & 0o777 for f in live.iterdir()} == {
        "dask-worker": 0o640,
        "dask-nanny": 0o640,
    }


@pytest.fixture
def watching(master: Node, worker: Node, log_server: LogServers) -> str:
    """The URL of a master that has one worker, which answers at its address."""
    for node in (master, worker):
        # a folder of a worker has its name, and here an address is one
        assert node.run(BASE, DISCO_NAME=node.facts["DISCO_ADDRESS"]).returncode == 0
    (master.web / "nodes" / worker.facts["DISCO_ADDRESS"]).mkdir()
    (master.web / "nodes" / f"{NET}.12").mkdir()  # which there is not
    log_server(worker)
    return log_server(master)


def told(url: str, path: str) -> tuple[int, dict[str, list[object]]]:
    try:
        now, nodes = json.loads(read(url, path))
    except urllib.error.HTTPError:
        return 0, {}
    return now, nodes


def test_the_master_tells_of_all_nodes(watching: str) -> None:
    nodes = {f"{NET}.10", f"{NET}.11"}
    until(lambda: set(told(watching, "/health.json")[1]) == nodes)
    now, health = told(watching, "/health.json")
    assert abs(now - time.time()) < 30
    for at, lines in health.values():
        assert at == now
        assert len(lines) == len(NUMBERS)
    text = read(watching, "/federate")
    assert set(re.findall(r'\{node="([0-9.]+)",\} \d+$', text, re.M)) == nodes
    # a node that was not asked in time has its first point in the next half minute
    until(lambda: set(told(watching, "/history.json")[1]) == nodes, 60)
    _, hour = told(watching, "/history.json")
    assert all(re.fullmatch(r"\d+( \d+){4}", points[-1]) for points in hour.values())


def test_a_worker_that_is_silent_keeps_its_last_time(
    watching: str, log_server: LogServers, worker: Node
) -> None:
    name = worker.facts["DISCO_ADDRESS"]
    until(lambda: name in told(watching, "/health.json")[1])
    log_server.stop(name)
    until(lambda: told(watching, "/health.json")[1][name][0] < told(watching, "/health.json")[0])
    assert name not in read(watching, "/federate")


def test_the_hour_is_no_longer_than_that(
    master: Node, worker: Node, log_server: LogServers
) -> None:
    """A point in every look, looks without pause, and five points in the place of 120."""
    assert master.run(BASE, DISCO_NAME=master.facts["DISCO_ADDRESS"]).returncode == 0
    script = master.root / "opt/disco/lib/logserver.py"
    text = script.read_text()
    for old, new in (("turn % 6 == 0", "True"), ("time.sleep(4)", "0"), ("[-120:]", "[-5:]")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    script.write_text(text)
    url = log_server(master)
    name = master.facts["DISCO_ADDRESS"]
    lengths: list[int] = []

    def seen() -> bool:
        lengths.append(len(told(url, "/history.json")[1].get(name, ())))
        return lengths.count(5) > 20

    until(seen)
    assert max(lengths) == 5
