"""The tutorial's and Sahara's page's commands, as they stand there, on a cloud without nodes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from disco.client.request import ClusterRequest
from tests.support.shell import ROOT, Shell

DOCS = ROOT / "docs"
#: what needs nodes, or is not for a cloud of a test; tests/e2e/working runs the former
ELSEWHERE = ("make demo", "source ", "disco ssh", "disco tunnel")


def blocks(page: str, language: str = "sh") -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.M | re.S)
    return [block for block in found if not block.startswith(ELSEWHERE)]


@pytest.fixture
def script(shell: Shell, tmp_path: Path) -> Shell:
    """A shell in which ``disco`` is a command, and images those of a cloud without nodes."""
    command = tmp_path / "bin" / "disco"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m disco.cli.main "$@"\n')
    command.chmod(0o755)
    return Shell({**shell.env, "PATH": f"{command.parent}:{shell.env['PATH']}"}, tmp_path)


def run(script: Shell, command: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.replace("debian-12-disco", "debian-12")],
        env=script.env,
        cwd=script.cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_tutorial_from_frameworks_to_the_end(script: Shell) -> None:
    what, preview, create, listing, show, password, delete = blocks("tutorial.md")
    assert "2026" in run(script, what)
    assert "disco-worker-2" in run(script, preview)
    created = run(script, create)
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", created)
    assert found, created
    assert found[0] in run(script, listing)
    assert found[0] in run(script, show)
    assert len(run(script, f"CLUSTER=first\n{password}").strip()) >= 22
    run(script, f"CLUSTER=first\n{delete}")
    assert found[0] not in run(script, listing)


def test_the_file_of_the_sahara_page_is_a_cluster_file(script: Shell) -> None:
    (text,) = blocks("coming-from-sahara.md", "yaml")
    request = ClusterRequest.from_dict(yaml.safe_load(text))
    assert request.workers == 3
    (script.cwd / "cluster.yaml").write_text(text)
    (command,) = blocks("coming-from-sahara.md")
    shown = run(script, command.replace("disco create", "disco preview"))
    assert "disco-worker-3" in shown
