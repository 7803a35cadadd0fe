"""Grafana's dashboard asks for what a master really serves, by names and labels.

Grafana itself is not here. Its file is read, and each expression of it is taken apart; what a
master serves is read with Prometheus' own parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from disco.data_files import data_dir
from tests.nodes.scripts.conftest import Node
from tests.nodes.scripts.test_monitor import read, running, until, watching

__all__ = ["watching"]

FILE = data_dir().parent / "packaging" / "grafana-cluster.json"
#: what a job of Prometheus adds to all that it reads
SCRAPED = {"cluster", "job", "instance"}
#: of PromQL; what is followed by a parenthesis is a function
OPERATORS = {"and", "or", "unless", "bool", "group_left", "group_right", "offset"}


def expressions(value: Any) -> Iterator[str]:
    """All that is asked of Prometheus, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("expr", "definition", "query") and isinstance(inner, str):
                yield inner
            else:
                yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def asked_for(expression: str) -> tuple[set[str], set[str]]:
    """The metrics and labels of an expression."""
    listed = re.fullmatch(r"label_values\((.*), (\w+)\)", expression)
    labels = {listed[2]} if listed else set()
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', listed[1] if listed else expression)
    for selector in re.findall(r"\{([^}]*)\}", text):
        labels |= set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*""', selector))
    for grouped in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", text):
        labels |= set(re.findall(r"\w+", grouped))
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", text)
    names = set(re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", text))
    return names - OPERATORS, labels


@pytest.mark.parametrize(
    ("expression", "names", "labels"),
    [
        ('sum by (n) (rate(a_b{c=~"$c",d!="x{y}"}[5m])) or 0 * e', {"a_b", "e"}, {"n", "c", "d"}),
        ('label_values(a{b="1"}, c)', {"a"}, {"b", "c"}),
        ("max(a) without (b) > on (c) d", {"a", "d"}, {"b", "c"}),
    ],
)  # fmt: skip
def test_an_expression_is_taken_apart(expression: str, names: set[str], labels: set[str]) -> None:
    assert asked_for(expression) == (names, labels)


DAEMON = """
disco_base_setup
DISCO_STEP=dask:ready
disco_start disco-dask-worker
DISCO_OUTCOME=done
"""


def test_the_dashboard_asks_for_what_a_master_serves(watching: str, worker: Node) -> None:
    running(worker, "disco-dask-worker")
    assert worker.run(DAEMON, DISCO_NAME=worker.facts["DISCO_ADDRESS"]).returncode == 0
    until(lambda: "disco_daemon" in read(watching, "/federate"))
    served: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(read(watching, "/federate")):
        for sample in family.samples:
            served.setdefault(sample.name, set()).update(sample.labels)
    asked = [e for e in expressions(json.loads(FILE.read_text())) if e != "prometheus"]
    assert len(asked) >= 10
    named: set[str] = set()
    for expression in asked:
        names, labels = asked_for(expression)
        assert names, expression
        named |= names
        for name in names:
            assert name in served, f"{expression}: no master serves {name}"
            assert labels <= served[name] | SCRAPED, expression
    # and there is nothing that it leaves out
    assert named == set(served)
