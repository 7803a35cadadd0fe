"""Operations have few names, whatever is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from falcon import testing
from prometheus_client.parser import text_string_to_metric_families

from disco import metrics
from disco.api.app import create_app
from disco.config import Settings
from disco.data_files import data_dir


def operations() -> set[str]:
    families = text_string_to_metric_families(metrics.render().decode())
    (found,) = (f for f in families if f.name == "disco_request_seconds")
    return {sample.labels["operation"] for sample in found.samples}


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/health", "GET /health"),
        ("DELETE", "/disco/canary-1", "DELETE /disco/{uuid}"),
        ("GET", "/component/canary-2/", "GET /component/{name}/"),
        ("GET", "/canary-3", "GET other"),
    ],
)
def test_an_operation_is_a_form_of_addresses(
    app: Any, method: str, path: str, operation: str
) -> None:
    testing.TestClient(app).simulate_request(method, path)
    assert operation in operations()
    assert "canary" not in metrics.render().decode()


@pytest.mark.parametrize(("place", "status"), [("main", 200), (None, 404), (("::1", 1), 404)])
def test_the_services_own_port_has_them_only_if_asked_for(place: Any, status: int) -> None:
    settings = Settings(
        "http://127.0.0.1:9/v3", data_dir() / "service_manifest.json",
        (data_dir() / "frameworks",), (), metrics=place,
    )  # fmt: skip
    answer = testing.TestClient(create_app(settings)).simulate_get("/metrics")
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["Content-Type"] == metrics.CONTENT_TYPE
        assert list(text_string_to_metric_families(answer.text))
