"""What goes wrong is said in a sentence, and in the exit status."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import free_port_pair, nodes_say
from tests.support.shell import SMALL, Shell

UNKNOWN = "6f2a0a5e-8f0f-4d55-9b0c-1f5f6f1e2d3c"


def test_a_wrong_password(shell: Shell) -> None:
    for run in (shell.run, shell.terminal):
        shell.env["OS_PASSWORD"] = "wrong and secret"
        done = run("list")
        assert done.status == 4
        assert "refused" in done.out + done.err
        assert "wrong and secret" not in done.out + done.err
        assert "Traceback" not in done.out + done.err


def test_no_credentials(shell: Shell) -> None:
    for name in [n for n in shell.env if n.startswith("OS_")]:
        del shell.env[name]
    done = shell.call("list")
    assert done.status == 4
    assert "openrc" in done.err


def test_no_project(shell: Shell) -> None:
    done = shell.call("list", OS_PROJECT_NAME=None)
    assert done.status == 4
    assert "project" in done.err


def test_an_unknown_cloud(shell: Shell) -> None:
    done = shell.call("list", "--os-cloud", "nowhere")
    assert done.status == 4
    assert "nowhere" in done.err


@pytest.mark.parametrize(
    "command", ["show", "watch", "suspend", "resume", "delete", "ssh", "tunnel", "logs"]
)
def test_an_unknown_cluster(shell: Shell, command: str) -> None:
    done = shell.call(command, UNKNOWN)
    assert done.status == 3
    assert UNKNOWN in done.err
    assert done.out == ""


def test_an_id_that_matches_nothing(shell: Shell) -> None:
    assert shell.call("show", "no-such").status == 3


def test_a_cluster_of_another_project(other_shell: Shell, cluster: str) -> None:
    assert other_shell.call("show", cluster).status == 3
    assert other_shell.call("delete", cluster).status == 3


def test_a_request_that_is_wrong_says_all_that_is(shell: Shell) -> None:
    done = shell.call("create", "--image", "nix", "--workers", "0", "dusk")
    assert done.status == 2
    for words in ("--image: ", "'nix'", "--workers", "dusk", "dask"):
        assert words in done.err
    assert done.err.count("'nix'") == 1  # one option, however many nodes it is for


@pytest.mark.parametrize(
    "words",
    [
        ["crate"],
        [],
        ["create", "--flavour", "x"],
        ["create", "--id", "x"],
        ["create", "-p", "x"],
        ["show"],
        ["list", "-o", "xml"],
        ["watch", UNKNOWN, "--timeout", "soon"],
        ["create", "--wait", "--no-wait"],
    ],
)
def test_a_command_line_that_is_wrong(shell: Shell, words: list[str]) -> None:
    done = shell.call(*words)
    assert done.status == 2
    # a sentence stands alone: the usage of some commands fills a screen
    assert done.err.startswith("usage: disco" if not words else "disco")
    assert not words or "usage:" not in done.err


def test_a_service_that_is_not_there(shell: Shell) -> None:
    url = f"http://127.0.0.1:{free_port_pair()}"
    done = shell.call("list", "--endpoint", url)
    assert done.status == 6
    assert f"Cannot connect to DISCO at {url} (connection refused). Is it running?" in done.err


def test_another_service_is_not_taken_for_disco(shell: Shell) -> None:
    done = shell.call("list", "--endpoint", shell.env["OS_AUTH_URL"])
    assert done.status == 6
    assert " is not a DISCO service (it answered 404 with " in done.err


def test_a_keystone_that_is_not_there(shell: Shell) -> None:
    url = f"http://127.0.0.1:{free_port_pair()}/v3"
    done = shell.call("list", OS_AUTH_URL=url)
    assert done.status == 6
    assert f"Cannot connect to Keystone at {url} (connection refused)." in done.err


def test_a_time_that_is_over(shell: Shell) -> None:
    wanted = str(uuid.uuid4())
    waits = ("--wait-condition", "true", "--timeout", "2s")  # nobody will ever say that it is done
    done = shell.call("create", *SMALL, "--id", wanted, *waits)
    assert done.status == 5
    assert f"disco watch {wanted}" in done.err
    busy = shell.call("suspend", wanted)
    assert busy.status == 7
    assert shell.call("delete", wanted).status == 0


def test_a_failed_cluster(shell: Shell, demo_heat: Any) -> None:
    wanted = str(uuid.uuid4())
    asked = ("create", *SMALL, "--id", wanted, "--wait-condition", "true")
    process = shell.start(*asked)
    reason = "disco-worker-1: dask:installed: there is no such \x1b[31mthing"
    nodes_say(demo_heat, wanted, status="FAILURE", reason=reason, id="disco-worker-1")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    for words in ("CREATE_FAILED", "disco-worker-1: dask:installed", f"disco logs {wanted}"):
        assert words in out + err
    shown = shell.terminal("show", wanted)
    assert (shown.status, "there is no such" in shown.out) == (0, True)
    assert "?[31mthing" in shown.out  # nodes do not command terminals
    assert shell.call("watch", wanted).status == 1
    assert shell.call("suspend", wanted).status == 7
    assert shell.call("delete", wanted).status == 0


def test_nodes_without_an_address_are_not_logged_in_to(shell: Shell, cluster: str) -> None:
    """The cloud has no nodes, so nobody answers at the address."""
    for words in (["ssh", cluster], ["tunnel", cluster, "--forward", "9000"], ["logs", cluster]):
        done = shell.call(*words)
        assert done.status == 6, (words, done.err)
    assert shell.call("ssh", cluster, "--node", "7").status == 3
    assert not list((Path(shell.env["HOME"])).rglob("key"))
