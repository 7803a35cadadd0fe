"""A broker that does not start: what a full disk broke is fetched anew, and nothing else."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from tests.support.specs import SHIPPED, draft


class Broker:
    """The script that becomes a broker, with a folder and a Java of its own."""

    def __init__(self, folder: Path) -> None:
        context = Contexts(*draft({"kafka": ""})).component("kafka", "worker")
        text = Templates(SHIPPED, "salt").file("kafka", "broker.sh.j2", context)
        self.data = folder / "data"
        self.copy = self.data / "broker/__cluster_metadata-0"
        self.copy.mkdir(parents=True)
        (self.data / "broker/topic-0").mkdir()
        (self.copy / "00000000000000000000.log").write_text("broken")
        java = "/opt/disco/java-17/bin/java"
        assert java in text
        self.free = 1000
        self._commands = folder / "bin"
        self._commands.mkdir()
        self._script = text.replace(java, "echo")

    def start(self) -> str:
        """What a start says."""
        df = self._commands / "df"
        df.write_text(f"#!/bin/sh\necho Avail\necho {self.free}\n")
        df.chmod(0o755)
        path = f"{self._commands}:/usr/bin:/bin"
        done = subprocess.run(
            ["bash", "-c", self._script],
            env={"PATH": path},
            cwd=self.data,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "kafka.Kafka" in done.stdout
        return done.stdout


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path)


def test_the_fourth_start_in_a_row_puts_the_copy_aside(broker: Broker) -> None:
    for _ in range(3):
        assert "aside" not in broker.start()
        assert broker.copy.is_dir()
    assert "the copy of the controllers' log is put aside" in broker.start()
    assert not broker.copy.exists()
    assert (broker.data / "aside/00000000000000000000.log").read_text() == "broken"
    assert (broker.data / "broker/topic-0").is_dir()
    assert "aside" not in broker.start()


def test_a_disk_that_is_still_full_changes_nothing(broker: Broker) -> None:
    broker.free = 3
    for _ in range(6):
        assert "aside" not in broker.start()
    assert broker.copy.is_dir()
    broker.free = 1000
    assert "aside" in broker.start()


@pytest.mark.parametrize("before", ["", "rubbish here", "0 100"])
def test_starts_that_are_no_row_change_nothing(broker: Broker, before: str) -> None:
    starts = broker.data / "starts"
    starts.write_text(before)
    assert "aside" not in broker.start()
    starts.write_text(f"{int(time.time()) - 3600} 50\n")
    assert "aside" not in broker.start()
    assert broker.copy.is_dir()
