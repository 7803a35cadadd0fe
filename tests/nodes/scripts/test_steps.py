"""Steps: run once, logged, and loud when they fail."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.nodes.scripts.conftest import TOKEN, Answer, Node, Server, answer_with

Serve = Callable[[Answer], Server]


def test_a_step_leaves_events_prose_and_its_own_log(node: Node) -> None:
    done = node.run("f() { echo from the step; }\ndisco_step dask:installed f\nDISCO_OUTCOME=done")
    assert done.returncode == 0, done.stderr
    start, end = node.events()
    assert (start["event"], start["status"]) == ("start", "running")
    assert (end["event"], end["status"], end["step"]) == ("end", "ok", "dask:installed")
    assert (end["node"], end["role"]) == ("c1-worker-1", "worker")
    assert end["seconds"] >= 0
    assert "dask:installed" in node.deployment_log()
    assert (node.web / "components/dask/installed.log").read_text() == "from the step\n"


def test_a_step_is_done_once(node: Node) -> None:
    script = f"f() {{ echo x >>{node.root}/count; }}\ndisco_step a:b f\nDISCO_OUTCOME=done"
    node.run(script)
    node.run(script)
    assert (node.root / "count").read_text() == "x\n"
    assert node.events()[-1]["status"] == "skipped"


def test_a_step_that_has_changed_is_done_again(node: Node) -> None:
    for word in ("one", "two"):
        node.run(
            f"f() {{ echo {word} >>{node.root}/count; }}\ndisco_step a:b f\nDISCO_OUTCOME=done"
        )
    assert (node.root / "count").read_text() == "one\ntwo\n"


def test_another_cluster_s_stamps_do_not_count(node: Node) -> None:
    script = f"f() {{ echo x >>{node.root}/count; }}\ndisco_step a:b f\nDISCO_OUTCOME=done"
    node.run(script)
    node.run(script, DISCO_CLUSTER="other")
    assert (node.root / "count").read_text() == "x\nx\n"


@pytest.mark.parametrize(
    "body",
    ["false; echo went on", "false | cat; echo went on", 'echo "$unset_variable"; echo went on'],
    ids=["command", "pipe", "variable"],
)
def test_a_fault_in_the_middle_of_a_step_is_not_passed_over(node: Node, body: str) -> None:
    done = node.run(f"f() {{ {body}; }}\ndisco_step a:b f\necho next step")
    assert done.returncode == 1
    assert "next step" not in done.stdout
    assert "went on" not in (node.web / "components/a/b.log").read_text()


@pytest.mark.parametrize("option", ["set +e", "set -euo pipefail"])
def test_a_failed_step_is_reported_with_its_last_lines(
    node: Node, serve: Serve, option: str
) -> None:
    heat = serve(answer_with(200))
    node.signal_to(heat.url)
    body = 'for i in {1..50}; do echo "line $i"; done; echo "no \\"such\\" thing: \\\\ü" >&2; false'
    done = node.run(f"{option}\nf() {{ {body}; }}\ndisco_step dask:installed f\necho next step")
    assert done.returncode == 1
    assert "next step" not in done.stdout
    (request,) = heat.requests
    assert request.headers["X-Auth-Token"] == TOKEN
    assert request.headers["Content-Type"] == "application/json"
    signal = request.json
    assert signal["status"] == "FAILURE"
    assert signal["id"] == "c1-worker-1"
    assert "c1-worker-1" in signal["reason"]
    assert "dask:installed" in signal["reason"]
    assert signal["data"].splitlines()[-2:] == ["line 50", 'no "such" thing: \\ü']
    assert "line 20\n" not in signal["data"]
    status = node.status()
    assert (status["status"], status["step"]) == ("failed", "dask:installed")
    assert 'no "such" thing: \\ü' in status["reason"]
    assert node.events()[-1]["status"] == "failed"


def test_the_token_is_nowhere(node: Node, serve: Serve) -> None:
    heat = serve(answer_with(401))
    node.signal_to(heat.url)
    done = node.run("f() { env; set; ps -ef; false; }\ndisco_base_setup\ndisco_step a:b f")
    files = [p.read_text() for p in node.root.rglob("*") if p.is_file()]
    assert TOKEN not in done.stdout + done.stderr + "".join(files)
    assert TOKEN not in "".join(r.body for r in heat.requests)


def test_a_step_called_in_a_condition_is_refused(node: Node) -> None:
    done = node.run("f() { false; echo went on; }\ndisco_step a:b f || echo swallowed")
    assert done.returncode == 1
    assert "condition" in node.status()["reason"]


def test_an_end_that_no_step_accounts_for_is_a_failure(node: Node, serve: Serve) -> None:
    heat = serve(answer_with(200))
    node.signal_to(heat.url)
    node.run("f() { :; }\ndisco_step a:b f\nexit 0")
    assert heat.requests[0].json["status"] == "FAILURE"
    assert node.status()["status"] == "failed"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ('a "b" \\ c', 'a "b" \\ c'),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x07\r", "[31mred"),
        ("ü ß 漢", "ü ß 漢"),
        ("$HOME `x` ${DISCO_NAME} %s", "$HOME `x` ${DISCO_NAME} %s"),
        ("", ""),
    ],
)
def test_any_text_becomes_a_json_string(node: Node, text: str, wanted: str) -> None:
    done = node.run('disco_json "$TEXT"; printf %s "$REPLY"', TEXT=text)
    assert json.loads(done.stdout) == wanted


def test_bytes_that_are_no_utf8_do_not_spoil_json(node: Node) -> None:
    done = node.run("disco_json $'a\\xff\\xfeb'; printf %s \"$REPLY\"")
    assert json.loads(done.stdout) == "ab"


def test_the_end_of_a_long_text_is_kept(node: Node) -> None:
    done = node.run('disco_json "$TEXT" 100; printf %s "$REPLY"', TEXT="x" * 5000 + "end")
    text = json.loads(done.stdout)
    assert text.endswith("xend")
    assert len(text) == 103


def test_a_signal_is_sent_again_while_heat_is_away(node: Node, serve: Serve) -> None:
    heat = serve(answer_with(503, 500, 200))
    node.signal_to(heat.url)
    done = node.run("disco_signal SUCCESS good data")
    assert done.returncode == 0
    assert [r.json["status"] for r in heat.requests] == ["SUCCESS"] * 3


def test_heat_s_no_is_believed_in_the_end(node: Node, serve: Serve) -> None:
    heat = serve(answer_with(401))
    node.signal_to(heat.url)
    done = node.run("disco_signal SUCCESS good; echo rc $?")
    assert "rc 1" in done.stdout
    assert len(heat.requests) == 3


def test_without_a_wait_condition_nothing_is_sent(node: Node) -> None:
    assert node.run("disco_signal FAILURE x").returncode == 0


def test_a_signal_is_small_whatever_its_data(node: Node, serve: Serve) -> None:
    heat = serve(answer_with(200))
    node.signal_to(heat.url)
    node.run('disco_signal FAILURE "$TEXT" "$TEXT"', TEXT="y" * 50_000)
    assert len(heat.requests[0].body) < 4096


def test_software_in_the_image_is_not_installed_again(node: Node) -> None:
    script = f"f() {{ echo x >>{node.root}/count; }}\ndisco_install dask 1.0 f"
    for _ in range(2):
        assert node.run(script).returncode == 0
    assert (node.root / "count").read_text() == "x\n"
    node.run(script.replace("1.0", "2.0"))
    assert (node.root / "count").read_text() == "x\nx\n"
    manifest = json.loads((node.root / "etc/disco/manifest.json").read_text())
    assert manifest["components"] == {"dask": "2.0"}


def test_a_failed_installation_is_not_in_the_manifest(node: Node) -> None:
    node.run("f() { false; }\ns() { disco_install dask 1.0 f; }\ndisco_step dask:installed s")
    assert not (node.root / "etc/disco/manifest.json").exists()


def test_a_smoke_job_s_result_is_kept(node: Node) -> None:
    node.run("f() { echo working; echo 'sum = \"6\"'; }\ndisco_smoke dask f 20\nDISCO_OUTCOME=done")
    smoke = node.status()["smoke"]["dask"]
    assert (smoke["status"], smoke["result"]) == ("passed", 'sum = "6"')
    assert 'sum = "6"' in node.deployment_log()


def test_a_smoke_job_has_a_deadline_and_leaves_nothing_running(node: Node, serve: Serve) -> None:
    heat = serve(answer_with(200))
    node.signal_to(heat.url)
    script = f"f() {{ sleep 300 & echo $! >{node.root}/pid; wait; }}\ndisco_smoke dask f 1"
    done = node.run(script)
    assert done.returncode == 1
    assert heat.requests[0].json["status"] == "FAILURE"
    assert "dask:smoke" in heat.requests[0].json["reason"]
    pid = (node.root / "pid").read_text().strip()
    assert node.run(f"wait_for 5 gone eval '! kill -0 {pid}'").returncode == 0


JAVA = """\
26/11/29 WARN TaskSetManager: Lost task 0.0
py4j.protocol.Py4JJavaError: An error occurred while calling o35.save.
: org.apache.spark.SparkException: Job aborted.
\tat org.apache.spark.rdd.RDD.collect(RDD.scala:1)
Caused by: java.io.IOException: Mkdirs failed to create file:/home/out
\tat org.apache.spark.scheduler.Task.run(Task.scala:141)
\t... 1 more

