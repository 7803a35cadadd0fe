"""``make smoke`` passes on the embedded cloud, without nodes, and leaves a report."""

from __future__ import annotations

import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import yaml

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import heat_of
from tests.support.shell import ROOT, environment


def recipe() -> list[str]:
    """The command of the Makefile, with this Python."""
    text = (ROOT / "Makefile").read_text()
    (line,) = (li for li in text.splitlines() if "tests/smoke" in li)
    words = shlex.split(line.replace("$(BIN)/python", sys.executable))
    names = {"$(NODES)": "auto", "$(PYTEST_ARGS)": ""}
    return [w for word in words if (w := names.get(word, word.replace("$(NODES)", "auto")))]


def test_the_smoke_suite_passes_and_leaves_nothing(
    embedded_cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    who = embedded_cloud.credentials_of("demo")
    report = tmp_path / "smoke.xml"
    command = [str(report) if word == "$(JUNIT)" else word for word in recipe()]
    done = subprocess.run(
        ["env", *command],
        cwd=ROOT,
        env={**environment(who, tmp_path), "CONSOLE_S": "2"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert int(suite.get("tests") or 0) >= 8
    skipped = [c.get("name") for c in suite.iter("testcase") if c.find("skipped") is not None]
    assert skipped == ["test_a_cluster_that_computes"]
    stacks = [s.stack_name for s in heat_of(who).stacks.list()]
    assert not [name for name in stacks if name.startswith("disco_")]


def test_without_make_smoke_it_is_left_out() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "tests/smoke", "-p", "no:randomly"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "make smoke" in done.stdout


def test_the_job_definitions_run_it() -> None:
    folder = ROOT / "packaging" / "ci"
    jobs = [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("smoke-*.yaml"))]
    assert len(jobs) == 2
    for job in jobs:
        runs = [
            step["run"] for one in job["jobs"].values() for step in one["steps"] if "run" in step
        ]
        assert any("make smoke" in run for run in runs)
        assert all(one["timeout-minutes"] <= 120 for one in job["jobs"].values())
