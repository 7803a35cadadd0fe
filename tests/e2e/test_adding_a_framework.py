"""The page "Adding a framework", followed word by word on the embedded cloud.

Ports and the folder of the cloud are added to its commands, and nodes are switched off:
``tests/frameworks/test_worked_example.py`` runs the framework on nodes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.frameworks.example import write_example
from tests.support.cloud import free_port_pair, until
from tests.support.pages import Page, fenced_blocks
from tests.support.shell import ROOT

pytestmark = pytest.mark.slow
PAGE = Page("adding-a-framework.md").section("Try it")


def environment(home: Path) -> dict[str, str]:
    """A user's shell with DISCO's commands, and a home in which nothing is."""
    commands = Path(sys.executable).parent
    path = f"{commands}:{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page, where it says that they are."""
    home = tmp_path_factory.mktemp("home")
    write_example(home / "frameworks")
    assert (home / "frameworks/celery/component.yaml").is_file()
    (name,) = re.findall(r"^`~/([\w.]+)`:$", PAGE, re.M)
    (settings,) = fenced_blocks(PAGE, "ini")
    (home / name).write_text(settings)
    return home


@pytest.fixture(scope="module")
def base(home: Path) -> Iterator[str]:
    """The service that the page's command starts."""
    port, cloud_port = free_port_pair(), free_port_pair()
    (start,) = fenced_blocks(PAGE, "bash")
    command = f"exec {start.strip()} --nodes none --port {port} --cloud-port {cloud_port}"
    base = f"http://127.0.0.1:{port}"
    with (home / "out").open("w") as out, subprocess.Popen(
        ["bash", "-c", command], env=environment(home), stdout=out, stderr=out,
        start_new_session=True,
    ) as process:  # fmt: skip

        def is_up() -> bool:
            assert process.poll() is None, (home / "out").read_text()
            return f"DISCO is at {base}" in (home / "out").read_text()

        try:
            until(is_up, 180, "the embedded cloud")
            until(lambda: _answers(base), 60, "DISCO")
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _answers(base: str) -> bool:
    try:
        return requests.get(f"{base}/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_the_service_offers_the_framework_beside_its_own(base: str) -> None:
    offered = requests.get(f"{base}/-/", headers={"Accept": "application/json"}, timeout=30).json()
    names = {mixin["term"] for mixin in offered["mixins"]}
    assert {"celery", "dask", "spark"} <= names


def test_the_page_s_command_creates_a_cluster(home: Path, base: str) -> None:
    (create,) = fenced_blocks(PAGE, "sh")
    assert "http://127.0.0.1:8888" in create
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", create.replace("http://127.0.0.1:8888", base)],
        env=environment(home), cwd=home, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    listed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c",
         f"source ~/.local/share/disco/embedded/openrc; DISCO={base} disco list -o json"],
        env=environment(home), cwd=home, capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    assert "celery" in listed and "CREATE_COMPLETE" in listed
