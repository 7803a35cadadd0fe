"""A cluster's end is counted once, whoever sees it and how often."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest

from disco import metrics
from disco.clusters import outcomes
from disco.clusters.outcomes import Outcomes
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from tests.support.shipped import CATALOGUE

ID = "11111111-1111-4111-8111-111111111111"
TAGS = ("disco", "disco-frameworks=dask+jupyter", "disco-frameworks=canary")


@pytest.fixture(params=["one process", "several"])
def seen(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outcomes]:
    monkeypatch.delenv(metrics.SHARED_FOLDER, raising=False)
    if request.param == "several":
        monkeypatch.setenv(metrics.SHARED_FOLDER, str(tmp_path))
    yield Outcomes(CATALOGUE)


def stack(status: str, created: str = "2026-01-01T00:00:00Z") -> Stack:
    return Stack(ID, "s", StackStatus(status), created=created, tags=TAGS)


def counted(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def completed() -> float:
    return counted("disco_cluster_complete_seconds_count", framework="dask")


def failed(step: str) -> float:
    return counted("disco_clusters_failed_total", framework="dask", step=step)


def test_a_completed_cluster_counts_once(seen: Outcomes) -> None:
    before = completed(), counted("disco_clusters_created_total", framework="dask")
    seen.created(ID, ["dask", "jupyter"])
    seen.seen(stack("CREATE_IN_PROGRESS"))
    for _ in range(3):
        seen.seen(stack("CREATE_COMPLETE"))
    assert completed() == before[0] + 1
    assert counted("disco_clusters_created_total", framework="dask") == before[1] + 1
    assert counted("disco_cluster_complete_seconds_count", framework="canary") == 0


def test_how_long_creates_take_is_the_median_of_late(seen: Outcomes) -> None:
    assert seen.usual_seconds() == {}
    now = datetime.now(UTC)
    for seconds in (500, 60, 90):
        created = (now - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        seen.created(ID, ["dask"])
        seen.seen(stack("CREATE_COMPLETE", created))
    told = seen.usual_seconds()
    assert set(told) == {"dask", "jupyter"}
    assert 90 <= told["dask"] <= 95


def test_a_cluster_that_was_complete_before_the_service_started_does_not_count(
    seen: Outcomes,
) -> None:
    before = completed()
    seen.seen(stack("CREATE_COMPLETE"))
    assert completed() == before


@pytest.mark.parametrize(
    ("told", "step"),
    [
        ("dask:configured", "dask:configured"),
        ("dask:canary", "dask"),
        ("canary:canary", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_failure_counts_where_its_step_was_asked_for(
    seen: Outcomes, told: str, step: str
) -> None:
    assert "configured" in CATALOGUE["dask"].states
    before = failed(step)
    seen.created(ID, ["dask"])
    seen.seen(stack("CREATE_FAILED"))
    assert failed(step) == before
    for _ in range(3):
        seen.seen(stack("CREATE_FAILED"), told)
    assert failed(step) == before + 1


@pytest.mark.parametrize("created", ["", "nonsense", "9" * 5000, "9999-12-31T23:59:59Z"])
def test_what_heat_says_of_the_time_ends_nothing(seen: Outcomes, created: str) -> None:
    seen.created(ID, [])
    seen.seen(stack("CREATE_COMPLETE", created))


def test_a_deleted_cluster_leaves_no_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metrics.SHARED_FOLDER, str(tmp_path))
    seen = Outcomes(CATALOGUE)
    seen.created(ID, [])
    (mark,) = os.listdir(tmp_path / "marks")
    assert ID not in mark and ID.replace("-", "") not in mark
    seen.seen(stack("DELETE_IN_PROGRESS"))
    assert os.listdir(tmp_path / "marks") == []


def test_of_many_who_see_it_at_once_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(metrics.SHARED_FOLDER, str(tmp_path))
    seen, before = Outcomes(CATALOGUE), completed()
    for _ in range(50):
        seen.created(ID, [])
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: seen.seen(stack("CREATE_COMPLETE")), range(8)))
    assert completed() == before + 50


def test_marks_are_bounded_and_a_lost_folder_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "MAX_MARKS", 5)
    monkeypatch.setenv(metrics.SHARED_FOLDER, str(tmp_path))
    seen = Outcomes(CATALOGUE)
    for number in range(20):
        seen.created(str(number), [])
    assert len(os.listdir(tmp_path / "marks")) == 5
    monkeypatch.setenv(metrics.SHARED_FOLDER, str(tmp_path / "gone" / "gone"))
    seen.created(ID, [])
    seen.seen(stack("CREATE_COMPLETE"))


def test_a_number_that_cannot_be_written_ends_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(metrics.SHARED_FOLDER, raising=False)
    seen = Outcomes(CATALOGUE)
    seen.created(ID, [])
    full = mock.Mock(labels=mock.Mock(side_effect=OSError(28, "No space left on device")))
    monkeypatch.setattr(metrics, "CLUSTERS_COMPLETED", full)
    seen.seen(stack("CREATE_COMPLETE"))
    assert full.labels.called