"""
PLAIN = """\
Exception in thread "main" java.net.ConnectException: Connection refused
\tat java.base/java.lang.Thread.run(Thread.java:840)
"""
BYE = f"{JAVA}Shutting down the session...\ndone.\n"
PIP = """\
error: externally-managed-environment

To install Python packages system-wide, try apt install
note: If you believe this is a mistake, please contact your OS provider.
hint: See PEP 668 for the detailed specification.
"""
LONG = """\
Traceback (most recent call last):
  File "<stdin>", line 3, in <module>
ray.exceptions.WorkerCrashedError: The worker died. Its log
may say why, depending
on the time since the task
"""


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (JAVA, "java.io.IOException: Mkdirs failed to create file:/home/out (more in {log})"),
        (PLAIN, "java.net.ConnectException: Connection refused (more in {log})"),
        (BYE, "java.io.IOException: Mkdirs failed to create file:/home/out (more in {log})"),
        (
            f"{JAVA}Scan over; this node stops now\n",
            "java.io.IOException: Mkdirs failed to create file:/home/out (more in {log})",
        ),
        (f"{JAVA}sum 3, should be 6\n", "sum 3, should be 6"),
        (f"{JAVA}the sum doesn't agree\n", "the sum doesn't agree"),
        (
            LONG,
            "ray.exceptions.WorkerCrashedError: The worker died. Its log ... "
            "on the time since the task (more in {log})",
        ),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'a'\n", "KeyError: 'a'"),
        ("\tat nothing.known(X.java:1)\n", "\tat nothing.known(X.java:1)"),
        ("10 %\r90 %\rno workers\n\n", "no workers"),
        (PIP, "error: externally-managed-environment (more in {log})"),
        ("ok\nNote: nothing failed\n", "Note: nothing failed"),
        ("", ""),
    ],
)
def test_a_failure_s_reason_is_its_first_cause_and_where_the_rest_is(
    node: Node, said: str, wanted: str
) -> None:
    (node.root / "said").write_text(said)
    body = f"cat {node.root}/said\nreturn 3"
    node.run(f"f() {{ {body}; }}\ndisco_step spark:configured f")
    found = node.status()["reason"]
    assert found == f"exit 3: {wanted.format(log='components/spark/configured.log')}"
    node.run(f"f() {{ {body}; }}\ndisco_smoke spark f 60")
    found = node.status()["reason"]
    assert found == f"exit 3: {wanted.format(log='components/spark/smoke.log')}"
