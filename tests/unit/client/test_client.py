"""What the client sends, and that a repeated create makes one cluster."""

from __future__ import annotations

import pytest
import requests
import requests_mock

from disco.client import BadRequest, Client, ClusterRequest, Conflict
from tests.support.wire import BASE, ID, TOKEN, URL, error, query_interface, resource


def test_a_create_sends_the_token_the_project_and_the_attributes(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.post(f"{BASE}/disco/", status_code=201, headers={"Location": URL})
    wire.get(URL, json=resource("CREATE_IN_PROGRESS"))
    created = client.create(ClusterRequest(image="i", workers=3, frameworks={"dask": ""}))
    assert (created.id, created.status) == (ID, "CREATE_IN_PROGRESS")
    sent = next(r for r in wire.request_history if r.url == f"{BASE}/disco/" and r.method == "POST")
    assert sent.headers["X-Auth-Token"] == TOKEN
    assert sent.headers["X-Tenant-Name"] == "p1"
    assert "OCCI/1.2" in sent.headers["User-Agent"]
    assert sent.json()["attributes"]["icclab.disco.components.heat.slavecount"] == "3"


def test_a_create_without_an_answer_is_sent_again_with_the_same_id(
    client: Client, wire: requests_mock.Mocker
) -> None:
    answers = [
        {"exc": requests.exceptions.ConnectionError("reset")},
        {"status_code": 201, "headers": {"Location": URL}},
    ]
    wire.post(f"{BASE}/disco/", answers)
    wire.get(URL, json=resource("CREATE_IN_PROGRESS"))
    client.create({})
    keys = [r.headers["Idempotency-Key"] for r in wire.request_history if "disco/" in r.url[-7:]]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_scale_sends_counts_and_workers_to_remove(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{BASE}/-/", json=query_interface("scale"))
    wire.post(URL, json=resource("UPDATE_IN_PROGRESS"))
    client.scale(ID, 3, ["disco-worker-2"], {"gpu": 1})
    heat = "icclab.disco.components.heat"
    assert wire.request_history[-1].qs == {"action": ["scale"]}
    assert wire.request_history[-1].json()["attributes"] == {
        f"{heat}.slavecount": "3",
        f"{heat}.remove": "disco-worker-2",
        f"{heat}.groups": '{"gpu": {"count": 1}}',
    }


def test_an_action_that_the_status_does_not_allow_is_a_conflict(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{BASE}/-/", json=query_interface("resume"))
    told = error("conflict", "The cluster runs: only a suspended cluster can be resumed.")
    wire.post(URL, status_code=409, json=told)
    with pytest.raises(Conflict, match="only a suspended cluster") as caught:
        client.resume(ID)
    assert caught.value.status == 409


def test_an_action_that_the_service_does_not_have_is_not_sent(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{BASE}/-/", json=query_interface("suspend", "resume"))
    with pytest.raises(BadRequest, match=r'Unknown action "explode".*resume, suspend\.'):
        client.act(ID, "explode")
    assert [r.method for r in wire.request_history] == ["GET"]


@pytest.mark.parametrize("location", ["", "http://evil.example/$(touch X)", f"{URL}/\x1b[2J"])
def test_an_odd_location_of_a_new_cluster_is_not_used(
    client: Client, wire: requests_mock.Mocker, location: str
) -> None:
    wire.post(f"{BASE}/disco/", status_code=201, headers={"Location": location})
    wire.get(URL, json=resource("CREATE_IN_PROGRESS"))
    assert client.create({}, ID).id == ID
