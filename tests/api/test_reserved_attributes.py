"""What DISCO notes about a cluster is DISCO's: clients can neither send nor forge it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from disco.config import read_key_secrets
from disco.derived_secrets import fingerprint
from tests.support.service import KIND, Caller, ServiceProcess, attributes, join, on_network

RESERVED = [
    "disco.generated", "disco.workers", "disco.workers.created", "disco.warnings", "disco.odd",
    "stackid", "stack_status", "external_ip", "ssh_private_key", "occi.mcn.stack.state",
]  # fmt: skip
FORGED = [
    "{fp} jupyter.password:20000000", "{fp} jupyter.password:x", "{fp} heat.ending:43",
    "{fp} heat.ending:8 jupyter.password:1e9", "{fp}", "", "x" * 100_000,
]  # fmt: skip
TEMPLATE = """
heat_template_version: '2018-08-31'
parameters:
  disco_attributes: {type: string}
  disco_notes: {type: string, default: '{}'}
  disco_end: {type: string, default: ''}
outputs:
  ssh_public_key: {value: ''}
"""


@pytest.mark.parametrize("name", RESERVED)
def test_a_create_or_preview_with_it_is_refused(alice: Caller, name: str) -> None:
    wanted = {**attributes(), name: "x"}
    headers = {
        "Content-type": "text/occi", "Category": KIND, "Accept": "application/json",
        "X-OCCI-Attribute": join(wanted),
    }  # fmt: skip
    for path in ("/disco/", "/disco/?action=preview"):
        answer = alice.request("POST", path, headers=headers)
        assert answer.status_code == 400, answer.text
        (fault,) = (f for f in answer.json()["faults"] if f["attribute"] == name)
        assert fault["code"] == "reserved-attribute"


def test_what_an_existing_cluster_is_told_is_ignored_as_ever(
    alice: Caller, standing_cluster: str
) -> None:
    sent = join({"stackid": "x", "disco.workers": "9" * 5000})
    headers = {"Content-type": "text/occi", "X-OCCI-Attribute": sent}
    assert alice.request("POST", standing_cluster, headers=headers).status_code == 200
    shown = alice.show(standing_cluster)
    assert shown["stackid"] != "x" and "disco.workers" not in shown


def test_notes_are_in_a_parameter_of_their_own(
    alice: Caller, alice_heat: Any, network_of_alice: str
) -> None:
    location = alice.create(on_network(network_of_alice, inject="{'jupyter': ''}")).headers[
        "Location"
    ]
    try:
        parameters = alice_heat.stacks.get(f"disco_{location[-36:]}").parameters
        assert list(json.loads(parameters["disco_notes"])) == ["disco.generated"]
        assert not any(name.startswith("disco.") for name in json.loads(
            parameters["disco_attributes"]
        ))  # fmt: skip
        shown = alice.show(location)
        assert len(shown["icclab.disco.components.jupyter.password"]) >= 8
        assert "disco.generated" not in shown
    finally:
        alice.request("DELETE", location)
        alice.wait_until_gone(location)


@pytest.fixture
def hand_made(alice_heat: Any, alice: Caller) -> Iterator[Any]:
    """Makes a stack with the name of a cluster, as anybody in the project can."""
    made: list[str] = []

    def make(template: str = TEMPLATE, **parameters: str) -> str:
        cluster = str(uuid.uuid4())
        alice_heat.stacks.create(
            stack_name=f"disco_{cluster}", template=template, parameters=parameters
        )
        made.append(f"/disco/{cluster}")
        alice.wait_for(made[-1], "CREATE_COMPLETE")
        return made[-1]

    yield make
    for path in made:
        assert alice.request("DELETE", path).status_code == 200
        alice.wait_until_gone(path)


def test_forged_notes_cost_nothing_and_reveal_nothing(
    alice: Caller, service: ServiceProcess, hand_made: Any
) -> None:
    made_with = fingerprint(read_key_secrets(service.folder / "disco-key-secret")[0])
    old = TEMPLATE.replace("  disco_notes: {type: string, default: '{}'}\n", "")
    numbers = {f"disco.workers{more}": "9" * 5000 for more in ("", ".created", ".groups", ".left")}
    for note in FORGED:
        forged = {"disco.generated": note.format(fp=made_with), **numbers, "ssh_private_key": "x"}
        text = json.dumps(forged)
        for path in (
            hand_made(disco_attributes="{}", disco_notes=text),
            hand_made(disco_attributes=text),
            hand_made(old, disco_attributes=text),
        ):
            began = time.monotonic()
            shown = alice.show(path)
            assert time.monotonic() - began < 2
            assert not any("ending" in n or "password" in n for n in shown)
            assert "ssh_private_key" not in shown
            for further in ("/events", "/interfaces", "/nodes"):
                assert alice.get(f"{path}{further}").status_code == 200


@pytest.mark.parametrize("text", ["[" * 60_000, '{"a": ' * 60_000, "x", "[1]", '{"a": 1e999}'])
def test_attributes_that_cannot_be_read_hinder_nothing(
    alice: Caller, hand_made: Any, text: str
) -> None:
    path = hand_made(disco_attributes=text, disco_notes=text)
    assert alice.show(path)["stack_status"] == "CREATE_COMPLETE"
