"""A node whose script user data has no room for fetches the rest of it from Heat."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from disco.heat.template.packing import packed_for_heat
from tests.nodes.scripts.conftest import SHELL, TOKEN, Answer, Node, Request, Server, answer_with

Serve = Callable[[Answer], Server]
REST = "echo 'the rest: ü'\nf() { echo x; }\ndisco_step tool:installed f\nDISCO_OUTCOME=done\n"
DIGEST = hashlib.sha512(REST.encode()).hexdigest()
GOOD = [{"name": "x", "config": packed_for_heat(REST), "inputs": []}]
PLACE = f"/orchestration/v1/p/software_deployments/metadata/{DIGEST[:32]}"
STEP = "scripts:fetched"


def gives(metadata: object, *codes: int) -> Answer:
    """Answer with these codes first, and then with the configurations at the address."""
    left = list(codes)
    body = json.dumps({"metadata": metadata}).encode()

    def answer(handler: BaseHTTPRequestHandler, request: Request) -> None:
        if left or request.method != "GET":
            answer_with(left.pop(0) if left else 200)(handler, request)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def run(node: Node, url: str, digest: str = DIGEST, **facts: str) -> Any:
    """Run what is in user data of such a node, with Heat at ``url``."""
    node.signal_to(f"{url}/orchestration/v1/p/stacks/s/i/resources/signal")
    node.facts["DISCO_SIGNAL"] = node.facts["DISCO_SIGNAL"].replace("curl", "curl --insecure")
    script = f'. {SHELL / "scripts.sh"}\ndisco_scripts {digest}\n. "$DISCO_STATE/scripts"\n'
    return node.run(script, **facts)


def state(node: Node, name: str = "scripts") -> Any:
    return node.root / "var/lib/disco/c0ffee" / name


def steps(node: Node) -> list[str]:
    return [f"{e['step']} {e['status']}" for e in node.events() if e["event"] == "end"]


def test_a_node_fetches_checks_and_runs_the_rest(node: Node, serve: Serve) -> None:
    heat = serve(gives(GOOD))
    done = run(node, heat.url)
    assert done.returncode == 0, done.stderr
    assert "the rest: ü" in done.stdout
    assert steps(node) == [f"{STEP} ok", "tool:installed ok"]
    (asked,) = heat.requests
    assert (asked.method, asked.headers["X-Auth-Token"]) == ("GET", TOKEN)
    assert asked.path == PLACE
    # what is in it is for root alone, as user data is
    assert stat.S_IMODE(state(node).stat().st_mode) == 0o600
    assert TOKEN not in node.deployment_log() + (node.web / "events.jsonl").read_text()
    assert TOKEN not in (node.web / "components/scripts/fetched.log").read_text()


def test_after_a_reboot_nobody_is_asked_again(node: Node, serve: Serve) -> None:
    heat = serve(gives(GOOD))
    run(node, heat.url)
    done = run(node, "http://127.0.0.1:9")
    assert done.returncode == 0, done.stdout + done.stderr
    assert steps(node)[2:] == [f"{STEP} skipped", "tool:installed skipped"]
    assert len(heat.requests) == 1


def test_what_is_gone_or_cut_is_fetched_again(node: Node, serve: Serve) -> None:
    heat = serve(gives(GOOD))
    run(node, heat.url)
    state(node).write_text(REST[:20])
    assert run(node, heat.url).returncode == 0
    assert state(node).read_text() == REST
    assert len(heat.requests) == 2


def test_a_heat_that_is_busy_is_asked_again(node: Node, serve: Serve) -> None:
    heat = serve(gives(GOOD, 503, 500, 429, 504))
    assert run(node, heat.url).returncode == 0
    log = (node.web / "components/scripts/fetched.log").read_text()
    assert [line.partition(": ")[2] for line in log.splitlines()] == [
        f"it answered {code}" for code in (503, 500, 429, 504)
    ]


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ([], "what it answered has no script in it"),
        ({}, "what it answered has no script in it"),
        (7, "what it answered has no script in it"),
        ([{"config": 7}], "what it answered has no script in it"),
        ([{"config": "@@@@"}], "what it answered has no script in it"),
        ([{"config": packed_for_heat("rm -rf /\n")}], "what it has is not what the cluster was"),
    ],
    ids=["empty", "object", "number", "another number", "noise", "another"],
)
def test_what_is_not_the_script_is_not_run(
    node: Node, serve: Serve, metadata: object, why: str
) -> None:
    heat = serve(gives(metadata))
    assert run(node, heat.url).returncode == 1
    assert not state(node).exists()
    told = heat.requests[-1].json
    assert told["status"] == "FAILURE"
    assert told["reason"].startswith(
        f"c1-worker-1: {STEP}: exit 1: cannot fetch the node's scripts from Heat: {why}"
    )
    assert node.status()["step"] == STEP
    # said twice more, then believed
    assert [r.method for r in heat.requests] == ["GET"] * 3 + ["POST"]


def test_a_token_that_heat_takes_no_more_is_said(node: Node, serve: Serve) -> None:
    heat = serve(gives(GOOD, 401, 401, 401))
    assert run(node, heat.url).returncode == 1
    assert "from Heat: it answered 401" in heat.requests[-1].json["reason"]


def test_of_several_at_one_address_the_right_one_is_taken(node: Node, serve: Serve) -> None:
    other = {"config": packed_for_heat("echo no\n")}
    assert "the rest" in run(node, serve(gives([other, *GOOD])).url).stdout


def test_a_retry_reads_with_the_token_that_it_was_given(node: Node, serve: Serve) -> None:
    """The head of the script takes it in the place of the first one, which is too old."""
    heat = serve(gives(GOOD, 401, 401, 401))
    assert run(node, heat.url).returncode == 1
    node.signal_to("http://127.0.0.1:9/v1/p/stacks/s/i/resources/signal")
    again = serve(gives(GOOD))
    assert run(node, again.url).returncode == 0
    assert state(node).read_text() == REST


def test_a_heat_that_is_not_reached_is_said_in_curls_words(node: Node) -> None:
    assert run(node, "http://127.0.0.1:9", DISCO_TIMEOUT="2").returncode == 1
    reason = node.status()["reason"]
    assert reason.startswith("exit 1: cannot fetch the node's scripts from Heat: curl: (7) ")


def test_an_answer_without_end_fills_no_disk(node: Node, serve: Serve) -> None:
    def pour(handler: BaseHTTPRequestHandler, _: Request) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(1 << 30))
        handler.end_headers()

    assert run(node, serve(pour).url, DISCO_TIMEOUT="1").returncode == 1
    assert "curl: (63)" in node.status()["reason"] or "answered" in node.status()["reason"]
    assert not state(node, "scripts.json").exists()


def test_a_check_needs_what_was_fetched_and_asks_nobody(node: Node, serve: Serve) -> None:
    heat = serve(gives(GOOD))
    run(node, heat.url)
    assert "the rest" in run(node, heat.url, DISCO_CHECK="1").stdout
    state(node).unlink()
    done = run(node, heat.url, DISCO_CHECK="2")
    assert done.returncode == 1
    checked = json.loads((node.web / "checked.json").read_text())
    assert (checked["status"], checked["step"]) == ("failed", STEP)
    assert "is gone, or was changed" in checked["reason"]
    assert len(heat.requests) == 1


def test_it_is_good_bash() -> None:
    subprocess.run(["bash", "-n", str(SHELL / "scripts.sh")], check=True, timeout=60)
