"""The clusters that have a component."""

from __future__ import annotations

from unittest import mock

import pytest
from falcon import testing

from disco.attributes import CORE_ID, FRAMEWORKS
from disco.clusters.cluster_lists import ClusterLists
from disco.clusters.view import Cluster

LISTED = [
    Cluster(cluster_id, {CORE_ID: f"/disco/{cluster_id}", FRAMEWORKS: frameworks})
    for cluster_id, frameworks in (("a", "dask+jupyter"), ("b", "spark"))
]


@pytest.mark.parametrize(("name", "members"), [("dask", "a"), ("spark", "b"), ("heat", "ab")])
def test_its_members_are_listed(client: testing.TestClient, name: str, members: str) -> None:
    with mock.patch.object(ClusterLists, "list", return_value=LISTED):
        answer = client.simulate_get(f"/component/{name}/", headers={"Accept": "text/uri-list"})
    listed = [line.rpartition("/")[2] for line in answer.text.split() if "/disco/" in line]
    assert listed == list(members)


def test_an_unknown_component_is_named(client: testing.TestClient) -> None:
    answer = client.simulate_get("/component/nope/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["message"]) == (404, 'Unknown component "nope".')
