"""What operators read, in a form that Prometheus' own parser takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from disco import metrics


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "ok"), (302, "ok"), (404, "refused"), (503, "failed")]
)
def test_a_call_counts_by_its_status(status: int, outcome: str) -> None:
    labels = {"service": "compute", "outcome": outcome}
    before = value("disco_cloud_call_seconds_count", **labels)
    with metrics.cloud_call("compute") as told:
        told.append(metrics.outcome_of(status))
    assert value("disco_cloud_call_seconds_count", **labels) == before + 1


@pytest.mark.parametrize(
    ("error", "outcome"), [(TimeoutError(), "timeout"), (ConnectionError(), "unreachable")]
)
def test_a_call_without_an_answer_counts(error: OSError, outcome: str) -> None:
    labels = {"service": "network", "outcome": outcome}
    before = value("disco_cloud_call_seconds_count", **labels)
    with pytest.raises(OSError), metrics.cloud_call("network"):
        raise error
    assert value("disco_cloud_call_seconds_count", **labels) == before + 1


def test_no_label_is_made_of_what_a_catalogue_says() -> None:
    with metrics.cloud_call("tenant-7d1f's service"):
        pass
    assert "7d1f" not in metrics.render().decode()


def test_prometheus_reads_it() -> None:
    metrics.REQUESTS.labels("GET /disco/", "200").observe(0.02)
    families = list(text_string_to_metric_families(metrics.render().decode()))
    told = {f.name: f.type for f in families}
    assert told["disco_request_seconds"] == "histogram"
    assert all(family.documentation for family in families)


def test_one_process_tells_of_all(tmp_path: Path) -> None:
    script = "from disco import metrics; metrics.REFUSED.labels('rate').inc()"
    environment = {**os.environ, metrics.SHARED_FOLDER: str(tmp_path)}
    for _ in range(3):
        subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    told = subprocess.run(
        [sys.executable, "-c", "from disco import metrics; print(metrics.render().decode())"],
        check=True, env=environment, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert 'disco_requests_refused_total{limit="rate"} 3.0' in told
