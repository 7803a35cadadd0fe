"""Limits of requests and of failed log-ins, on the real service."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.support.service import Caller, running_service


def test_limits_are_answered_with_429(
    tmp_path: Path, cloud_auth_url: str, alice_headers: dict[str, str], network_of_alice: str
) -> None:
    with running_service(
        tmp_path, cloud_auth_url, workers="1", metrics="main", limit_requests="2",
        limit_failed_logins="3",
    ) as service:  # fmt: skip
        user = Caller(service.base, dict(alice_headers))
        answers = [user.get("/disco/") for _ in range(40)]
        refused = [a for a in answers if a.status_code == 429]
        assert answers[0].status_code == 200
        assert refused
        assert 1 <= int(refused[0].headers["Retry-After"]) <= 5
        assert "too many requests" in refused[0].text
        wrong = {"X-Password": "wrong", "X-Forwarded-For": "203.0.113.7, 198.51.100.9"}
        failed = [user.get("/disco/", **wrong).status_code for _ in range(6)]
        assert failed == [401, 401, 401, 429, 429, 429]
        # what the client itself writes in front does not count, and another is not refused
        other = {**wrong, "X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
        assert user.get("/disco/", **other).status_code == 401
        told = requests.get(f"{service.base}/metrics", timeout=5).text
        assert 'disco_requests_refused_total{limit="failed-logins"} 3.0' in told
        assert 'disco_requests_refused_total{limit="requests"}' in told
