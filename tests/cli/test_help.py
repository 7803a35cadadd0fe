"""The whole help, and documentation that is made from the parser."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from disco.cli.command_tree import Command, read_commands

from disco.cli.main import build_parser
from tests.support.shell import ROOT, Shell

DOCUMENT = ROOT / "docs" / "cli.md"
WHOLE, COMMANDS = read_commands(build_parser())
NAMES = [command.name for command in COMMANDS]


@pytest.fixture
def plain(tmp_path: Path) -> Shell:
    """A shell without credentials: help needs none."""
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
