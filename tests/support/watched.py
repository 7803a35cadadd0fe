"""What operators read of a service: its audit log and its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.support.service import ServiceProcess

#: the sum of a metric's samples with these labels
Numbers = Callable[..., float]


def read_audit_log(service: ServiceProcess) -> list[dict[str, Any]]:
    """The lines so far."""
    return [json.loads(line) for line in (service.folder / "audit.jsonl").read_text().splitlines()]


def sum_of(text: str, name: str, **labels: str) -> float:
    """The sum of the samples of this name that have the labels, in Prometheus' text format."""
    found = 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                found += sample.value
    return found
