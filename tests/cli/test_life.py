"""A cluster's life by commands, in a pipe and on a terminal, on a real Keystone and Heat."""

from __future__ import annotations

import json
import re
import signal
import uuid
from typing import Any

import yaml

from tests.support.cloud import nodes_say, until
from tests.support.shell import NODES, SMALL, Shell

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: what rich begins a line with that it draws again
OVER = "\r\x1b[2K"


def test_a_cluster_s_life_for_programs(shell: Shell) -> None:
    wanted = str(uuid.uuid4())
    groups = ["--groups", '{"big": {"count": 1}}']
    whole = (*NODES, "--external-network", "public", "--floating-ip", "none")
    made = shell.run(
        "create", "dask", *whole, "--name", "mine", "--id", wanted, *groups, "-o", "json"
    )
    assert made.status == 0, made.err
    assert made.json["id"] == wanted
    assert made.json["status"] == "CREATE_COMPLETE"
    assert made.json["frameworks"] == {"dask": ""}
    # what happened on the way is said, and not between the lines of JSON
    assert "CREATE_COMPLETE" in made.err
    listed = shell.run("list", "-o", "json").json
    assert {"id": wanted, "status": "CREATE_COMPLETE", "workers": 1} in [
        {k: c[k] for k in ("id", "status", "workers")} for c in listed
    ]
    shown = yaml.safe_load(shell.call("show", wanted[:8], "-o", "yaml").out)
    assert (shown["id"], shown["name"], shown["workers"]) == (wanted, "mine", 1)
    assert shell.call("show", wanted, "-f", "value", "-c", "name").out == "mine\n"
    scaled = shell.call("scale", wanted, "3", "-o", "json")
    assert (scaled.status, scaled.json["workers"]) == (0, 3), scaled.err
    assert scaled.json["status"] == "UPDATE_COMPLETE"
    assert shell.call("scale", wanted, "--remove", "disco-worker-9").status != 0
    scaled = shell.call(
        "scale", wanted, "--remove", "disco-worker-1", "--remove", "3", "-o", "json"
    )
    assert (scaled.status, scaled.json["workers"]) == (0, 1), scaled.err
    scaled = shell.call("scale", wanted, "--group", "big", "2", "-o", "json")
    assert scaled.status == 0, scaled.err
    assert scaled.json["attributes"]["disco.workers.groups"] == "big:1-2"
    assert "is 'many'" in shell.call("scale", wanted, "--group", "big", "many").err
    assert shell.call("retry", wanted).status == 7  # nothing failed
    suspended = shell.run("suspend", wanted, "-o", "json")
    assert suspended.json["status"] == "SUSPEND_COMPLETE"
    assert shell.call("resume", wanted, "-o", "json").json["status"] == "RESUME_COMPLETE"
    assert shell.call("watch", wanted, "-o", "json").json["status"] == "RESUME_COMPLETE"
    assert shell.run("delete", wanted, "-o", "json").json == {"deleted": [wanted]}
    assert wanted not in shell.call("list", "--quiet").out.split()


def test_a_create_is_drawn_in_place(shell: Shell, demo_heat: Any) -> None:
    wanted = str(uuid.uuid4())

    def complete() -> None:
        nodes_say(demo_heat, wanted, status="SUCCESS", reason="ready", id="disco-manager")

    # it cannot be complete before something has been drawn over
    waits = ("--id", wanted, "--wait-condition", "true")
    made = shell.terminal("create", *SMALL, *waits, when=OVER, then=complete)
    assert made.status == 0, made.out
    assert OVER in made.out
    assert made.out.count("\x1b[?25l") == made.out.count("\x1b[?25h") == 1  # the cursor
    assert "CREATE_IN_PROGRESS" in made.out
    assert "CREATE_\x1b[32mCOMPLETE" in made.out
    assert shell.call("delete", wanted).status == 0


def test_a_cluster_s_life_for_people(shell: Shell) -> None:
    made = shell.terminal("create", "dask", *SMALL)
    assert made.status == 0, made.out
    assert "CREATE_\x1b[32mCOMPLETE" in made.out
    found = UUID.search(made.out)
    assert found
    cluster = found[0]
    listed = shell.terminal("list")
    # on a terminal of 100 columns as much of the id as tells it from others
    assert re.search(rf"{cluster[:8]}\S* +\|.* CREATE_COMPLETE +\|.* dask +\|", listed.out)
    assert "\x1b[32m" not in listed.out  # no node has said that it works
    asked = shell.terminal("list", "--health", "-c", "id", "-c", "health")
    assert re.search(rf"{cluster} +\| unknown +\|", asked.out)
    assert len(listed.out.partition("\r\n")[0]) <= 100
    assert cluster in shell.terminal("list", "-c", "id").out
    assert "| status " in listed.out
    assert shell.terminal("watch", cluster).status == 0
    assert "SUSPEND_\x1b[32mCOMPLETE" in shell.terminal("suspend", cluster).out
    assert "RESUME_\x1b[32mCOMPLETE" in shell.terminal("resume", cluster).out
    assert "heat.masterimage" in shell.terminal("show", cluster).out
    gone = shell.terminal("delete", cluster)
    assert (gone.status, "is deleted" in gone.out) == (0, True)


