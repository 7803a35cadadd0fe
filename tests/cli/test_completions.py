"""The completions in shells that people type into: Tab is pressed, and what it made is run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from disco.cli import shell_completion
from disco.cli.main import build_parser

#: stands for ``disco``: tells what there is, and says what else it was called with
FAKE = """\
#!/bin/sh
case "$*" in
"list --quiet") echo 3f2a-cluster ;;
"frameworks --quiet --built-in") printf 'dask-framework\\njupyter-framework\\n' ;;
*) echo "<$*>" ;;
esac
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
    "show 3f": "show 3f2a-cluster",
    "--os-cloud x show -o json 3f": "--os-cloud x show -o json 3f2a-cluster",
    "create da": "create dask-framework",
    "create dask-framework ju": "create dask-framework jupyter-framework",
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
    completions.write_text(shell_completion.script(name, build_parser()))
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
