"""Workers with volumes: checked like everything else, made by Heat, and gone with the workers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from disco.embedded.cloud import EmbeddedCloud
from tests.api.test_scaling import scale
from tests.support.pages import Page
from tests.support.service import KIND, Caller, ServiceProcess, attributes, join

HEAT = "icclab.disco.components.heat"
PAGE = Page("volumes.md")


@pytest.fixture
def quota(embedded_cloud: EmbeddedCloud) -> Iterator[Callable[..., None]]:
    file = embedded_cloud.state.path / "quota.json"
    yield lambda **limits: file.write_text(json.dumps(limits)) and None
    file.unlink(missing_ok=True)


def refused(answer: requests.Response) -> dict[str, dict[str, str]]:
    assert answer.status_code == 400, answer.text
    return {f["attribute"].removeprefix(f"{HEAT}."): f for f in answer.json()["faults"]}


def test_volumes_come_and_go_with_their_workers(
    alice: Caller,
    service: ServiceProcess,
    cloud_openrc: Path,
    volumes: Callable[[], dict[str, dict[str, Any]]],
) -> None:
    (command,) = PAGE.blocks("Asking for volumes")
    location = PAGE.run(command, cloud_openrc, service.base).strip()
    alice.wait_for(location, "CREATE_COMPLETE")
    path = location.removeprefix(alice.base)
    first = volumes()
    assert {n: (v["size"], v["volume_type"], v["status"]) for n, v in first.items()} == {
        "disco-worker-1": (10, "local", "in-use"),
        "disco-worker-2": (10, "local", "in-use"),
    }
    assert scale(alice, path, slavecount="3").status_code == 200
    alice.wait_for(location, "UPDATE_COMPLETE")
    grown = volumes()
    assert set(grown) == {*first, "disco-worker-3"}
    assert grown["disco-worker-3"]["size"] == 10
    servers = {v["attachments"][0]["server_id"] for v in grown.values()}
    assert len(servers) == 3
    assert scale(alice, path, remove="disco-worker-2").status_code == 200
    alice.wait_for(location, "UPDATE_COMPLETE")
    left = volumes()
    assert {n: v["id"] for n, v in left.items()} == {
        n: grown[n]["id"] for n in ("disco-worker-1", "disco-worker-3")
    }
    alice.request("DELETE", location)
    alice.wait_until_gone(location)
    assert volumes() == {}


def test_a_preview_counts_them_for_plain_workers_and_groups(alice: Caller) -> None:
    groups = "{'big': {'count': 2, 'volumesize': 100}, 'same': {'count': 1}, 'none': {'count': 1,"
    wanted = attributes(volumesize="10", groups=f"{groups} 'volumesize': 0}}}}")
    headers = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(wanted)}
    shown = alice.request("POST", "/disco/?action=preview", headers=headers).json()
    assert [n["volume_gb"] for n in shown["nodes"]] == [0, 10, 100, 100, 10, 0]
    needed = {q["name"]: (q["needed"], q["limit"]) for q in shown["quotas"]}
    assert needed["volumes"] == (4, 1000)
    assert needed["gigabytes"] == (220, 10000)
    assert shown["resources"]["OS::Cinder::VolumeAttachment"] == 4


def test_what_cannot_be_is_refused_at_once(alice: Caller, quota: Callable[..., None]) -> None:
    def create(**more: str) -> dict[str, dict[str, str]]:
        return refused(alice.create(attributes(**more), Accept="application/json"))

    found = create(volumesize="-1", volumetype="gold")
    assert set(found) == {"volumesize"}
    found = create(volumesize="10", volumetype="gold")
    assert found["volumetype"]["allowed"] == "local"
    found = create(groups="{'big': {'count': 1, 'volumesize': 'x'}}")
    assert "volumesize" in found["groups"]["message"]
    quota(volumes=1, gigabytes=15)
    found = create(volumesize="10", slavecount="2")
    assert found["volumesize"]["code"] == "quota-exceeded"
    answer = alice.create(attributes(volumesize="10", slavecount="2"), Accept="application/json")
    said = " ".join(f["message"] for f in answer.json()["faults"])
    assert "may have 1 volume," in said
    assert "15 GB of volumes" in said
    quota(gigabytes=20)
    answer = alice.create(attributes(volumesize="10", slavecount="2"), Accept="application/json")
    assert answer.status_code == 201
    location = answer.headers["Location"]
    alice.wait_for(location, "CREATE_COMPLETE")
    more = refused(scale(alice, location.removeprefix(alice.base), slavecount="3"))
    assert more["volumesize"]["code"] == "quota-exceeded"
    alice.request("DELETE", location)
    alice.wait_until_gone(location)
