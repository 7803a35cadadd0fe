"""The end of a deployment: the master waits for workers that say how they fared."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jinja2

from tests.nodes.scripts.conftest import NET, SHELL, Answer, Node, Server, answer_with

Serve = Callable[[Answer], Server]


def end(*smokes: str) -> str:
    """end.sh.j2 as it is rendered for a cluster with these smoke jobs."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    jobs = [{"component": s, "function": f"smoke_{s}", "timeout": 20} for s in smokes]
    return environment.from_string((SHELL / "end.sh.j2").read_text()).render(smokes=jobs)


SMOKE = "smoke_dask() { echo 'sum = 6'; }\n"


def test_the_master_reports_a_cluster_that_works(
    worker: Node, master: Node, log_server: Callable[[Node], str], serve: Serve
) -> None:
    heat = serve(answer_with(200))
    master.signal_to(heat.url)
    assert worker.run("disco_base_setup\n" + end()).returncode == 0
    assert worker.status()["status"] == "done"
    log_server(worker)
    done = master.run(SMOKE + "disco_base_setup\n" + end("dask"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (master.web / "progress.log").read_text() == "1"
    assert master.status()["status"] == "done"
    assert "has finished" in master.deployment_log()
    copy = master.web / "nodes/c1-worker-1"
    assert "has finished" in (copy / "deployment.log").read_text()
    assert json.loads((copy / "status.json").read_text())["status"] == "done"
    (request,) = heat.requests
    assert request.json["status"] == "SUCCESS"
    assert json.loads(request.json["data"])["dask"]["result"] == "sum = 6"


def test_the_master_has_what_a_worker_wrote_last(master: Node) -> None:
    """Also where the log was read before the worker was done, and its status after that."""
    worker_is_done = threading.Event()

    class Worker(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = ""
            if self.path == "/deployment.log":
                text = "the last word\n" if worker_is_done.is_set() else "at work\n"
                read.set()
            elif self.path == "/status.json":
                read.wait(10)
                worker_is_done.set()
                text = '{"status": "done", "step": "shell:end"}'
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    read = threading.Event()
    with ThreadingHTTPServer((f"{NET}.11", 8084), Worker) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        # not every release of curl begins with the status alone
        master.stand_in("curl", '/usr/bin/curl --parallel-immediate "$@"')
        done = master.run("disco_base_setup\n" + end())
        server.shutdown()
    assert done.returncode == 0, done.stdout + done.stderr
    copy = master.web / "nodes/c1-worker-1/deployment.log"
    assert copy.read_text() == "the last word\n"


def test_a_worker_writes_its_last_word_before_it_is_done(worker: Node) -> None:
    seen: list[str] = []

    def watch() -> None:
        """Read the log as soon as the status says that it is complete."""
        while not seen:
            with contextlib.suppress(OSError, ValueError):
                if worker.status()["status"] == "done":
                    seen.append(worker.deployment_log())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    done = worker.run("disco_base_setup\n" + end())
    watcher.join(20)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "has finished" in seen[0]


def test_the_master_names_the_worker_and_step_that_failed(
    worker: Node, master: Node, log_server: Callable[[Node], str], serve: Serve
) -> None:
    heat = serve(answer_with(200))
    master.signal_to(heat.url)
    worker.run("disco_base_setup\nf() { echo disk is full; false; }\ndisco_step dask:installed f")
    log_server(worker)
    done = master.run(SMOKE + "disco_base_setup\n" + end("dask"))
    assert done.returncode == 1
    assert (master.web / "progress.log").read_text() == "0"
    reason = heat.requests[0].json["reason"]
    assert heat.requests[0].json["status"] == "FAILURE"
    for word in ("c1-worker-1", "dask:installed", "disk is full"):
        assert word in reason


def test_the_master_names_the_workers_that_are_silent(master: Node, serve: Serve) -> None:
    heat = serve(answer_with(200))
    master.signal_to(heat.url)
    done = master.run(
        "disco_base_setup\n" + end(), DISCO_TIMEOUT="1", DISCO_WORKER_BASE=f"{NET}.200"
    )
    assert done.returncode == 1
    assert "c1-worker-1" in heat.requests[0].json["reason"]
    assert " 1 s" in heat.requests[0].json["reason"]


def test_a_smoke_job_that_fails_fails_the_cluster(master: Node, serve: Serve) -> None:
    heat = serve(answer_with(200))
    master.signal_to(heat.url)
    script = "disco_base_setup\nsmoke_dask() { echo sum is 7; false; }\n" + end("dask")
    assert master.run(script, DISCO_WORKERS="0").returncode == 1
    assert "sum is 7" in heat.requests[0].json["reason"]
    assert (master.web / "progress.log").read_text() == "0"
    assert master.status()["smoke"]["dask"]["status"] == "failed"


def test_without_a_wait_condition_the_end_is_the_same(master: Node) -> None:
    done = master.run("disco_base_setup\n" + end(), DISCO_WORKERS="0")
    assert done.returncode == 0
    assert (master.web / "progress.log").read_text() == "1"


DAEMON = """
disco_unit disco-dask-worker <<'UNIT'
[Service]
ExecStart=/x
StandardOutput=append:${DISCO_LOGS}/dask/worker.log
UNIT
echo "daemon says hello" >>"$DISCO_LOGS/dask/worker.log"
"""


def test_the_master_has_the_logs_of_workers_components(
    worker: Node, master: Node, log_server: Callable[[Node], str]
) -> None:
    step = "f() { seq 100000; echo the last line; }\n"
    worker.run(f"{step}disco_base_setup\ndisco_step dask:installed f\n{DAEMON}{end()}")
    log_server(worker)
    assert master.run("disco_base_setup\n" + end()).returncode == 0
    copy = master.web / "nodes/c1-worker-1"
    daemons = master.root / "var/log/disco/nodes/c1-worker-1"
    assert (daemons / "dask/worker.log").read_text() == "daemon says hello\n"
    log = (copy / "components/dask/installed.log").read_bytes()
    assert log.endswith(b"the last line\n")
    assert len(log) == 128 << 10
    assert not list(copy.glob(".*"))


def test_the_master_has_the_logs_of_a_worker_that_failed(
    worker: Node, master: Node, log_server: Callable[[Node], str]
) -> None:
    worker.run("f() { echo disk is full; false; }\ndisco_base_setup\ndisco_step dask:installed f")
    log_server(worker)
    assert master.run("disco_base_setup\n" + end()).returncode == 1
    log = master.web / "nodes/c1-worker-1/components/dask/installed.log"
    assert log.read_text() == "disk is full\n"


def test_the_master_has_the_logs_of_workers_when_a_smoke_job_fails(
    worker: Node, master: Node, log_server: Callable[[Node], str]
) -> None:
    worker.run(f"disco_base_setup\n{DAEMON}{end()}")
    log_server(worker)
    script = "disco_base_setup\nsmoke_dask() { false; }\n" + end("dask")
    assert master.run(script).returncode == 1
    assert (master.root / "var/log/disco/nodes/c1-worker-1/dask/worker.log").exists()


def test_a_silent_worker_is_named_with_what_was_heard_last(
    worker: Node, master: Node, log_server: Callable[[Node], str], serve: Serve
) -> None:
    heat = serve(answer_with(200))
    master.signal_to(heat.url)
    worker.run("f() { kill -9 $$; }\ndisco_base_setup\ndisco_step dask:installed f")
    log_server(worker)
    facts = {"DISCO_WORKERS": "2", "DISCO_TIMEOUT": "2"}
    assert master.run("disco_base_setup\n" + end(), **facts).returncode == 1
    reason = heat.requests[0].json["reason"]
    assert "c1-worker-1 (last heard of at dask:installed)" in reason
    assert "c1-worker-2 (never heard of)" in reason
