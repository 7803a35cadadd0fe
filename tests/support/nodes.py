"""Marks of tests that need nodes on this machine."""

from __future__ import annotations

import pytest

from tests.frameworks.site import STATUS

needs_nodes = [
    pytest.mark.slow,
    pytest.mark.nodes,
    pytest.mark.skipif(STATUS.mode == "none", reason=STATUS.reason or "nodes do not run here"),
]
