"""The commands of docs/lifecycle.md, as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.pages import Page
from tests.support.service import Caller, ServiceProcess, on_network

PAGE = Page("lifecycle.md")
Run = Callable[..., str]


@pytest.fixture
def run(service: ServiceProcess, cloud_openrc: Path) -> Run:
    (prelude,) = PAGE.blocks(None)
    prelude = prelude.replace("http://127.0.0.1:8888", service.base)

    def run(command: str, uuid: str = "") -> str:
        head = f"set -euo pipefail; source {cloud_openrc}; UUID={uuid}\n{prelude}"
        return subprocess.run(
            ["bash", "-c", head + command], capture_output=True, text=True, timeout=120, check=True
        ).stdout

    return run


@pytest.fixture
def uuid(standing_cluster: str) -> str:
    return standing_cluster.rpartition("/")[2]


def test_all_faults_come_at_once(run: Run) -> None:
    command, _ = PAGE.blocks("Before anything is created")
    faults = json.loads(run(command))["faults"]
    named = {fault["attribute"].rpartition(".")[2] for fault in faults}
    assert named >= {"timeout", "sshkeyname"}


def test_a_preview_in_both_forms(run: Run) -> None:
    by_action, by_deployer = PAGE.blocks("Preview")
    shown: dict[str, Any] = json.loads(run(by_action))
    assert set(shown["frameworks"]) == {"dask", "jupyter"}
    listed = set(re.findall(r"^\| `(\w+)[`.]", PAGE.section("Preview"), re.M))
    assert {"nodes", "resources", "quotas"} <= listed
    assert len(yaml.safe_load(run(by_deployer))["nodes"]) == 3


def test_every_member_of_a_preview_is_documented(run: Run) -> None:
    shown = json.loads(run(PAGE.blocks("Preview")[0]))
    section = PAGE.section("Preview")
    for name in shown:
        assert re.search(rf"`{name}(`|\.)", section), name


def test_progress_is_shown(run: Run, uuid: str) -> None:
    (command,) = PAGE.blocks("Progress")
    assert 'disco.phase="complete"' in run(command, uuid)


def test_components_and_choices_are_told_as_documented(run: Run) -> None:
    query, choices = PAGE.blocks("What there is to choose from")
    mixins = {mixin["term"]: mixin for mixin in json.loads(run(query))["mixins"]}
    assert mixins["dask"]["disco"]["versions"]
    section = PAGE.section("What there is to choose from")
    for name in json.loads(run(choices)):
        assert f"`{name}`" in section


def test_interfaces_are_told_as_documented(run: Run, uuid: str) -> None:
    (command,) = PAGE.blocks("Interfaces")
    found = json.loads(run(command, uuid))["interfaces"]
    assert {"deployment.log"} == {one["path"].strip("/") for one in found}
    section = PAGE.section("Interfaces")
    for name in found[0]:
        assert f"`{name}`" in section, name


def test_workers_come_and_go(run: Run, cluster_of_alice: str, alice: Caller) -> None:
    (commands,) = PAGE.blocks("Scale")
    grow, shrink = re.findall(r"^curl(?:.*\\\n)*.*\n", commands, flags=re.M)
    for command, left in ((grow, "1-4"), (shrink, "1,4")):
        run(command, cluster_of_alice.rpartition("/")[2])
        shown = alice.wait_for(cluster_of_alice, "UPDATE_COMPLETE")
        assert shown["disco.workers"] == left


def test_nothing_is_retried_where_nothing_failed(run: Run, uuid: str) -> None:
    (command,) = PAGE.blocks("Retry")
    assert "Nothing failed: the cluster is CREATE_COMPLETE" in run(command, uuid)


def test_a_cluster_is_suspended_and_resumed(run: Run, cluster_of_alice: str, alice: Caller) -> None:
    (commands,) = PAGE.blocks("Suspend and resume")
    for command, action in zip(
        re.findall(r"^curl(?:.*\\\n)*.*\n", commands, flags=re.M),
        ("SUSPEND", "RESUME"),
        strict=True,
    ):
        run(command, cluster_of_alice.rpartition("/")[2])
        alice.wait_for(cluster_of_alice, f"{action}_COMPLETE")


def test_events_are_listed_waited_for_and_followed(run: Run, uuid: str) -> None:
    listing, waiting, following = PAGE.blocks("Events")
    assert "create of worker_1 done" in run(listing, uuid)
    assert run(waiting, uuid) == ""
    assert run(following, uuid).rstrip().endswith('{"stack_status": "CREATE_COMPLETE"}')


def test_a_delete_hands_over_what_is_known(run: Run, alice: Caller, network_of_alice: str) -> None:
    plain, with_evidence = PAGE.blocks("Deleting")
    wanted = on_network(network_of_alice)
    first, second = (alice.create(wanted).headers["Location"] for _ in range(2))
    alice.wait_for(second, "CREATE_COMPLETE")
    assert run(plain, first.rpartition("/")[2]).strip() == "OK"
    told = yaml.safe_load(run(with_evidence, second.rpartition("/")[2]))
    assert told["attributes"]["stack_status"] == "CREATE_COMPLETE"
    assert {"id", "events", "console", "deployment_log"} <= set(told)
    for url in (first, second):
        alice.wait_until_gone(url)
