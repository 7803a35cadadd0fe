"""The query interface: the same categories for everybody, and none of users' own."""

from __future__ import annotations

import pytest
from falcon import testing

from disco.clusters.actions import TABLE

JSON = {"Accept": "application/json"}
DISCO = 'disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"'
MINE = 'mine; scheme="http://example.com#"; class="mixin"; location="/mine/"'


@pytest.mark.parametrize("path", ["/-/", "/.well-known/org/ogf/occi/-/"])
def test_kinds_actions_and_components_are_listed(client: testing.TestClient, path: str) -> None:
    listed = client.simulate_get(path, headers=JSON).json
    assert {kind["term"] for kind in listed["kinds"]} == {"disco", "link"}
    assert [(a["term"], set(a["attributes"])) for a in listed["actions"]] == [
        (row.term, {a.name for a in row.attributes}) for row in TABLE
    ]
    assert "dask" in {mixin["term"] for mixin in listed["mixins"]}


def test_a_filter_leaves_those_that_are_named(client: testing.TestClient) -> None:
    listed = client.simulate_get("/-/", headers={**JSON, "Category": DISCO}).json
    assert [kind["term"] for kind in listed["kinds"]] == ["disco"]
    assert listed["actions"] == listed["mixins"] == []
    answer = client.simulate_get("/-/", headers={**JSON, "Category": MINE})
    assert (answer.status_code, answer.json["code"]) == (400, "unknown-category")


@pytest.mark.parametrize("accept", ["text/plain", "text/plain;version=1.2", "application/json"])
def test_each_name_of_the_service_has_its_own_locations(
    client: testing.TestClient, accept: str
) -> None:
    def listed(host: str) -> str:
        headers = {"Accept": accept, "Host": host}
        return client.simulate_get("/-/", headers=headers).text

    one, other, again = listed("one:8888"), listed("other"), listed("one:8888")
    assert one == again
    assert "//other" not in one
    assert other.replace("http://other/", "http://one:8888/") == one


@pytest.mark.parametrize(
    ("method", "category", "status"),
    [
        ("POST", MINE, 501),
        ("POST", None, 400),
        ("DELETE", DISCO, 403),
        ("DELETE", MINE, 400),
        ("DELETE", None, 400),
    ],
)
def test_users_mixins_are_refused(
    client: testing.TestClient, method: str, category: str | None, status: int
) -> None:
    sent = {"Content-Type": "text/occi"} | ({"Category": category} if category else {})
    assert client.simulate_request(method, "/-/", headers=sent).status_code == status


def test_categories_are_not_a_list_of_locations(client: testing.TestClient) -> None:
    assert client.simulate_get("/-/", headers={"Accept": "text/uri-list"}).status_code == 400
    assert client.simulate_get("/-/", headers={"Accept": "image/png"}).status_code == 406