def test_in_a_pipe_there_are_lines_and_nothing_for_terminals(shell: Shell) -> None:
    made = shell.run("create", *SMALL)
    assert made.status == 0
    assert "\x1b" not in made.out + made.err
    assert re.search(r"^\[ +\d+\.\d s\] CREATE_COMPLETE$", made.out, re.M)
    found = UUID.search(made.out)
    assert found
    shell.run("delete", found[0])


def test_a_repeated_create_makes_no_second_cluster(shell: Shell) -> None:
    wanted = str(uuid.uuid4())
    for _ in range(2):
        made = shell.call("create", *SMALL, "--id", wanted, "--no-wait", "-o", "json")
        assert made.json["id"] == wanted
    assert shell.call("list", "-q").out.split().count(wanted) == 1
    other = shell.call("create", *SMALL, "--id", wanted, "--workers", "2", "--no-wait")
    assert other.status == 7
    assert shell.call("delete", wanted).status == 0


def test_the_key_is_shown_to_those_who_ask(shell: Shell, cluster: str) -> None:
    for words in (["show", cluster], ["show", cluster, "-o", "json"], ["list", "-o", "json"]):
        assert "PRIVATE KEY" not in shell.call(*words).out
    key = shell.call("show", cluster, "--key").out
    assert key.startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert key.endswith("-----END OPENSSH PRIVATE KEY-----\n")


def test_passwords_are_shown_to_those_who_ask(shell: Shell) -> None:
    made = shell.create("jupyter", *SMALL, "--flavor", "m1.medium")
    name = "icclab.disco.components.jupyter.password"
    hidden = shell.call("show", made, "-o", "json").json["attributes"]
    shown = shell.call("show", made, "-o", "json", "--secrets").json["attributes"]
    assert name not in hidden
    assert len(shown[name]) == 24
    assert "ssh_private_key" in shown
    assert shown[name] not in shell.call("show", made).out
    assert shown[name] in shell.call("show", made, "--secrets").out
    shell.call("delete", made)


def test_several_are_deleted_at_once(shell: Shell) -> None:
    first, second = shell.create(*SMALL), shell.create(*SMALL)
    done = shell.call("delete", first, "--no-wait", second, "ffffffff")
    assert done.status == 3  # of the third, and the others went all the same
    assert "ffffffff" in done.err
    until(lambda: not {first, second} & set(shell.call("list", "-q").out.split()), 60, "the end")


def test_ctrl_c_stops_the_command_and_not_the_cluster(shell: Shell) -> None:
    wanted = str(uuid.uuid4())
    command = ("create", *SMALL, "--id", wanted, "--wait-condition", "true", "--timeout", "10m")
    process = shell.start(*command)
    assert process.stdout
    assert wanted in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert f"disco watch {wanted} shows it again." in said
    assert shell.call("show", wanted, "-o", "json").json["status"] == "CREATE_IN_PROGRESS"
    assert shell.call("delete", wanted).status == 0


def test_a_reader_that_goes_away_is_no_trouble(shell: Shell) -> None:
    process = shell.start("frameworks", "--built-in", "-o", "json")
    assert process.stdout and process.stderr
    process.stdout.close()
    said = process.stderr.read()
    process.wait(timeout=30)
    assert "Traceback" not in said
    assert "Error" not in said


def test_a_cluster_s_end_is_moved(shell: Shell) -> None:
    made = shell.create(*SMALL, "--ttl", "1h")
    before = shell.call("show", made, "-o", "json").json["attributes"]["disco.expires"]
    done = shell.call("extend", made, "3h", "-o", "json")
    assert done.status == 0, done.err
    assert done.json["status"] == "UPDATE_COMPLETE"
    assert done.json["attributes"]["disco.expires"] > before
    refused = shell.call("extend", made, "soon")
    assert refused.status != 0
    assert "2h" in refused.err
    shell.call("delete", made)


def test_a_delete_keeps_the_evidence_in_a_file(shell: Shell) -> None:
    made = shell.create(*SMALL)
    missing = shell.call("delete", made, "--evidence", "no/such/folder/file")
    assert missing.status == 2
    assert made in shell.call("list", "-q").out  # nothing was deleted for it
    done = shell.call("delete", made, "--evidence", "kept.json")
    assert done.status == 0, done.err
    kept = shell.cwd / "kept.json"
    told = json.loads(kept.read_text())
    assert (told["id"], told["attributes"]["stack_status"]) == (made, "CREATE_COMPLETE")
    assert "PRIVATE KEY" not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
