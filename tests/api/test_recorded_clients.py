"""The old clients, byte for byte as they send: the Rails dashboard and Hurtle.

The recordings were taken from Ruby's Net::HTTP and Python 2's requests, which
those clients use, given the headers that their sources give. Only names of this
run (host, token, password, project, cluster) are filled in.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.api.conftest import complete_cluster
from tests.support.service import Caller, ServiceProcess, attributes, on_network

RECORDINGS = Path(__file__).parent / "recordings"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.body)["attributes"]
        return found


Send = Callable[..., Answer]


@pytest.fixture
def send(alice: Caller, alice_token: str) -> Send:
    host, _, port = alice.base.removeprefix("http://").partition(":")

    def send(name: str, **names: str) -> Answer:
        raw = (RECORDINGS / f"{name}.http").read_bytes()
        filled = {
            "HOST": f"{host}:{port}",
            "TOKEN": alice_token,
            "PASSWORD": alice.headers["X-Password"],
            "USER": alice.headers["X-User-Name"],
            "TENANT": alice.headers["X-Tenant-Name"],
            **names,
        }
        for word, value in filled.items():
            raw = re.sub(rf"\b{word}\b".encode(), value.encode(), raw)
        head, _, body = raw.partition(b"\r\n\r\n")
        if body:
            head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head)
        return exchange(host, int(port), head + b"\r\n\r\n" + body)

    return send


def exchange(host: str, port: int, raw: bytes) -> Answer:
    with socket.create_connection((host, port), timeout=60) as connection:
        connection.sendall(raw)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.headers, response.read().decode())


@pytest.fixture(scope="module")
def cluster(service: ServiceProcess, alice_headers: dict[str, str]) -> Iterator[str]:
    """The id of a complete cluster, which these tests leave as it is."""
    with complete_cluster(Caller(service.base, dict(alice_headers)), attributes()) as path:
        yield path[-36:]


# -- the dashboard ---------------------------------------------------------


def test_the_dashboards_whole_life_of_a_cluster(send: Send, alice: Caller) -> None:
    token = json.loads(send("dashboard-token").body)["access"]["token"]["id"]
    created = send("dashboard-create", TOKEN=token)
    assert created.status == 201
    # it takes the last 36 characters of the location
    id = created.headers["location"][-36:]
    assert str(uuid.UUID(id)) == id
    assert send("dashboard-get-text", UUID=id, TOKEN=token).status == 200
    alice.wait_for(f"/disco/{id}", "CREATE_COMPLETE")
    shown = send("dashboard-get-json", UUID=id, TOKEN=token).attributes
    assert "complete" in shown["stack_status"].lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", shown["external_ip"])
    assert shown["ssh_private_key"].replace("\\n", "\n").startswith("-----BEGIN")
    assert id in send("dashboard-list", TOKEN=token).headers["X-OCCI-Location"]
    assert send("dashboard-delete", UUID=id, TOKEN=token).status == 200
    alice.wait_until_gone(f"/disco/{id}")
    # only 200 and 400 make it forget a cluster
    assert send("dashboard-delete", UUID=id, TOKEN=token).status == 400


def test_the_dashboards_password_is_in_no_answer(send: Send, alice: Caller, cluster: str) -> None:
    for name in ("dashboard-get-text", "dashboard-get-json"):
        answer = send(name, UUID=cluster)
        assert alice.headers["X-Password"] not in answer.body + str(answer.headers)


def test_a_token_is_refused_for_a_wrong_password(send: Send) -> None:
    answer = send("dashboard-token", PASSWORD="wrong")
    assert answer.status == 401
    assert "token" not in answer.body.lower() or "access" not in answer.body


# -- Hurtle ----------------------------------------------------------------


def test_hurtle_finds_the_category_in_the_query_interface(send: Send) -> None:
    answer = send("hurtle-query")
    assert answer.status == 200
    # it keeps the last element that has "related", and reads all six keys of it
    related = [c for c in json.loads(answer.body) if "related" in c]
    found = related[-1]
    assert found["scheme"] + found["term"] == "http://schemas.cloudcomplab.ch/occi/sm#disco"
    assert found["title"]
    assert found["attributes"]
    assert found["location"] == "/disco/"


def test_hurtles_create_without_attributes_is_refused_in_words(send: Send) -> None:
    for name in ("hurtle-create", "hurtle-get-maas"):
        answer = send(name)
        assert answer.status == 400
        assert "masterimage" in answer.body


def test_hurtle_polls_the_state_of_the_stack(send: Send, cluster: str) -> None:
    answer = send("hurtle-poll", UUID=cluster)
    assert answer.status == 200
    pairs = re.findall(r'([\w.]+)="((?:[^"\\]|\\.)*)"', answer.headers["x-occi-attribute"])
    found = dict(pairs)
    assert found["mcn.service.state"]
    assert found["occi.mcn.stack.state"] == "CREATE_COMPLETE"
    assert found["occi.mcn.stack.id"]


def test_hurtles_provisioning_is_taken_and_changes_nothing(send: Send, cluster: str) -> None:
    before = send("hurtle-state", UUID=cluster).attributes
    assert send("hurtle-provision", UUID=cluster).status == 200
    after = send("hurtle-state", UUID=cluster).attributes
    assert after == before


def test_hurtle_reads_the_kind_as_an_object(send: Send, cluster: str) -> None:
    kind = json.loads(send("hurtle-state", UUID=cluster).body)["kind"]
    assert kind["scheme"] + kind["term"] == "http://schemas.cloudcomplab.ch/occi/sm#disco"


@pytest.mark.parametrize("name", ["hurtle-destroy", "hurtle-dispose-maas"])
def test_hurtle_destroys(send: Send, alice: Caller, network_of_alice: str, name: str) -> None:
    location = alice.create(on_network(network_of_alice)).headers["Location"]
    assert send(name, UUID=location[-36:]).status == 200
    alice.wait_until_gone(location)


def test_the_dns_client_lists_before_it_creates(send: Send, cluster: str) -> None:
    answer = send("hurtle-dnsaas-list")
    assert answer.status == 200
    assert cluster in answer.headers["X-OCCI-location"]
