"""Pages below a cluster, and services that are older than the client."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests_mock

from disco.client import (
    BadRequest,
    Client,
    InvalidAnswer,
    Node,
    NotFound,
    NotOffered,
    ServiceFailed,
)
from tests.support.wire import BASE, ID, URL, error, query_interface, resource, unknown_cluster

MASTER = {"name": "disco-manager", "role": "master", "number": 0, "address": "192.168.19.10"}
WORKER = {"name": "w-7", "role": "worker", "number": 7, "group": "big", "alias": "disco-big-1"}


def test_nodes_have_the_names_that_the_service_gives(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{URL}/nodes", json={"nodes": [{**MASTER, "group": None, "alias": None}, WORKER]})
    master, worker = client.nodes(ID)
    assert master == Node("disco-manager", "master", 0, "192.168.19.10")
    assert worker == Node("w-7", "worker", 7, None, "big", "disco-big-1")
    assert (master.is_master, worker.is_master) == (True, False)


@pytest.mark.parametrize("name", ["nodes", "events", "interfaces"])
def test_a_page_that_an_older_service_does_not_have_is_named(
    client: Client, wire: requests_mock.Mocker, name: str
) -> None:
    wire.get(f"{URL}/{name}", status_code=404, json=error("not-found", "Nothing here."))
    ask: Callable[[str], object] = getattr(client, name)
    with pytest.raises(NotOffered, match=f"older than this client.*a cluster's {name}"):
        ask(ID)


def test_a_cluster_that_is_gone_is_not_taken_for_an_older_service(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{URL}/nodes", status_code=404, json=unknown_cluster())
    with pytest.raises(NotFound) as caught:
        client.nodes(ID)
    assert not isinstance(caught.value, NotOffered)


@pytest.mark.parametrize("answer", [[], {"nodes": {}}, {"nodes": None}])
def test_an_answer_with_other_content_is_not_disco_s(
    client: Client, wire: requests_mock.Mocker, answer: object
) -> None:
    wire.get(f"{URL}/nodes", json=answer)
    with pytest.raises(ServiceFailed, match=f"{BASE} is not a DISCO service"):
        client.nodes(ID)


def test_events_are_read_on_from_a_marker(client: Client, wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/events", json={"events": [{"step": "create"}], "marker": "m1"})
    page = client.events(ID)
    assert (page.events, page.marker) == (({"step": "create"},), "m1")
    client.events(ID, page.marker, wait=5)
    assert wire.request_history[-1].qs == {"since": ["m1"], "wait": ["5"]}


def test_a_preview_of_a_service_without_previews_is_refused_by_name(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{BASE}/-/", json=query_interface("suspend"))
    with pytest.raises(BadRequest, match=r'Unknown action "preview"'):
        client.preview({})


def test_an_id_that_is_not_a_uuid_is_not_sent(client: Client, wire: requests_mock.Mocker) -> None:
    with pytest.raises(NotFound, match=r'Invalid cluster id "\.\./\.\./x"'):
        client.get("../../x")
    assert wire.request_history == []


LAB = {
    "component": "jupyter", "name": "JupyterLab", "node": "m", "port": 8888, "path": "/lab",
    "reach": "public", "url": "http://192.0.2.7:8888/lab",
}  # fmt: skip


def test_links_lead_to_the_cluster_s_own_address(
    client: Client, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{URL}/interfaces", json={"interfaces": [LAB]})
    wire.get(URL, json=resource("CREATE_COMPLETE", external_ip="192.0.2.7"))
    assert [i["url"] for i in client.interfaces(ID)] == [LAB["url"]]
    assert [i["url"] for i in client.interfaces(client.get(ID))] == [LAB["url"]]
    for address in ("192.0.2.8", "evil.example/login?x=", ""):
        wire.get(URL, json=resource("CREATE_COMPLETE", external_ip=address))
        with pytest.raises(InvalidAnswer):
            client.interfaces(ID)


@pytest.mark.parametrize(
    "page", [{"events": [5]}, {"events": [], "marker": "a b"}, {"events": [{"node": "-x"}]}]
)
def test_odd_events_and_markers_are_refused(
    client: Client, wire: requests_mock.Mocker, page: object
) -> None:
    wire.get(f"{URL}/events", json=page)
    with pytest.raises(InvalidAnswer):
        client.events(ID)
