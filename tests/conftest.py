"""Fixtures that tests of any folder may use."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from tests.support.cloud import embedded_cloud

__all__ = ["embedded_cloud"]

# a busy machine must not fail a test of what is computed, not how fast
hypothesis.settings.register_profile("disco", deadline=None)
hypothesis.settings.load_profile("disco")

FRAMEWORKS = Path(__file__).parent / "frameworks"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--frameworks",
        action="store_true",
        help="also the clusters of a master and three workers that prove each framework",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no file runs alone at the end.

    A framework's cluster takes minutes: they are run when asked for, and named when not.
    """
    weights: dict[Path, int] = {}
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        weight = 2 if "nodes" in marks else 1 if "slow" in marks else 0
        weights[item.path] = max(weight, weights.get(item.path, 0))
    items.sort(key=lambda item: -weights[item.path])
    if config.getoption("--frameworks"):
        return
    skip = pytest.mark.skip(reason="a framework's cluster, minutes each: make test-frameworks")
    for item in items:
        if FRAMEWORKS in item.path.parents:
            item.add_marker(skip)
