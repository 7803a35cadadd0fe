"""Numbers for operators, in the form that Prometheus reads.

No label has an id, a name or an address of a tenant's: operations, services, statuses, steps
and frameworks are from lists that the service knows. Where several processes serve,
``PROMETHEUS_MULTIPROC_DIR`` names a folder that they share, and any of them tells of all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: seconds; a request is a few calls to the cloud, a cluster some minutes
_REQUEST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_CLUSTER_S = (30, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800, 3600)
#: the outcome of a call that was not made: the catalogue has no such service
NOT_CALLED = ""
#: services of the catalogue that are called; anything else is "other"
SERVICES = ("identity", "orchestration", "compute", "network", "image", "block-storage", "node")

CONTENT_TYPE = CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "disco_request_seconds",
    "Requests answered, by operation and status.",
    ("operation", "status"),
    buckets=_REQUEST_S,
    registry=REGISTRY,
)
CLOUD_CALLS = Histogram(
    "disco_cloud_call_seconds",
    "Calls to services of the cloud and to nodes, by service and outcome.",
    ("service", "outcome"),
    buckets=_REQUEST_S,
    registry=REGISTRY,
)
CLUSTERS_CREATED = Counter(
    "disco_clusters_created",
    "Clusters handed to Heat, by framework; a cluster counts once for each of its frameworks.",
    ("framework",),
    registry=REGISTRY,
)
CLUSTERS_COMPLETED = Histogram(
    "disco_cluster_complete_seconds",
    "Clusters that were seen complete for the first time, by framework: seconds from their create.",
    ("framework",),
    buckets=_CLUSTER_S,
    registry=REGISTRY,
)
CLUSTERS_FAILED = Counter(
    "disco_clusters_failed",
    "Clusters that were seen failed for the first time, by framework and step.",
    ("framework", "step"),
    registry=REGISTRY,
)
SESSIONS = Counter(
    "disco_session_cache",
    "Sessions that were looked for in the cache: hit, or miss.",
    ("result",),
    registry=REGISTRY,
)
FOLLOWERS = Gauge(
    "disco_followers",
    "Followers of events that are served now.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
READERS = Gauge(
    "disco_event_readers",
    "Clusters whose events are read for their followers now.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
REFUSED = Counter(
    "disco_requests_refused",
    "Requests refused because of a limit, by limit.",
    ("limit",),
    registry=REGISTRY,
)


def render() -> bytes:
    """Everything, in Prometheus' text format; of all processes that share a folder."""
    if not os.environ.get(SHARED_FOLDER):
        return generate_latest(REGISTRY)
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)
    return generate_latest(shared)


def forget_process(pid: int) -> None:
    """Take what a process that has ended was doing out of the gauges."""
    if os.environ.get(SHARED_FOLDER):
        multiprocess.mark_process_dead(pid)


@contextmanager
def cloud_call(service: str) -> Iterator[list[str]]:
    """Time a call to a service; the outcome is what is put into the list, else the exception.

    ``ok``, ``refused`` (4xx), ``failed`` (5xx), ``timeout`` or ``unreachable``.
    """
    began = time.monotonic()
    outcome: list[str] = []
    try:
        yield outcome
    except BaseException as error:
        if not outcome:
            late = "timeout" in type(error).__name__.lower()
            outcome.append("timeout" if late else "unreachable")
        raise
    finally:
        name = service if service in SERVICES else "other"
        told = outcome[0] if outcome else "ok"
        if told != NOT_CALLED:
            CLOUD_CALLS.labels(name, told).observe(time.monotonic() - began)


def outcome_of(status: int) -> str:
    """How a call with this HTTP status counts."""
    if status < 400:
        return "ok"
    return "refused" if status < 500 else "failed"
