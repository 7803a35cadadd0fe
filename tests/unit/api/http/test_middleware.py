"""What every answer carries, the OCCI versions that are spoken, and what the log keeps out."""

from __future__ import annotations

import logging
from unittest import mock

import pytest
from falcon import testing

from disco.clusters.cluster_lists import ClusterLists
from disco.errors import AuthenticationFailed, CloudError, Forbidden
from disco.openstack.session import Sessions


def test_every_answer_is_signed_and_numbered(client: testing.TestClient) -> None:
    first, second = client.simulate_get("/health"), client.simulate_get("/unknown")
    for answer in (first, second):
        assert "OCCI/1.2 OCCI/1.1" in answer.headers["Server"]
        assert "text/uri-list" in answer.headers["Accept"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        ("x OCCI/1.1", 200),
        ("x OCCI/1.2", 200),
        ("x OCCI/01.0002", 200),
        ("x OCCI/0.99999", 200),
        ("x OCCI/1.3", 501),
        ("x OCCI/2.0", 501),
        ("x OCCI/" + "9" * 5000 + ".1", 501),
        ("x OCCI/1." + "9" * 5000, 501),
        ("x OCCI/" + "0" * 60000, 200),
        ("x OCCI/\u0661.\u0663", 200),
    ],
)
def test_a_version_that_is_too_new_is_refused(
    client: testing.TestClient, agent: str, status: int
) -> None:
    assert client.simulate_get("/health", headers={"User-Agent": agent}).status_code == status


def test_the_log_has_no_query_and_no_header(
    client: testing.TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "disco.access"):
        client.simulate_get("/health", params={"key": "hidden"}, headers={"X-Password": "hidden"})
    assert "GET /health 200" in caplog.text
    assert "hidden" not in caplog.text


@pytest.mark.parametrize("status", [200, 401, 403, 500])
def test_a_session_that_the_cloud_refused_is_forgotten(
    client: testing.TestClient, status: int
) -> None:
    errors = {401: AuthenticationFailed("no"), 403: Forbidden("no"), 500: CloudError("no")}
    with (
        mock.patch.object(Sessions, "open"),
        mock.patch.object(Sessions, "forget") as forget,
        mock.patch.object(ClusterLists, "listing", side_effect=errors.get(status)) as listing,
    ):
        listing.return_value.pieces.return_value = []
        client.simulate_get("/disco/", headers={"X-Auth-Token": "t"})
    assert [c.args[0].token for c in forget.call_args_list] == (["t"] if status == 401 else [])
