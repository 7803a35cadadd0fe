"""What a list tells of clusters, in every form that has attributes, without asking each of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.service import Caller, on_network

NAME = "Größe, 100 % 🐘"
HEAT = "icclab.disco.components.heat."


def listed(caller: Caller, path: str, accept: str) -> dict[str, Any]:
    """The attributes that the list has of one cluster."""
    found = caller.get("/disco/", Accept=accept).json()
    entities = found if isinstance(found, list) else found["resources"]
    uuid = path[-36:]
    (one,) = (e for e in entities if uuid in json.dumps(e))
    return {**one["attributes"], **({"occi.core.title": one["title"]} if "title" in one else {})}


@pytest.fixture
def named(alice: Caller, network_of_alice: str) -> Any:
    wanted = on_network(network_of_alice, inject="{'dask': '', 'jupyter': ''}", ttl="2h")
    in_header = NAME.encode().decode("latin-1")  # as http.client takes the bytes of UTF-8
    answer = alice.create({**wanted, "occi.core.title": in_header})
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    alice.wait_for(location, "CREATE_COMPLETE")
    yield location
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


@pytest.mark.parametrize("accept", ["application/occi+json", "application/json"])
def test_name_frameworks_workers_times_and_phase_are_listed(
    alice: Caller, named: str, accept: str
) -> None:
    told = listed(alice, named, accept)
    assert told["occi.core.title"] == NAME
    assert told["disco.frameworks"] == "dask+jupyter"
    assert told[f"{HEAT}slavecount"] == "1"
    assert told["disco.phase"] == "complete"
    assert told["disco.ending"] in ("delete", "poweroff")
    now = datetime.now(UTC)
    created = datetime.fromisoformat(told["disco.created"])
    ends = datetime.fromisoformat(told["disco.expires"])
    assert now - timedelta(minutes=10) < created <= now
    assert timedelta(hours=1, minutes=50) < ends - created < timedelta(hours=2, minutes=10)
    shown = alice.show(named)
    for name in ("occi.core.title", "disco.created", "disco.expires", "disco.ending"):
        assert shown[name] == told[name], name


def test_a_list_tells_the_later_end_of_a_cluster_that_was_extended(
    alice: Caller, named: str
) -> None:
    before = listed(alice, named, "application/json")
    action = "http://schemas.cloudcomplab.ch/occi/sm/action#extend"
    answer = alice.request(
        "POST",
        f"{named}?action=extend",
        headers={"Content-Type": "application/json"},
        json={"action": action, "attributes": {f"{HEAT}ttl": "9h"}},
    )
    assert answer.status_code == 200, answer.text
    alice.wait_for(named, "UPDATE_COMPLETE")
    after = listed(alice, named, "application/json")
    assert after["disco.expires"] > before["disco.expires"]
    assert after["disco.expires"] == alice.show(named)["disco.expires"]
    kept = ("occi.core.title", "disco.frameworks", "disco.created", f"{HEAT}slavecount")
    assert {n: after[n] for n in kept} == {n: before[n] for n in kept}
