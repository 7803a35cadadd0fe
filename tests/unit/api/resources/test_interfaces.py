"""A cluster's pages as lines for people and as JSON."""

from __future__ import annotations

from unittest import mock

from falcon import testing

from disco.api.resources import interfaces
from disco.clusters.interfaces import Interface
from disco.clusters.service import Clusters
from disco.clusters.view import Cluster

ID = "11111111-1111-4111-8111-111111111111"
PAGES = [
    Interface("dask", "Dashboard", "m", 8787, "/", "allowed", "http://a:8787/", "10.0.0.0/8"),
    Interface("dask", "Worker", "big-1", 80, "/w", "tunnel", group="big"),
]


def test_they_are_told_in_both_forms(client: testing.TestClient) -> None:
    with (
        mock.patch.object(Clusters, "show", return_value=Cluster(ID, {})),
        mock.patch.object(interfaces, "interfaces", return_value=PAGES),
    ):
        text = client.simulate_get(f"/disco/{ID}/interfaces").text
        data = client.simulate_get(f"/disco/{ID}/interfaces", headers={"Accept": "*/json"})
        data = client.simulate_get(
            f"/disco/{ID}/interfaces", headers={"Accept": "application/json"}
        )
    assert text.splitlines() == [
        "dask: Dashboard: http://a:8787/ (from 10.0.0.0/8)",
        "dask: Worker of the group big: big-1:80/w (through ssh)",
    ]
    first, second = data.json["interfaces"]
    assert (first["url"], first["group"]) == ("http://a:8787/", None)
    assert (second["reach"], second["url"]) == ("tunnel", None)
