"""Jobs on real nodes: counted right, followed, cancelled, and run on a cluster of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.readme import commands
from tests.e2e.working.conftest import Working
from tests.frameworks.site import IMAGE
from tests.support.cloud import until
from tests.support.nodes import needs_nodes
from tests.support.shell import DISCO, Shell

pytestmark = needs_nodes

#: counts words of a file that was sent along, on the workers
COUNT = """\
import collections, os, sys
from distributed import Client

def count(lines):
    return collections.Counter(word for line in lines for word in line.split())

with Client() as client, open("words/text") as text:
    lines = text.readlines()
    parts = [lines[i::4] for i in range(4)]
    hosts = client.run(os.uname)
    total = sum(client.gather(client.map(count, parts)), collections.Counter())
with open("output/counted", "w") as out:
    print(total["all"], file=out)
print("counted", total["all"], "on", len(hosts), "workers")
sys.exit(int(sys.argv[1]))
"""
LINES = 3000


@pytest.fixture
def job(user: Shell) -> list[str]:
    """A program that counts, and what it is sent with."""
    words = user.cwd / "words"
    words.mkdir(exist_ok=True)
    (words / "text").write_text("".join(f"all {i % 7} once{i}\n" for i in range(LINES)))
    (user.cwd / "count.py").write_text(COUNT)
    return ["count.py", "--with", "words"]


def script(user: Shell, text: str) -> str:
    name = f"{uuid.uuid4().hex[:8]}.sh"
    (user.cwd / name).write_text(text)
    return name


def test_a_job_counts_on_the_workers_and_its_result_comes_back(
    user: Shell, working: Working, job: list[str]
) -> None:
    done = user.run("job", "submit", working.id, *job, "--wait", "--", "3")
    assert (done.status, done.out) == (3, f"counted {LINES} on 3 workers\n"), done.err
    fetched = user.run("job", "fetch", working.id, "--to", "fetched")
    assert fetched.status == 0, fetched.err
    assert (user.cwd / "fetched/counted").read_text() == f"{LINES}\n"
    shown = user.run("job", "show", working.id, "-f", "json").json
    assert (shown["framework"], shown["state"], shown["status"]) == ("dask", "failed", 3)
    assert (shown["file"], shown["arguments"], shown["user"]) == ("count.py", ["3"], "ubuntu")
    assert shown["id"] in [
        row["id"] for row in user.run("job", "list", working.id, "-f", "json").json
    ]


def test_a_job_outlives_who_submitted_it_and_its_log_ends_with_it(
    user: Shell, working: Working
) -> None:
    name = script(user, "echo begun; until [ -e $HOME/go-on ]; do sleep 0.1; done; echo ended")
    working.run_as_user("rm -f go-on")
    process = user.start("job", "submit", working.id, name, "--id", "outlives", "--wait")
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"disco job logs --follow {working.id} outlives" in said
    follower = user.start("job", "logs", "-f", working.id, "outlives")
    assert follower.stdout
    assert follower.stdout.readline() == "begun\n"
    working.run_as_user("touch go-on")
    out, said = follower.communicate(timeout=60)
    assert (follower.returncode, out) == (0, "ended\n"), said


def test_a_job_that_fails_says_why_and_what_helps_at_its_end(user: Shell, working: Working) -> None:
    (user.cwd / "lacks.py").write_text("import distributed\nimport nothing_like_it.part\n")
    done = user.run("job", "submit", working.id, "lacks.py", "--wait", timeout=180)
    assert done.status == 1
    ended, why, helps = done.err.splitlines()[-3:]
    assert ended.startswith("disco: The job has ended")
    assert why == (
        "disco: The last exception that it told of: ModuleNotFoundError: No module named"
        " 'nothing_like_it'"
    )
    assert helps.startswith(f"disco: disco install {working.id} --pip PACKAGE brings")


def test_cancelling_a_job_ends_all_of_it_on_the_master(user: Shell, working: Working) -> None:
    text = "sleep 7001 & setsid sleep 7002 & (trap '' TERM; sleep 7003; true) & echo begun; wait"
    submitted = user.run(
        "job", "submit", working.id, script(user, text), "--id", "tree", "-f", "json"
    )
    assert submitted.json["state"] == "running", submitted.err
    until(lambda: working.run("pgrep -fc 'sleep 700[123]$' || true").strip() == "3", 30)
    units = "systemctl list-units --plain --no-legend 'disco-job-*' || true"
    assert working.run(units).split()[0] == "disco-job-tree.service"
    done = user.run("job", "cancel", working.id, "tree")
    assert done.out == "The job tree has ended: cancelled.\n", done.err
    assert working.run("pgrep -fc 'sleep 700[123]$' || true").strip() == "0"
    until(lambda: working.run(units) == "", 30, "the unit's end")
    shown = user.run("job", "show", working.id, "tree", "-f", "json").json
    assert (shown["state"], shown["status"]) == ("cancelled", 143)


def test_a_job_is_seen_through_the_service_and_found_by_nobody_else(
    user: Shell, working: Working
) -> None:
    caller, path = working.site.caller, f"/disco/{working.id}"
    name = script(user, "echo begun; until [ -e $HOME/seen ]; do sleep 0.1; done; exit 4")
    working.run_as_user("rm -f seen")
    done = user.run(
        "job", "submit", working.id, name, "--id", "seen-one", "--", "--password=hunter2"
    )
    assert done.status == 0, done.err

    def seen() -> dict[str, Any]:
        told = caller.get(f"{path}/jobs").json()
        return next((job for job in told["jobs"] if job["id"] == "seen-one"), {})

    until(lambda: seen().get("state") == "running", 60, "the job in the list")
    said = f"{path}/logs?job=seen-one"
    until(lambda: caller.get(said).json().get("text") == "begun\n", 60, "what it says")
    working.run_as_user("touch seen")
    until(lambda: seen().get("state") == "failed", 60, "its end")
    assert (seen()["status"], seen()["framework"]) == (4, "shell")
    assert "hunter2" not in caller.get(f"{path}/jobs").text
    # a stranger who reaches the port
    web = f"http://{caller.show(path)['external_ip']}:8084"
    key = caller.get(f"{path}/jobs").json()["publish_key"]
    statuses = {
        place: requests.get(f"{web}/{place}", timeout=10).status_code
        for place in ("jobs/", "jobs/jobs.json", "jobs/" + "0" * 64 + "/jobs.json")
    }
    assert set(statuses.values()) == {404}, statuses
    assert key not in requests.get(f"{web}/", timeout=10).text
    assert requests.get(f"{web}/jobs/{key}/jobs.json", timeout=10).status_code == 200
    hidden = user.run("job", "submit", working.id, name, "--id", "hidden", "--private", "--wait")
    assert hidden.status == 4
    listed = user.run("job", "list", working.id, "-f", "json").json
    assert {"seen-one", "hidden"} <= {job["id"] for job in listed}
    assert "hidden" not in caller.get(f"{path}/jobs").text


def test_what_cannot_be_run_is_said_before_anything_is_sent(user: Shell, working: Working) -> None:
    (user.cwd / "spark.py").write_text("import pyspark")
    done = user.call("job", "submit", working.id, "spark.py")
    assert done.status == 2
    assert "spark.py uses pyspark, which is for spark" in done.err
    assert user.call("job", "show", working.id, "no-such").status == 3


def test_the_readme_s_program_has_its_result_in_one_command(
    user: Shell, working: Working, tmp_path: Path
) -> None:
    (shown,) = commands("From a program to its result, in one command")
    _, _, block = shown.partition('.venv/bin:$PATH"\n')
    script = f'disco() {{ {" ".join(DISCO)} "$@"; }}\n{block}'
    began = time.monotonic()
    done = subprocess.run(
        ["bash", "-euc", script],
        env=user.env, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    print(f"from the program to its result: {time.monotonic() - began:.1f} s")
    assert done.stdout == "The total is 500000500000\n", done.stderr
    assert (tmp_path / "results" / "total").read_text() == "500000500000\n"
    listed = user.call("list", "-f", "json").json
    assert [cluster["id"] for cluster in listed] == [working.id]


def run_words(name: str, job: list[str], output: Path) -> list[str]:
    words = ["run", *job, "--id", name, "--output", str(output), "-w", "1", "--image", IMAGE]
    return [*words, "--flavor", "m1.small", "--external-network", "public"]


def test_a_run_that_is_killed_goes_on_under_its_id_and_runs_its_job_once(
    user: Shell, working: Working, job: list[str], tmp_path: Path
) -> None:
    """The cluster of its own has Dask, since the program imports it."""
    name = str(uuid.uuid4())
    words = [*run_words(name, job, tmp_path / "results"), "--", "3"]
    began = time.monotonic()
    first = user.start(*words)
    try:
        assert first.stdout
        assert first.stdout.readline() == f"counted {LINES} on 1 workers\n"
    finally:
        first.kill()
        _, said = first.communicate(timeout=60)
    print(f"to the first line of the job: {time.monotonic() - began:.1f} s")
    assert f"disco run --id {name}" in said
    shown = user.call("show", name, "-o", "json").json
    assert shown["attributes"]["disco.expires"]  # if nobody came back
    second = user.run(*words, timeout=300)
    assert (second.status, second.out) == (3, f"counted {LINES} on 1 workers\n"), second.err
    assert (tmp_path / "results" / "counted").read_text() == f"{LINES}\n"
    assert user.call("show", name).status == 3  # there is no such cluster any more
    third = user.run(*words)
    assert (third.status, third.out) == (3, "")
    assert json.loads((tmp_path / "results/.disco-run.json").read_text())["id"] == name


def test_a_run_that_is_killed_and_forgotten_leaves_no_cluster(
    user: Shell, working: Working
) -> None:
    """Its end is two hours away by itself: here it is brought nearer."""
    (user.cwd / "endless.py").write_text(
        "import signal, distributed\nprint('began', flush=True)\nsignal.pause()\n"
    )
    name = str(uuid.uuid4())
    run = user.start(*run_words(name, ["endless.py"], user.cwd / "endless"))
    try:
        assert run.stdout
        assert run.stdout.readline() == "began\n"
    finally:
        run.kill()
        run.communicate(timeout=60)
    assert user.run("extend", name, "60s", timeout=180).status == 0
    until(lambda: user.call("show", name).status == 3, 300, "its end")
    listed = user.call("list", "-f", "json").json
    assert [cluster["id"] for cluster in listed] == [working.id]
