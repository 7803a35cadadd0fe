"""``disco install``: names of packages alone reach a shell, and every node is answered for."""

from __future__ import annotations

import base64
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from disco.attributes import ADDED_PACKAGES
from disco.cli.commands import install
from disco.cli.exit_status import CommandError, Status
from disco.client import Cluster, Conflict, Node
from disco.client.node import MASTER
from tests.nodes.scripts.conftest import Node as Machine


def script(apt: list[str], pip: list[str]) -> str:
    command = install.command_for(apt, pip)
    assert command.startswith("echo ")
    assert command.endswith(" | base64 -d | sudo bash -s")
    return base64.b64decode(command.split()[1]).decode()


@pytest.mark.parametrize("attack", ["a;id", "$(id)", "--index-url=x", "-r x", "'", "a\nb"])
@pytest.mark.parametrize("kind", ["apt", "pip"])
def test_what_is_no_name_is_refused_before_anything_is_asked(kind: str, attack: str) -> None:
    given = {"apt": [], "pip": []} | {kind: ["good", attack]}
    with pytest.raises(CommandError, match=f"^--{kind}: ") as caught:
        install.command_for(**given)
    assert caught.value.status == Status.USAGE


def test_faults_of_both_lists_come_at_once_and_nothing_is_refused() -> None:
    with pytest.raises(CommandError, match=r"--apt: '-x'.*\n--pip: '-y'"):
        install.command_for(["-x"], ["-y"])
    with pytest.raises(CommandError, match="No package is named"):
        install.command_for([], [])


def run(tmp_path: Path, text: str) -> subprocess.CompletedProcess[str]:
    machine = Machine(tmp_path)
    machine.stand_in("dpkg-query", "exit 1")
    machine.stand_in("apt-get", f'echo "apt $@" >>{tmp_path}/calls')
    stamps = machine.root / "var/lib/disco/c0ffee/steps"
    stamps.mkdir(parents=True)
    for name, made_of in (
        ("dask", "dask==1 ipykernel"),
        ("flink", "apache-flink-libraries==2"),
        ("spark", "pyspark==4 ipykernel"),
    ):
        if name != "spark":  # which the image has, and the cluster has not
            (stamps / f"{name}:installed").touch()
        place = machine.root / "opt/disco" / name
        (place / "bin").mkdir(parents=True)
        (place / ".complete").write_text(f"Python 3.11.2 {made_of}\n")
        machine.command(place / "bin", "pip", f'echo "{name} $@" >>{tmp_path}/calls')
    return subprocess.run(
        ["bash", "-c", text], env=machine.environment(), capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


def test_a_node_installs_in_the_system_and_where_code_of_users_runs(tmp_path: Path) -> None:
    done = run(tmp_path, script(["htop"], ["polars>=1,<2", "tiny"]))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "installed in the system, dask"
    calls = (tmp_path / "calls").read_text()
    assert "htop" in calls
    # in the version that the framework is made of
    assert "dask==1 ipykernel polars<2,>=1 tiny\n" in calls
    assert "flink" not in calls and "spark" not in calls


def test_a_node_without_such_an_environment_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", script([], ["tiny"])], env=Machine(tmp_path).environment(),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "has no environment for Python packages"


def test_nodes_work_side_by_side_and_each_is_answered_for() -> None:
    nodes = [Node("m", MASTER), Node("w-1", "worker"), Node("w-2", "worker")]
    together = threading.Barrier(3, timeout=20)

    def work(name: str) -> tuple[bool, str]:
        together.wait()
        return name != "w-1", f"of {name}"

    assert install.install_on(nodes, work) == {
        "m": (True, "of m"),
        "w-1": (False, "of w-1"),
        "w-2": (True, "of w-2"),
    }


def test_a_node_that_says_more_than_is_read_has_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is cut off there, and what it did after that nobody knows."""

    class Access:
        def command(self, node: str, *options: str) -> list[str]:
            return ["sh", "-c"]

    access: Any = Access()
    monkeypatch.setattr(install, "MAX_OUTPUT", 1 << 16)
    pours = install.run_on(access, "yes; exit 1", "one")
    assert pours == (False, "says more than 65536 bytes")
    assert install.run_on(access, "echo installed in dask", "one") == (True, "installed in dask")


class Shared:
    """A cluster whose packages others change, too: before each look at it, once."""

    def __init__(self, *others: Any) -> None:
        self.kept = ""
        self.others = list(others)

    def _shown(self) -> Cluster:
        found = {ADDED_PACKAGES: self.kept, "stack_status": "UPDATE_COMPLETE"}
        return Cluster("11111111-2222-3333-4444-555555555555", found)

    def add_packages(self, _: str, apt: Any, pip: Any) -> Cluster:
        words = [*(f"apt:{name}" for name in apt), *(f"pip:{name}" for name in pip)]
        if self.others and isinstance(self.others[0], Conflict):
            raise self.others.pop(0)
        self.kept = " ".join({word: 1 for word in [*self.kept.split(), *words]})
        return self._shown()

    def wait(self, *_: Any, **__: Any) -> Cluster:
        if self.others and isinstance(self.others[0], str):
            self.kept = self.others.pop(0)
        return self._shown()


def test_of_two_who_install_at_the_same_moment_none_loses_packages() -> None:
    there: Any = Shared("pip:of-the-other")
    assert install.keep_packages(there, "c", ["htop"], ["tiny"]) == ""
    assert set(there.kept.split()) == {"pip:of-the-other", "apt:htop", "pip:tiny"}
    # Heat is at work on what the other gave
    there = Shared(Conflict("The cluster is UPDATE_IN_PROGRESS"), "pip:of-the-other")
    assert install.keep_packages(there, "c", [], ["tiny"]) == ""
    assert set(there.kept.split()) == {"pip:of-the-other", "pip:tiny"}


def test_packages_that_a_cluster_does_not_keep_are_told() -> None:
    there: Any = Shared(*["pip:of-the-other"] * install.TRIES)
    assert "Repeat the command" in install.keep_packages(there, "c", [], ["tiny"])
    assert not there.others
    for error in [Conflict("x", code="packages-not-kept")], [Conflict("busy")] * install.TRIES:
        there = Shared(*error)
        with pytest.raises(Conflict):
            install.keep_packages(there, "c", [], ["tiny"])
