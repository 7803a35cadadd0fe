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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A framework's cluster takes minutes: they are run when asked for, and named when not."""
    if config.getoption("--frameworks"):
        return
    skip = pytest.mark.skip(reason="a framework's cluster, minutes each: make test-frameworks")
    for item in items:
        if FRAMEWORKS in item.path.parents:
            item.add_marker(skip)
