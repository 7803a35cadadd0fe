"""Health, metrics and logs of a cluster as JSON, and not again to who has them."""

from __future__ import annotations

from unittest import mock

import pytest
from falcon import testing

from disco.clusters.health_view import (
    ClusterHealth,
    ClusterHour,
    DaemonHealth,
    NodeHealth,
    NodeHour,
)
from disco.clusters.monitoring import LogText, Monitoring

ID = "11111111-1111-4111-8111-111111111111"
NODE = NodeHealth("m", "master", "healthy", cpu_percent=3, daemons=[DaemonHealth("a-b", "works")])


def health(age: float, time: str = "2026-01-01T00:00:00Z") -> ClusterHealth:
    return ClusterHealth("healthy", "", time, age, [NODE], None)


def test_health_is_sent_again_when_there_is_a_newer_one(client: testing.TestClient) -> None:
    path = f"/disco/{ID}/health"
    with mock.patch.object(Monitoring, "health", return_value=health(1.5)):
        first = client.simulate_get(path)
    assert first.json["age"] == 1.5
    assert first.json["nodes"][0]["daemons"] == [{"name": "a-b", "status": "works"}]
    known = {"If-None-Match": first.headers["ETag"]}
    with mock.patch.object(Monitoring, "health", return_value=health(3)):
        assert client.simulate_get(path, headers=known).status_code == 304
    with mock.patch.object(Monitoring, "health", return_value=health(0, "2026-01-01T00:00:05Z")):
        assert client.simulate_get(path, headers=known).json["age"] == 0


def test_the_hour_is_numbers(client: testing.TestClient) -> None:
    hour = ClusterHour("t", 30, "", [NodeHour("m", [1, None], [2, 2], [3, 3], [4, 4], [5, 5])])
    with mock.patch.object(Monitoring, "hour", return_value=hour):
        told = client.simulate_get(f"/disco/{ID}/metrics")
        again = client.simulate_get(
            f"/disco/{ID}/metrics", headers={"If-None-Match": told.headers["ETag"]}
        )
    assert told.json["nodes"][0]["cpu_percent"] == [1, None]
    assert again.status_code == 304


def test_a_log_is_text_with_its_place(client: testing.TestClient) -> None:
    log = LogText("m", "dask:ready", 4, 8, "\x1b\x9b\u2028")
    with mock.patch.object(Monitoring, "log", return_value=log) as read:
        told = client.simulate_get(f"/disco/{ID}/logs?node=m&log=dask:ready&after=4")
        client.simulate_get(f"/disco/{ID}/logs")
    assert told.json == {
        "node": "m", "log": "dask:ready", "start": 4, "end": 8, "text": "\x1b\x9b\u2028",
    }  # fmt: skip
    assert [call.args[1:] for call in read.call_args_list] == [
        (ID, "m", "dask:ready", 4),
        (ID, "", "deployment", 0),
    ]


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "9" * 5000, "%00"])
def test_a_place_in_a_log_is_a_number(client: testing.TestClient, after: str) -> None:
    told = client.simulate_get(
        f"/disco/{ID}/logs?after={after}", headers={"Accept": "application/json"}
    )
    assert told.status_code == 400
    assert told.json["faults"][0]["attribute"] == "after"
