"""What load balancers read."""

from __future__ import annotations

import time
from unittest import mock

import pytest
from falcon import testing

from disco.openstack.readiness import Readiness, ServiceAnswer

GOOD = ServiceAnswer("identity", None, 0.0)


@pytest.mark.parametrize(
    ("heat", "status", "told"),
    [
        (ServiceAnswer("orchestration", None, 0.0), 200, "ok"),
        (ServiceAnswer("orchestration", None, None, known=False), 200, "unknown"),
        (ServiceAnswer("orchestration", "cannot be reached", None), 503, "missing"),
    ],
)
def test_ready_says_what_is_missing(
    client: testing.TestClient, heat: ServiceAnswer, status: int, told: str
) -> None:
    with mock.patch.object(Readiness, "answers", return_value=[GOOD, heat]):
        answer = client.simulate_get("/ready")
    assert answer.status_code == status
    assert [one["status"] for one in answer.json["services"]] == ["ok", told]
    assert answer.json["status"] == ("ready" if status == 200 else "not-ready")
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert answer.json["services"][0]["answered"] == pytest.approx(time.monotonic(), abs=5)
