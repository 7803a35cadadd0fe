"""The whole help, completions, and documentation that is made from the parser."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from disco.cli.commands._commands import Command, read_commands
from disco.cli.commands._reference import rewritten
from disco.cli.main import build_parser, parse
from tests.support.shell import DISCO, ROOT, Shell

DOCUMENT = ROOT / "docs" / "cli.md"
WHOLE, COMMANDS = read_commands(build_parser())
NAMES = [command.name for command in COMMANDS]


@pytest.fixture
def plain(tmp_path: Path) -> Shell:
    """A shell without credentials: help and completions need none."""
    env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return Shell({**env, "HOME": str(tmp_path), "LANG": "C.UTF-8"}, tmp_path)


def test_the_commands_of_a_cluster_s_life_are_there() -> None:
    assert {
        *("create", "preview", "list", "show", "watch", "ssh", "tunnel", "logs", "scale"),
        *("suspend", "resume", "delete", "frameworks", "completion"),
    } <= set(NAMES)


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_help(plain: Shell, command: Command) -> None:
    done = plain.call(command.name, "--help")
    assert done.status == 0
    for option in command.options:
        assert option.text
        assert all(name in done.out for name in option.options)
    assert "examples:" in done.out


def test_help_in_a_pipe_and_on_a_terminal(plain: Shell) -> None:
    piped, shown = plain.run("--help"), plain.terminal("--help")
    assert piped.status == shown.status == 0
    for name in NAMES:
        assert re.search(rf"^ +{name} ", piped.out, re.M)
        assert name in shown.out
    assert "\x1b" not in piped.out
    assert plain.terminal("create", "--help").status == 0


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_examples_are_commands(command: Command) -> None:
    lines = command.examples.replace("\\\n", " ").splitlines()
    found = [re.search(r"(?:^|\(|; )\s*(disco [^|;&()>]*)", line) for line in lines]
    assert all(found)
    for match in found:
        assert match
        words = shlex.split(match[1].partition(" #")[0], comments=True)
        assert parse(words[1:]).command_name in NAMES


def test_the_reference_is_current() -> None:
    text = DOCUMENT.read_text()
    assert rewritten(text) == text


def test_the_tutorial_s_commands_are_commands() -> None:
    tutorial = DOCUMENT.read_text().partition("<!-- made by")[0]
    blocks = re.findall(r"```\n(.*?)```", tutorial, re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    checked = [
        parse(shlex.split(match[1], comments=True)[1:]).command_name
        for line in lines
        for match in re.finditer(r"(?:^|\$\(|\(|&& )(disco [^|&()<>]*)", line)
    ]
    assert {"create", "list", "show", "tunnel", "ssh", "logs", "delete"} <= set(checked)


# -- completions ----------------------------------------------------------------


def shell_or_skip(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def completed(plain: Shell, *words: str) -> list[str]:
    """What bash would offer for the last word."""
    line = " ".join(map(shlex.quote, words))
    script = f"""
        source <({" ".join(DISCO)} completion bash)
        COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _disco; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        [shell_or_skip("bash"), "-euc", script],
        env=plain.env,
        cwd=plain.cwd,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_takes_the_completions(plain: Shell) -> None:
    script = f"source <({' '.join(DISCO)} completion bash); complete -p disco"
    done = subprocess.run(
        [shell_or_skip("bash"), "-euc", script],
        env=plain.env,
        cwd=plain.cwd,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == "complete -F _disco disco\n"
    assert done.stderr == ""


def test_bash_completes_commands_options_and_choices(plain: Shell) -> None:
    assert completed(plain, "disco", "s") == ["show", "ssh", "scale", "suspend"]
    assert completed(plain, "disco", "--os-cloud", "x", "wat") == ["watch"]
    assert "--worker-image" in completed(plain, "disco", "create", "--wor")
    assert completed(plain, "disco", "list", "-o", "j") == ["json"]
    assert completed(plain, "disco", "completion", "f") == ["fish"]


def test_bash_completes_clusters_and_frameworks(plain: Shell) -> None:
    """``disco`` in the PATH answers; here one that says what it was asked."""
    fake = plain.cwd / "disco"
    fake.write_text('#!/bin/sh\n[ "$1" = list ] && echo 3f2a-cluster || echo dask-framework\n')
    fake.chmod(0o755)
    plain.env["PATH"] = f"{plain.cwd}:{plain.env['PATH']}"
    assert completed(plain, "disco", "show", "3f") == ["3f2a-cluster"]
    assert completed(plain, "disco", "create", "da") == ["dask-framework"]


def test_zsh_takes_the_completions(plain: Shell) -> None:
    zsh = shell_or_skip("zsh")
    path = plain.cwd / "_disco"
    path.write_text(plain.call("completion", "zsh").out)
    script = f"autoload -Uz compinit; compinit -u; source {path}; print -- $_comps[disco]"
    done = subprocess.run(
        [zsh, "-fc", script], env=plain.env, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "_disco"


def test_fish_takes_the_completions(plain: Shell) -> None:
    fish = shell_or_skip("fish")
    path = plain.cwd / "disco.fish"
    path.write_text(plain.call("completion", "fish").out)
    script = f"source {path}; complete -C 'disco sus'"
    done = subprocess.run(
        [fish, "-Nc", script], env=plain.env, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("suspend")
