"""The life of a cluster on any cloud, with DISCO's own commands; nothing is left.

``OS_CLOUD=devstack make smoke`` runs it. NODES=no is for clouds whose servers run nothing;
by default the console of the first node tells.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from disco.errors import DiscoError
from tests.smoke.conftest import Cloud
from tests.support.cloud import eventually, pauses
from tests.support.shell import Done, Shell

#: seconds: for a change of a cluster; for a first line on a console
CHANGE_S, CONSOLE_S = 1800, int(os.environ.get("CONSOLE_S", "120"))
TIMEOUT = ("--timeout", "30m")
#: what a console shows of a system that boots
_BOOTED = re.compile(r"Linux version|systemd\[1\]|cloud-init|login:|DISCO|BIOS")


@dataclass
class Life:
    """The cluster of this run, and whether its nodes run anything."""

    id: str
    nodes: bool


def done(shell: Shell, *words: str) -> Done:
    """A command that succeeds."""
    ended = shell.run(*words, timeout=CHANGE_S + 60)
    assert ended.status == 0, f"disco {' '.join(words)}: {ended.err}"
    return ended


@pytest.fixture(scope="module")
def before(cloud: Cloud) -> dict[str, set[str]]:
    """What the project had."""
    return cloud.inventory()


@pytest.fixture(scope="module")
def life(cloud: Cloud, shell: Shell, before: dict[str, set[str]]) -> Iterator[Life]:
    """A cluster of one worker, which is deleted whatever happens."""
    made = done(
        *(shell, "create", *cloud.choose().options(), "--workers", "1", "--ttl", "6h"),
        *("--name", "smoke", "--wait-condition", "false", *TIMEOUT, "-o", "json"),
    ).json
    yield Life(made["id"], _nodes_run(cloud, made["id"]))
    shell.run("delete", made["id"], *TIMEOUT, timeout=CHANGE_S)


def _nodes_run(cloud: Cloud, cluster: str) -> bool:
    """Whether a node of the cluster boots, as its console tells."""
    wanted = os.environ.get("NODES", "auto")
    if wanted != "auto":
        return wanted not in ("no", "none", "false", "0")
    known = cloud.patient.cloud
    servers = known.pages("compute", "/servers/detail", "servers")
    mine = [s["id"] for s in servers if s.get("metadata", {}).get("disco_cluster") == cluster]
    assert mine
    for _ in pauses(CONSOLE_S):
        body = {"os-getConsoleOutput": {"length": 50}}
        try:
            said = known.post("compute", f"/servers/{mine[0]}/action", body).get("output")
            if _BOOTED.search(str(said)):
                return True
        except DiscoError:
            return False  # this cloud has no consoles
    return False


def status(shell: Shell, cluster: str) -> str:
    return str(done(shell, "show", cluster, "-o", "json").json["status"])


def test_the_doctor_finds_nothing_that_failed(shell: Shell) -> None:
    examined = shell.run("doctor", timeout=300)
    assert examined.status == 0, examined.out


def test_create_and_show(shell: Shell, life: Life) -> None:
    shown = done(shell, "show", life.id, "-o", "json").json
    assert shown["status"] == "CREATE_COMPLETE"
    assert shown["address"] and shown["name"] == "smoke"
    assert shown["attributes"]["disco.ending"] in ("delete", "poweroff")


def test_list(shell: Shell, life: Life) -> None:
    assert life.id in [one["id"] for one in done(shell, "list", "-o", "json").json]


def test_scale_out_and_in(shell: Shell, life: Life) -> None:
    for count in ("2", "1"):
        done(shell, "scale", life.id, count, *TIMEOUT)
        shown = done(shell, "show", life.id, "-o", "json").json
        assert (shown["status"], shown["workers"]) == ("UPDATE_COMPLETE", int(count))


def test_suspend_and_resume(shell: Shell, life: Life) -> None:
    suspended = shell.run("suspend", life.id, *TIMEOUT, timeout=CHANGE_S)
    if suspended.status and "some cannot" in suspended.err:
        pytest.skip("this cloud's hypervisor cannot suspend servers")
    assert suspended.status == 0, suspended.err
    assert status(shell, life.id) == "SUSPEND_COMPLETE"
    done(shell, "resume", life.id, *TIMEOUT)
    assert status(shell, life.id) == "RESUME_COMPLETE"


def test_extend_and_operate(shell: Shell, life: Life) -> None:
    done(shell, "extend", life.id, "12h", *TIMEOUT)
    told = done(shell, "operate", "--dry-run", "-f", "json").json
    assert life.id not in [one["id"] for one in told["would_delete"]]


def test_a_cluster_that_computes(cloud: Cloud, shell: Shell, life: Life) -> None:
    if not life.nodes:
        pytest.skip("the nodes of this cloud run nothing (NODES=yes says that they do)")
    options = (*cloud.choose().options(), "--workers", "1", *TIMEOUT, "-o", "json")
    options = ("--wait-condition", "true", *options)
    made = shell.run("create", "dask", *options, timeout=CHANGE_S)
    cluster = made.json["id"]
    try:
        assert made.status == 0, made.err
        assert made.json["status"] == "CREATE_COMPLETE"
    finally:
        shell.run("delete", cluster, *TIMEOUT, timeout=CHANGE_S)


def test_delete_leaves_nothing(
    cloud: Cloud, shell: Shell, life: Life, before: dict[str, set[str]]
) -> None:
    done(shell, "delete", life.id, *TIMEOUT)
    assert shell.run("show", life.id).status == 3

    def left() -> dict[str, set[str]]:
        now = cloud.inventory()
        return {name: new for name in now if (new := now[name] - before[name])}

    eventually(left, {})
