"""The completions in shells that people type into: Tab is pressed, and what it made is run."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from disco.cli import completion
from tests.support.shell import ROOT

CLUSTER = "3f2a0a5e-8f0f-4d55-9b0c-1f5f6f1e2d3c"
#: ``disco`` of a project with a cluster; it says what it was called with, unless a shell asks
FAKE = f"""\
#!{sys.executable}
import os, sys
sys.path.insert(0, {str(ROOT)!r})
if "_ARGCOMPLETE" not in os.environ:
    sys.exit(print("<" + " ".join(sys.argv[1:]) + ">"))
from disco.cli import connection, main
from disco.client import Cluster, Node

class Client:
    def list(self):
        return [Cluster({CLUSTER!r}, {{"occi.core.title": "analysis"}}),
                Cluster("0" + {CLUSTER!r}[1:], {{"occi.core.title": "$(reboot)"}})]
    def find_id(self, handle):
        return {CLUSTER!r}
    def nodes(self, cluster_id):
        return [Node("disco-manager", "master"), Node("disco-worker-1", "worker", 1)]

connection.connect = lambda args: Client()
main.main()
"""
#: name: the shell, its arguments, where its completions are, what is typed before they work
SHELLS = {
    "bash": ("bash", ["--norc", "-i"], "disco", "PS1='ready''> '; source ~/disco"),
    "zsh": (
        "zsh", ["-f", "-i"], ".zfunc/_disco",
        "PS1='ready''> '; fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit -u -D",
    ),
    "zsh-sourced": (
        "zsh", ["-f", "-i"], "disco",
        "PS1='ready''> '; autoload -Uz compinit; compinit -u -D; source ~/disco",
    ),
    "fish": (
        "fish", ["-i"], ".config/fish/completions/disco.fish",
        "function fish_prompt; echo -n ready'> '; end",
    ),
}  # fmt: skip
TYPED = {
    "sus": "suspend",
    "--os-cloud x wat": "--os-cloud x watch",
    "--os-clo": "--os-cloud",
    "create --worker-im": "create --worker-image",
    "list -o j": "list -o json",
    "create --wait-condition t": "create --wait-condition true",
    "completion f": "completion fish",
    "show 3f": f"show {CLUSTER}",
    "show an": "show analysis",
    "ssh analysis --node disco-w": "ssh analysis --node disco-worker-1",
    "--os-cloud x show -o json 3f": f"--os-cloud x show -o json {CLUSTER}",
    "create da": "create dask",
    "create dask ju": "create dask jupyter",
    "create -f cluster-f": "create -f cluster-file.yaml",
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[pexpect.spawn[str]]:
    """A shell at a terminal, with the completions where they belong."""
    name, arguments, place, typed = SHELLS[request.param]
    programme = shutil.which(name)
    if programme is None:
        pytest.skip(f"{name} is not installed: tools/system-packages test")
    completions = tmp_path / place
    completions.parent.mkdir(parents=True, exist_ok=True)
    completions.write_text(completion.script(name))
    fake = tmp_path / "bin" / "disco"
    fake.parent.mkdir()
    fake.write_text(FAKE)
    fake.chmod(0o755)
    (tmp_path / "cluster-file.yaml").touch()
    # else fish reads every manual page of the machine when it starts
    (tmp_path / ".local" / "share" / "fish" / "generated_completions").mkdir(parents=True)
    env = {"PATH": f"{fake.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    with pexpect.spawn(
        programme, arguments, env={**env, "TERM": "dumb"}, cwd=str(tmp_path),
        encoding="utf-8", timeout=120, dimensions=(40, 200),
    ) as terminal:  # fmt: skip
        terminal.sendline(typed)
        terminal.expect_exact("ready> ")
        yield terminal


def test_tab_completes_commands_options_and_values(shell: pexpect.spawn[str]) -> None:
    made = {}
    for typed in TYPED:
        shell.send(f"disco {typed}\t\r")
        shell.expect("<([^<>]*)>\r\n")
        assert shell.match
        made[typed] = shell.match[1]
    assert made == TYPED
