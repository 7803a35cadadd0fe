"""A preview shows what a create would make, and makes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from disco.embedded.cloud import EmbeddedCloud
from tests.api.cloud_writes import CloudWrites
from tests.support.service import KIND, Caller, attributes, join

HEAT = "icclab.disco.components.heat"
SCHEME = "http://schemas.cloudcomplab.ch/occi/sm/action#"
FRAMEWORKS = "{'dask': '', 'jupyter': ''}"


def preview(caller: Caller, wanted: dict[str, str], **headers: str | None) -> Any:
    sent = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(wanted)}
    return caller.request("POST", "/disco/?action=preview", headers={**sent, **headers})


@pytest.fixture
def writes(embedded_cloud: EmbeddedCloud) -> Iterator[CloudWrites]:
    found = CloudWrites(embedded_cloud.state_dir)
    yield found
    found.close()


def wanted(**changes: str | None) -> dict[str, str]:
    base = {"inject": FRAMEWORKS, "slavecount": "2", "masterflavor": "m1.medium"}
    return attributes(**{**base, **changes})


def test_a_preview_shows_plan_nodes_resources_and_quotas(alice: Caller) -> None:
    answer = preview(alice, wanted())
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    shown = answer.json()
    steps = shown["plan"]["steps"]
    assert {"dask:start", "jupyter:start", "heat:end"} & set(steps)
    for step, required in shown["plan"]["edges"].items():
        assert all(steps.index(one) < steps.index(step) for one in required)
    assert [node["name"] for node in shown["nodes"]] == [
        "disco-manager", "disco-worker-1", "disco-worker-2",
    ]  # fmt: skip
    master = shown["nodes"][0]
    assert (master["flavor"], master["ram_mb"], master["role"]) == ("m1.medium", 4096, "master")
    assert 0 < sum(master["memory_mb"].values()) <= 4096
    assert set(shown["frameworks"]) == {"dask", "jupyter"}
    assert shown["resources"]["OS::Nova::Server"] == 3
    quotas = {quota["name"]: quota for quota in shown["quotas"]}
    assert quotas["instances"]["needed"] == 3
    assert quotas["instances"]["limit"] == 500
    assert quotas["ram"]["needed"] == 4096 + 2 * 2048
    assert yaml.safe_load(shown["template"])["resources"]["worker_2"]
    assert shown["user_data"]["worker"].startswith("#!/bin/bash")


def test_a_preview_writes_nothing_at_the_cloud(alice: Caller, writes: CloudWrites) -> None:
    alice.get("/disco/")
    before = writes.at_rest()
    assert preview(alice, wanted()).status_code == 200
    assert writes.since(before) == {}


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_file_deployer_is_a_preview(
    alice: Caller, stacks: Callable[[], set[str]], method: str
) -> None:
    before = stacks()
    path = "/disco/" if method == "POST" else f"/disco/{uuid.uuid4()}"
    sent = wanted() | {
        "icclab.disco.deployer.type": "FileDeployer",
        "icclab.disco.deployer.file": "/etc/disco-was-here",
    }
    answer = alice.request(
        method,
        path,
        headers={"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(sent)},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["template"].startswith("heat_template_version")
    assert stacks() - before == set()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("text/occi", "application/json"),
        ("application/occi+json", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
        ("text/plain", "text/plain"),
    ],
)
def test_a_preview_is_json_unless_text_is_asked_for(alice: Caller, accept: str, kind: str) -> None:
    answer = preview(alice, wanted(), Accept=accept)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(kind)
    shown = yaml.safe_load(answer.text)  # JSON is YAML
    assert shown["nodes"][0]["name"] == "disco-manager"


def test_a_preview_can_be_asked_for_with_the_actions_category(alice: Caller) -> None:
    category = f'preview; scheme="{SCHEME}"; class="action"'
    assert preview(alice, wanted(), Category=category).status_code == 200


def test_the_query_interface_lists_the_preview(alice: Caller) -> None:
    assert f'preview; scheme="{SCHEME}"; class="action"' in alice.get("/-/").text


def test_secrets_are_masked(alice: Caller) -> None:
    given = "hunter2-hunter2"
    name = "icclab.disco.components.jupyter.password"
    for sent in (wanted(), wanted() | {name: given}):
        text = preview(alice, sent).text
        assert given not in text
        assert "PRIVATE KEY" not in text


def test_a_wrong_preview_has_the_faults_of_the_create(alice: Caller) -> None:
    wrong = wanted(masterimage="nope", timeout="0")
    asked = preview(alice, wrong, Accept="application/occi+json")
    created = alice.create(wrong, Accept="application/occi+json")
    assert asked.status_code == created.status_code == 400
    assert asked.json()["faults"] == created.json()["faults"]


def test_what_is_previewed_is_what_heat_is_given(alice: Caller, alice_heat: Any) -> None:
    key = str(uuid.uuid4())
    shown = preview(alice, attributes(), **{"Idempotency-Key": key}).json()
    created = alice.create(attributes(), **{"Idempotency-Key": key})
    location = created.headers["Location"]
    try:
        stack = f"disco_{key}"
        assert shown["stack"] == stack
        given = yaml.safe_load(shown["template"])
        template = alice_heat.stacks.template(stack)
        assert template["resources"] == given["resources"]
        assert alice_heat.stacks.files(stack) == {
            f"{role}.sh": text for role, text in shown["user_data"].items()
        }
        assert shown["scripts"] == shown["sizes"]["scripts"] == {}
    finally:
        alice.wait_for(location, "CREATE_COMPLETE")
        alice.request("DELETE", location)
        alice.wait_until_gone(location)


def test_more_copies_than_workers_are_said(alice: Caller) -> None:
    """Each block would lack copies for ever: the cluster can be had, and the preview says so."""
    asked = wanted(inject="{'hadoop': ''}", slavecount="1", slaveflavor="m1.medium")
    asked["icclab.disco.components.hadoop.replication"] = "3"
    answer = preview(alice, asked, Accept="application/json")
    assert answer.status_code == 200, answer.text
    assert any("3 are needed, and there are 1" in said for said in answer.json()["warnings"])
