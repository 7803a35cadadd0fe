"""The patches change Heat and Keystone: without these, their tests are skipped and say why."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

MISSING = [name for name in ("heat", "keystone") if find_spec(name) is None]


class SkippedModule(pytest.Item):
    """What stands in the report for a module whose imports would fail."""

    def runtest(self) -> None:
        """Say why the module's tests do not run."""
        pytest.skip(f"needs the extra embedded ({' and '.join(MISSING)} not installed)")


class ModuleWithoutImports(pytest.File):
    """A module of tests that cannot be imported here."""

    def collect(self) -> Iterable[pytest.Item]:
        """Collect one skipped test in place of the module's."""
        yield SkippedModule.from_parent(self, name=self.path.stem)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> object:
    """Take the place of a module whose imports would fail."""
    return ModuleWithoutImports.from_parent(parent, path=module_path) if MISSING else None
