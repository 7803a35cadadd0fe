"""Stacks of an older DISCO have the name and nothing else; they are clusters all the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import until
from tests.support.pages import Page
from tests.support.service import Caller, ServiceProcess

PAGE = Page("lifecycle.md")

# the original's outputs, without its tags, parameters and attributes
TEMPLATE = {
    "heat_template_version": "2014-10-16",
    "resources": {
        "hadoop_network": {"type": "OS::Neutron::Net", "properties": {"name": "disco-net"}},
        "hadoop_subnet": {
            "type": "OS::Neutron::Subnet",
            "properties": {"network_id": {"get_resource": "hadoop_network"}, "cidr": "10.9.0.0/24"},
        },
        "key": {"type": "OS::Heat::RandomString"},
    },
    "outputs": {
        "external_ip": {"value": ""},
        "ssh_private_key": {"value": {"get_attr": ["key", "value"]}},
    },
}


@pytest.fixture
def old(alice: Caller, alice_heat: Any) -> Iterator[str]:
    cluster = str(uuid.uuid4())
    alice_heat.stacks.create(stack_name=f"disco_{cluster}", template=TEMPLATE)
    path = f"/disco/{cluster}"
    yield path
    alice.request("DELETE", path)
    alice.wait_until_gone(path)


def test_an_old_cluster_is_listed_shown_and_deleted(
    alice: Caller, old: str, alice_heat: Any, service: ServiceProcess, cloud_openrc: Path
) -> None:
    shown = alice.wait_for(old, "CREATE_COMPLETE")
    assert old in alice.get("/disco/").text
    assert shown["disco.phase"] == "complete"
    assert shown["occi.core.id"] == old
    assert shown["ssh_private_key"]
    # what the stack cannot tell is left out, not guessed
    for name in ("slavecount", "masterflavor"):
        assert f"icclab.disco.components.heat.{name}" not in shown
    assert "disco.frameworks" not in shown
    assert "external_ip" not in shown
    assert "hadoop_network" in alice.get(f"{old}/events").text
    (commands,) = PAGE.blocks("Clusters of an older DISCO")
    said = PAGE.run(commands, cloud_openrc, service.base, UUID=old.removeprefix("/disco/"))
    listed, *told, deleted = said.splitlines()
    assert listed.endswith(old)
    assert any('stack_status="CREATE_COMPLETE"' in line for line in told)
    assert deleted.endswith("OK")  # the original ended no body with a new line
    alice.wait_until_gone(old)
    assert old not in alice.get("/disco/").text
    name = f"disco_{old.removeprefix('/disco/')}"
    until(lambda: name not in {stack.stack_name for stack in alice_heat.stacks.list()})


def test_an_old_cluster_is_suspended_and_resumed(alice: Caller, old: str) -> None:
    alice.wait_for(old, "CREATE_COMPLETE")
    for action in ("suspend", "resume"):
        answer = alice.request(
            "POST",
            old,
            headers={"Content-type": "text/occi", "X-OCCI-Attribute": f'action="{action}"'},
        )
        assert answer.status_code == 200, answer.text
        alice.wait_for(old, f"{action.upper()}_COMPLETE")


def test_an_old_cluster_is_neither_scaled_nor_retried(alice: Caller, old: str) -> None:
    alice.wait_for(old, "CREATE_COMPLETE")
    asked = 'icclab.disco.components.heat.slavecount="3"'
    for attribute, code in ((asked, "not-scalable"), ('action="retry"', "nothing-to-retry")):
        headers = {"Content-type": "text/occi", "Accept": "application/json"}
        answer = alice.request("POST", old, headers={**headers, "X-OCCI-Attribute": attribute})
        assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_stacks_of_others_with_similar_names_are_no_clusters(
    alice: Caller, alice_heat: Any
) -> None:
    template = {"heat_template_version": "2018-08-31"}
    alice_heat.stacks.create(stack_name="disco_something", template=template)
    try:
        assert "something" not in alice.get("/disco/").text
        alice.request("DELETE", "/disco/")
        stack = alice_heat.stacks.get("disco_something")
        assert not stack.stack_status.startswith("DELETE")
    finally:
        alice_heat.stacks.delete("disco_something")
