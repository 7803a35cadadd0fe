"""A cluster that is deleted after it was listed, which no real Heat does on order."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
from falcon import testing

from disco.api.app import create_app
from disco.clusters.cluster_lists import ClusterLists
from disco.clusters.list_health import ListHealth
from disco.clusters.service import Clusters
from disco.clusters.view import Cluster
from disco.config import Settings
from disco.data_files import data_dir
from disco.errors import NotFound
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from disco.openstack.session import Login, Sessions

SETTINGS = Settings(
    "http://127.0.0.1:9/v3", data_dir() / "service_manifest.json", (data_dir() / "frameworks",), ()
)
LOGIN = Login(mock.Mock(), "project", "user", 0.0, None)
WHO = {"X-User-Name": "u", "X-Password": "p", "X-Tenant-Name": "t"}
STAYS, GOES = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")


STACKS = [Stack(id, "s", StackStatus("CREATE_COMPLETE")) for id in (STAYS, GOES)]


def cluster(id: str) -> Cluster:
    return Cluster(id, {"occi.core.id": id, "stack_status": "CREATE_COMPLETE", "name": "mine"})


def listing(*ids: str) -> mock.Mock:
    """These clusters, as Heat has just listed them."""
    return mock.Mock(pieces=lambda _, make, most=None: [make(cluster(id)) for id in ids[:most]])


def looked_at(_lists: ClusterLists, _login: Login, id: str, *_: object) -> Cluster:
    if id == GOES:
        raise NotFound("There is no such cluster.")
    return cluster(id)


@pytest.fixture
def client() -> Iterator[testing.TestClient]:
    with (
        mock.patch.object(Sessions, "open", return_value=LOGIN),
        mock.patch.object(ClusterLists, "list", return_value=[cluster(STAYS), cluster(GOES)]),
        mock.patch.object(ClusterLists, "listing", return_value=listing(STAYS, GOES)),
        mock.patch.object(Clusters, "_stacks", return_value=STACKS),
        mock.patch.object(Clusters, "show", looked_at),
        mock.patch.object(Clusters, "act", looked_at),
    ):
        yield testing.TestClient(create_app(SETTINGS), headers=WHO)


def test_a_filter_leaves_it_out(client: testing.TestClient) -> None:
    asked = {"X-OCCI-Attribute": 'name="mine"', "Accept": "text/uri-list"}
    answer = client.simulate_get("/disco/", headers=asked)
    assert answer.status_code == 200
    assert STAYS in answer.text
    assert GOES not in answer.text


def test_an_action_on_all_goes_on_with_the_others(client: testing.TestClient) -> None:
    asked = {"Content-Type": "text/occi", "X-OCCI-Attribute": 'action="suspend"'}
    scheme = "http://schemas.cloudcomplab.ch/occi/sm/action#"
    asked["Category"] = f'suspend; scheme="{scheme}"; class="action"'
    answer = client.simulate_post("/disco/", params={"action": "suspend"}, headers=asked)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("accept", "agent", "query", "deleted"),
    [
        # as the original's clients send it
        ("*/*", "curl/7", "", True),
        ("text/occi", "python-requests/2.12.4", "", True),
        ("application/occi+json", "Ruby", "", True),
        ("text/plain", "curl/7", "confirm=all", True),
        ("text/plain", "curl/7", "confirm=yes", False),
        ("application/json", "curl/7", "", False),
        ("application/json", "curl/7", "confirm=", False),
        ("application/json", "curl/7", "confirm=all", True),
        ("application/occi+json", "x OCCI/1.2", "", False),
    ],
)
def test_newer_clients_confirm_that_all_clusters_are_meant(
    client: testing.TestClient, accept: str, agent: str, query: str, deleted: bool
) -> None:
    headers = {"Accept": accept, "User-Agent": agent}
    with mock.patch.object(Clusters, "delete_all") as delete_all:
        answer = client.simulate_delete("/disco/", query_string=query, headers=headers)
    assert delete_all.called is deleted
    assert answer.status_code == (200 if deleted else 400)
    if not deleted:
        assert "confirm" in answer.text


@pytest.mark.parametrize(("query", "lately", "asked"), [
    # what was made of a stack's text before has nothing of how its cluster is now
    ("", False, None), ("health=now", False, True), ("", True, False), ("health=now", True, True),
])  # fmt: skip
def test_a_list_asks_how_clusters_are_only_where_that_is_wanted(
    client: testing.TestClient, query: str, lately: bool, asked: bool | None
) -> None:
    with (
        mock.patch.object(ClusterLists, "list", return_value=[]) as listed,
        mock.patch.object(ListHealth, "knows", return_value=lately),
    ):
        answer = client.simulate_get("/disco/", query_string=query, headers=URIS)
    assert answer.status_code == 200, answer.text
    assert listed.call_args_list == ([] if asked is None else [mock.call(LOGIN, asked)])


def test_a_list_asks_for_health_now_or_not_at_all(client: testing.TestClient) -> None:
    answer = client.simulate_get("/disco/", query_string="health=yes", headers=URIS)
    assert answer.status_code == 400
    assert '"yes" is not now' in answer.text


MANY = [f"11111111-1111-4111-8111-{number:012d}" for number in range(5)]
URIS = {"Accept": "text/uri-list"}


def page_of(_lists: ClusterLists, _login: Login, after: str | None, _wanted: int) -> mock.Mock:
    if after not in (None, *MANY):
        raise NotFound("gone")
    start = 0 if after is None else MANY.index(after) + 1
    return listing(*MANY[start:])


@pytest.mark.parametrize(("limit", "pages"), [(1, 5), (2, 3), (5, 1), (100, 1)])
def test_pages_follow_one_another(client: testing.TestClient, limit: int, pages: int) -> None:
    seen: list[str] = []
    marker, count = "", 0
    with mock.patch.object(ClusterLists, "listing_after", page_of):
        while True:
            query = f"limit={limit}{marker and f'&marker={marker}'}"
            answer = client.simulate_get("/disco/", query_string=query, headers=URIS)
            seen += [line.rpartition("/")[2] for line in answer.text.splitlines()[1:]]
            count += 1
            marker = answer.headers.get("X-Next-Marker", "")
            if not marker:
                break
    assert (seen, count) == (MANY, pages)


def test_a_marker_that_is_gone_is_a_fault_of_the_request(client: testing.TestClient) -> None:
    with mock.patch.object(ClusterLists, "listing_after", page_of):
        answer = client.simulate_get("/disco/", query_string=f"marker={GOES}", headers=URIS)
    assert answer.status_code == 404
    assert "there is no cluster" in answer.text


@pytest.mark.parametrize(
    ("attributes", "reads"),
    [
        ('stack_status="CREATE_COMPLETE"', 0),
        ('stack_status="CREATE_FAILED"', 0),
        ('stack_status="CREATE_COMPLETE", name="mine"', 2),
        ('stack_status="CREATE_FAILED", name="mine"', 0),
    ],
)
def test_a_filter_reads_stacks_only_for_what_the_list_does_not_tell(
    client: testing.TestClient, attributes: str, reads: int
) -> None:
    asked = {"X-OCCI-Attribute": attributes, **URIS}
    with mock.patch.object(Clusters, "show", side_effect=lambda _, id: cluster(id)) as show:
        answer = client.simulate_get("/disco/", headers=asked)
    assert show.call_count == reads
    assert (STAYS in answer.text) is ("FAILED" not in attributes)


def test_a_poll_that_finds_nothing_new_costs_no_answer(client: testing.TestClient) -> None:
    first = client.simulate_get("/disco/", headers=URIS)
    tag = first.headers["ETag"]
    again = client.simulate_get("/disco/", headers={**URIS, "If-None-Match": tag})
    assert (again.status_code, again.text) == (304, "")
    other = client.simulate_get("/disco/", headers={"If-None-Match": tag})
    assert other.status_code == 200
    with mock.patch.object(ClusterLists, "listing", return_value=listing(STAYS)):
        assert client.simulate_get("/disco/", headers={**URIS, "If-None-Match": tag}).text
