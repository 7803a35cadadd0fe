"""Fixtures that tests of any folder may use."""

from __future__ import annotations

import gc
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from heatclient.exc import HTTPException

from tests.support.cloud import embedded_cloud

__all__ = ["embedded_cloud"]

# what is collected stays: looking for garbage in it again and again takes a fifth of the time
gc.disable()

# a busy machine must not fail a test of what is computed, not how fast
hypothesis.settings.register_profile("disco", deadline=None)
hypothesis.settings.load_profile("disco")

API, BROWSER, CLI, E2E, FRAMEWORKS, UNIT = (
    Path(__file__).parent / name for name in ("api", "browser", "cli", "e2e", "frameworks", "unit")
)
#: has the nodes' image built, which takes minutes, while others need no nodes
ASKS_FOR_IMAGE = E2E / "working"
#: they take longest: the first two wait for nodes most of the time, beside those that compute
LONGEST = (
    *(E2E / "life", E2E / "test_demo.py", BROWSER / "test_dashboard.py", CLI / "test_life.py"),
    *(API / f"test_{name}.py" for name in ("faults", "schemathesis", "kill")),
)

# a shell that puts a command in the background has it ignore Ctrl-C, and all it starts
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--frameworks",
        action="store_true",
        help="also the clusters of a master and three workers that prove each framework",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """An order in which no file runs alone at the end, and none waits for long at the beginning.

    A framework's cluster takes minutes: they are run when asked for, and named when not.
    """

    computing = list(dict.fromkeys(item.path for item in items if API in item.path.parents))

    def turn(item: pytest.Item) -> float:
        if item.path.parent == ASKS_FOR_IMAGE:
            return 0
        for place, path in enumerate(LONGEST, 1):
            if path in (item.path, item.path.parent):
                return place / 10
        if item.path in computing:
            return 1 + computing.index(item.path) / len(computing)
        if E2E in item.path.parents:
            return 2
        return 4 if UNIT in item.path.parents else 3

    items.sort(key=turn)
    if config.getoption("--frameworks"):
        return
    skip = pytest.mark.skip(reason="a framework's cluster, minutes each: make test-frameworks")
    for item in items:
        if FRAMEWORKS in item.path.parents:
            item.add_marker(skip)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files side by side, but those of a package together: they share a cloud."""
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            folder = config.rootpath / Path(file).parent
            return str(folder) if (folder / "__init__.py").exists() else file

    return Files(config, log)


def pytest_collection_finish() -> None:
    """Look for garbage again, in what comes from now on."""
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests want to be read, also where they pass: their property ``report``."""
    for outcome in ("passed", "failed"):
        for done in terminalreporter.stats.get(outcome, []):
            for name, text in getattr(done, "user_properties", []):
                if name == "report" and done.when == "call":
                    terminalreporter.section(done.nodeid)
                    terminalreporter.write_line(text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What Heat answered, where python-heatclient says no more than "Internal Error"."""
    report = yield
    failure = call.excinfo.value if call.excinfo else None
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash and isinstance(failure, HTTPException):
        crash.message += f" ({call.when}: {failure.error})"
    return report
