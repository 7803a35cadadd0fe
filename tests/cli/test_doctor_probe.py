"""The probe of ``disco doctor``: one node that says what it reaches, and nothing that stays."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from disco.doctor.probe_template import render_script
from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import eventually, heat_of, pauses
from tests.support.cloud_faults import says
from tests.support.cloud_proxy import CloudProxy, change_json
from tests.support.shell import Shell, environment

CHOSEN = ("--image", "debian-12", "--flavor", "m1.small")


@pytest.fixture
def shell(embedded_cloud: EmbeddedCloud, tmp_path: Path) -> Shell:
    return Shell(environment(embedded_cloud.credentials_of("demo"), tmp_path), tmp_path)


def left(heat: Any) -> list[str]:
    return [s.stack_name for s in heat.stacks.list() if s.stack_name.startswith("disco-doctor")]


def say(heat: Any, said: dict[str, str]) -> None:
    """What the node of the next probe signals, as soon as it is waited for."""
    for _ in pauses(90):
        for stack in left(heat):
            states = {r.resource_name: r.resource_status for r in heat.resources.list(stack)}
            if states.get("said") == "CREATE_IN_PROGRESS":
                data = {"status": "SUCCESS", "data": json.dumps(said), "id": "1"}
                heat.resources.signal(stack, "handle", data=data)
                return


def report(**changes: str) -> dict[str, str]:
    return {
        "keystone": "ok", "heat": "ok", "packages": "ok", "clock": str(int(time.time())),
        "system": "debian 12", "cloudinit": "/usr/bin/cloud-init 22.4", "python": "3.11.2",
        "curl": "there", **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        (report(), "good", "The node reaches Heat"),
        (report(packages="Errno 101"), "warning", "does not reach pypi.org: Errno 101"),
        (report(keystone="timed out"), "warning", "does not reach Keystone: timed out"),
        (report(curl="missing"), "failed", "no curl"),
        (report(clock="1000"), "warning", "clock"),
        ({"system": "\x1b[31m" + "x" * 9000}, "good", "The node has"),
    ],
)
def test_what_the_node_says_is_told(
    shell: Shell, embedded_cloud: EmbeddedCloud, said: dict[str, str], state: str, words: str
) -> None:
    heat = heat_of(embedded_cloud.credentials_of("demo"))
    node = threading.Thread(target=say, args=(heat, said))
    node.start()
    done = shell.call("doctor", "--probe", *CHOSEN, "--timeout", "80s", "-f", "json")
    node.join()
    probe = [f for f in done.json["findings"] if f["check"] == "probe"]
    assert any(f["state"] == state and words in f["text"] for f in probe), probe
    assert "\x1b" not in done.out and all(len(f["text"]) < 1000 for f in probe)
    assert done.status == (1 if state == "failed" else 0)
    eventually(lambda: left(heat), [])  # Heat lists what is deleted for a moment


def test_a_node_that_says_nothing(shell: Shell, embedded_cloud: EmbeddedCloud) -> None:
    done = shell.call("doctor", "--probe", *CHOSEN, "--timeout", "5s", "-f", "json")
    (found,) = [f for f in done.json["findings"] if f["state"] == "failed"]
    assert found["check"] == "probe" and "cloud-init" in found["todo"]
    assert done.status == 1
    heat = heat_of(embedded_cloud.credentials_of("demo"))
    eventually(lambda: left(heat), [])


@pytest.mark.parametrize(
    ("status", "message", "todo"),
    [
        (500, "Stack user domain is not configured", "stack_user_domain_name"),
        (403, "You are not authorized to perform trust creation", "trusts_delegated_roles"),
        (400, "Property error: flavor", "cloud's operator"),
    ],
)
def test_a_heat_that_makes_no_stacks(
    embedded_cloud: EmbeddedCloud, tmp_path: Path, status: int, message: str, todo: str
) -> None:
    env = environment(embedded_cloud.credentials_of("demo"), tmp_path)
    with CloudProxy(embedded_cloud.ports) as proxy:
        shell = Shell({**env, "OS_AUTH_URL": proxy.auth_url}, tmp_path)
        refused = says(status, {"error": {"message": message}})
        with proxy.fails("orchestration", r"/stacks$", refused, method="POST"):
            done = shell.call("doctor", "--probe", *CHOSEN, "-f", "json")
    (found,) = [f for f in done.json["findings"] if f["state"] == "failed"]
    assert message in found["text"] and todo in found["todo"]


def test_several_images_and_none_named(embedded_cloud: EmbeddedCloud, tmp_path: Path) -> None:
    def twice(said: dict[str, Any]) -> dict[str, Any]:
        first = said["images"][0]
        return {**said, "images": [first, first | {"id": "another", "name": "debian-13"}]}

    env = environment(embedded_cloud.credentials_of("demo"), tmp_path)
    with CloudProxy(embedded_cloud.ports) as proxy:
        shell = Shell({**env, "OS_AUTH_URL": proxy.auth_url}, tmp_path)
        with proxy.answers("image", "/images", change_json(twice)):
            done = shell.call("doctor", "--probe", "--timeout", "5s", "-f", "json")
    (found,) = [f for f in done.json["findings"] if f["state"] == "failed"]
    assert "--image" in found["todo"] and "--external-network" not in found["todo"]
    assert not [a for a in proxy.seen if a.method == "POST" and a.path.endswith("/stacks")]


@pytest.fixture
def heat_of_node() -> Iterator[tuple[str, list[Any]]]:
    """An endpoint that keeps what is signalled to it."""
    kept: list[Any] = []

    class Signalled(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.append((self.headers["X-Auth-Token"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(300)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Signalled)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", kept
    server.shutdown()
    server.server_close()


def test_the_script_tells_what_is_reached(
    heat_of_node: tuple[str, list[Any]], tmp_path: Path
) -> None:
    """As cloud-init runs it, with what Heat puts into it."""
    url, kept = heat_of_node
    script = render_script(f"{url}/v3", "http://127.0.0.1:9/v1/it's")
    script = script.replace("@TOKEN@", "a token").replace("@ENDPOINT@", f"{url}/signal")
    script = script.replace("https://pypi.org", "http://127.0.0.1:9")
    file = tmp_path / "user-data"
    file.write_text(script)
    file.chmod(0o700)
    done = subprocess.run([str(file)], capture_output=True, text=True, timeout=60, check=True)
    ((token, signal),) = kept
    said = json.loads(signal["data"])
    assert (token, signal["status"]) == ("a token", "SUCCESS")
    assert (said["keystone"], "refused" in said["heat"]) == ("ok", True)
    assert abs(int(said["clock"]) - time.time()) < 120
    assert f"DISCO doctor {json.dumps(said)}" in done.stdout
