"""The patches change Heat and Keystone: without them, their tests are skipped and say why."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

MISSING = [name for name in ("heat", "keystone") if find_spec(name) is None]


class NotInstalled(pytest.File):
    """A module of tests that cannot be imported here."""

    def collect(self) -> Iterable[pytest.Item]:
        """Skip it, with the reason."""
        pytest.skip(
            f"needs the extra 'embedded' ({' and '.join(MISSING)} not installed)",
            allow_module_level=True,
        )


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> object:
    """Take the place of a module whose imports would fail."""
    return NotInstalled.from_parent(parent, path=module_path) if MISSING else None
