"""Starting, stopping and breaking the embedded cloud."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.services.records import Records
from disco.errors import ConfigurationError
from tests.embedded.templates import cluster
from tests.embedded.test_stacks import of_clusters
from tests.support.cloud import free_port_pair, heat_of, session_of, stack_at_rest, until


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_clusters_outlive_the_cloud_and_a_killed_heat(tmp_path: Path) -> None:
    first = EmbeddedCloud(tmp_path / "state", cloud_port=free_port_pair())
    with first:
        assert first_answers(first) == [200] * 8, "refused for what Keystone had yet to read"
        heat = heat_of(first.credentials)
        kept = heat.stacks.create(stack_name="kept", template=cluster(1, key="kept"))["stack"]["id"]
        assert stack_at_rest(heat, kept, "CREATE").stack_status == "CREATE_COMPLETE"
        heat.actions.suspend(kept)
        assert stack_at_rest(heat, kept, "SUSPEND").stack_status == "SUSPEND_COMPLETE"
        there = of_clusters(first)
        broken = heat.stacks.create(
            stack_name="broken", template=cluster(8, wait=True, key="broken")
        )
        broken_id = broken["stack"]["id"]
        until(lambda: len(of_clusters(first)["ports"]) > 3, what="the create is under way")
        os.kill(first.pids["heat"], signal.SIGKILL)
        with pytest.raises(ConfigurationError, match="heat ended"):
            first.wait()

    # what a Heat leaves that was killed before it noted the id
    first.stop()
    Records(tmp_path / "state" / "resources.db").put(
        "floatingip",
        {
            "id": "unknown",
            "project_id": project_of(there),
            "port_id": None,
            "floating_ip_address": "127.100.1.1",
            "name": "",
        },
    )

    # other ports: the endpoints in Keystone must follow
    second = EmbeddedCloud(tmp_path / "state", cloud_port=free_port_pair())
    with second:
        heat = heat_of(second.credentials)
        assert heat.stacks.get(kept).stack_status == "SUSPEND_COMPLETE"
        assert heat.stacks.get(broken_id).stack_status == "CREATE_FAILED"
        heat.stacks.delete(broken_id)
        gone = stack_at_rest(heat, broken_id, "DELETE")
        assert gone.stack_status == "DELETE_COMPLETE", gone.stack_status_reason
        assert of_clusters(second)["servers"] == [
            {**item, "links": []} for item in there["servers"]
        ]
        left = of_clusters(second)
        assert {kind: len(items) for kind, items in left.items()} == {
            kind: len(items) for kind, items in there.items()
        }
        log = (tmp_path / "state" / "logs" / "heat.log").read_text()
        assert "Not everything came back" not in log
        assert "Orphans could not" not in log
        heat.actions.resume(kept)
        assert stack_at_rest(heat, kept, "RESUME").stack_status == "RESUME_COMPLETE"


def first_answers(cloud: EmbeddedCloud) -> list[int]:
    """What a new cloud says when all that it is asked first comes at once."""
    sessions = [session_of(cloud.credentials) for _ in range(8)]
    paths = {"compute": "/servers", "network": "/v2.0/networks", "image": "/v2/images"}
    paths["orchestration"] = "/stacks"
    urls = [
        str(sessions[0].get_endpoint(service_type=kind, interface="public")) + path
        for kind, path in paths.items()
    ]
    for session in sessions:
        session.get_token()

    def status(number: int) -> int:
        answer = sessions[number].get(urls[number % len(urls)], raise_exc=False)
        return int(answer.status_code)

    with ThreadPoolExecutor(len(sessions)) as pool:
        return list(pool.map(status, range(len(sessions))))


def project_of(resources: dict[str, list[Any]]) -> str:
    return str(resources["networks"][0]["project_id"])


def run(state: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "disco.embedded", "--state", str(state)]
    return subprocess.Popen(
        [*command, "--nodes", "none", "--cloud-port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def services_of(state: Path) -> list[int]:
    """The processes that work on a state directory."""
    pids = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(state).encode() in words and alive(int(folder.name)):
                pids.append(int(folder.name))
    return pids


@pytest.mark.slow
def test_the_command_mends_an_interrupted_start_stops_cleanly_and_dies_with_its_services(
    tmp_path: Path,
) -> None:
    state, port = tmp_path / "state", free_port_pair()
    process = run(state, port)
    try:
        until((state / "keystone" / "keystone.db").exists, what="the first database")
        process.kill()
        process.wait()
        until(lambda: not services_of(state), 30, "the services end with their parent")
        assert not (state / "complete.json").exists()

        process = run(state, port)
        until((state / "complete.json").exists, 120, "the cloud is up")
        credentials = EmbeddedCloud(state, cloud_port=port).credentials
        assert list(heat_of(credentials).stacks.list()) == []
        refused = run(state, free_port_pair())
        _, told = refused.communicate(timeout=60)
        assert refused.returncode == 1
        assert f"in use by the process with id {process.pid}" in told
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert errors == ""
        assert f"source {state}/openrc" in output
        assert services_of(state) == []

        process = run(state, port)
        assert process.stdout is not None
        process.stdout.readline()
        assert len(services_of(state)) == 3
        process.kill()
        process.wait()
        until(lambda: not services_of(state), 30, "the services end with their parent")
    finally:
        process.kill()
        process.communicate()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    port = free_port_pair()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        began = time.monotonic()
        with pytest.raises(ConfigurationError) as refusal:
            EmbeddedCloud(tmp_path / "state", cloud_port=port).start()
        assert time.monotonic() - began < 5
    assert f"Port {port + 1}" in refusal.value.message
    assert "--cloud-port" in (refusal.value.hint or "")


def test_secrets_are_their_owners_alone_and_differ(embedded_cloud: EmbeddedCloud) -> None:
    state = embedded_cloud.state_dir
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    for path in [state / "secrets", state / "openrc", state / "heat" / "heat.conf"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    secrets = embedded_cloud.state.secrets()
    assert len(set(secrets.values())) == len(secrets)
    for log in (state / "logs").iterdir():
        content = log.read_text(errors="replace")
        assert not [name for name, secret in secrets.items() if secret in content], log


def test_further_projects_can_be_added(embedded_cloud: EmbeddedCloud) -> None:
    third: Any = embedded_cloud.add_project("third", "a password of its own")
    assert list(heat_of(third).stacks.list()) == []
