"""A job from its start to its end, as the unit on the master runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from disco.cli.jobs import runner
from tests.support.cloud import until
from tests.unit.cli.jobs.conftest import Master


def test_the_exit_status_and_both_streams_are_kept(master: Master) -> None:
    master.submit("echo out $1; echo err >&2; exit 3", "one", "word")
    told = master.ended()
    assert (told["state"], told["status"]) == ("failed", 3)
    assert (master.folder("one") / "stdout").read_text() == "out word\n"
    assert (master.folder("one") / "stderr").read_text() == "err\n"


def test_a_job_that_a_signal_ends_has_the_shell_s_status(master: Master) -> None:
    master.submit("kill -KILL $$")
    assert master.ended()["status"] == 128 + signal.SIGKILL


def test_arguments_are_words_whatever_is_in_them(master: Master) -> None:
    words = ("a b", "$(touch hit)", "'", "*", "", "--x", 'q"q')
    master.submit('printf "[%s]" "$@"', "one", *words)
    assert master.ended()["state"] == "done"
    said = (master.folder("one") / "stdout").read_text()
    assert said == "".join(f"[{word}]" for word in words)
    assert not (master.folder("one") / "work" / "hit").exists()


def test_it_runs_in_its_folder_with_its_files_and_is_told_where_results_go(
    master: Master, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "data.csv").write_text("1\n2\n")
    master.submit(
        'wc -l <more/data.csv >"$DISCO_JOB_OUTPUT/count"; echo $DISCO_JOB',
        files=[tmp_path / "more"],
    )
    assert master.ended()["state"] == "done"
    assert (master.folder("one") / "work/output/count").read_text().strip() == "2"
    assert (master.folder("one") / "stdout").read_text() == "one\n"


def test_cancelling_ends_the_whole_tree_of_processes(master: Master) -> None:
    master.submit("sleep 600 & setsid sleep 601 & (trap '' TERM; sleep 602) & echo ready; wait")
    out = master.folder("one") / "stdout"
    until(lambda: out.read_text() == "ready\n", 30, "the job to run")
    until(lambda: list(master.processes().values()).count("sleep") == 3, 30, "three that sleep")
    found = master.channel.cancel("one")
    assert (found.state, found.status) == ("cancelled", 143)
    assert master.processes() == {}


def test_what_a_framework_does_for_a_cancelled_job_is_ended_by_its_own_command(
    master: Master,
) -> None:
    stop = 'grep -o "id [0-9]*" ../stdout >../stopped; echo "$DISCO_JOB" >>../stopped'
    master.submit("echo id 42; sleep 600", stop=stop)
    out = master.folder("one") / "stdout"
    until(lambda: out.read_text() == "id 42\n", 30, "the job to run")
    assert master.channel.cancel("one").state == "cancelled"
    assert (master.folder("one") / "stopped").read_text() == "id 42\none\n"


def test_what_a_job_leaves_behind_is_ended_with_it(master: Master) -> None:
    master.submit("setsid sleep 600 & echo done")
    assert master.ended()["state"] == "done"
    until(lambda: master.processes() == {}, 30, "the sleeper's end")


@pytest.mark.parametrize("end", ["kill", "term"])
def test_a_runner_that_is_ended_by_the_node_is_no_success(master: Master, end: str) -> None:
    master.submit("sleep 600")
    told = master.channel.job("one")
    assert told.state == "running"
    pid = int((master.folder("one") / "start.json").read_text().split('"pid": ')[1].split(",")[0])
    os.kill(pid, signal.SIGKILL if end == "kill" else signal.SIGTERM)
    state = "lost" if end == "kill" else "stopped"
    until(lambda: master.channel.job("one").state == state, 40, state)
    assert master.channel.job("one").exit_status != 0
    if end == "term":
        assert master.processes() == {}


def test_a_job_that_fills_the_disk_has_its_end(tmp_path: Path) -> None:
    """On a disk of its own, as far as this machine lets who tests make one."""
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespace can be made")
    record = {"job": "one", "command": "head -c 9999999 /dev/zero >fill; exit 3", "words": []}
    (tmp_path / "record.json").write_text(json.dumps(record))
    script = """
        mkdir disk && mount -t tmpfs -o size=256k none disk && mkdir disk/work &&
        cp record.json disk && cp "$0" disk/runner.py || exit 99
        python3 -I disk/runner.py
        cat disk/end.json
    """
    words = ["unshare", "-rm", "sh", "-c", script, str(runner.__file__)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == 3
