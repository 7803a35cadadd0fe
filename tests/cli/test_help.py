"""The whole help, and documentation that is made from the parser."""

from __future__ import annotations

import re
import sys
from argparse import SUPPRESS
from pathlib import Path

import pytest

from disco.cli.commands import COMMANDS
from disco.cli.reference import command_parser
from tests.support.shell import ROOT, Shell

DOCUMENT = ROOT / "docs" / "cli.md"


@pytest.fixture
def plain(tmp_path: Path) -> Shell:
    """A shell without credentials: help needs none."""
    env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return Shell({**env, "HOME": str(tmp_path), "LANG": "C.UTF-8"}, tmp_path)


def test_the_commands_of_a_cluster_s_life_are_there() -> None:
    assert {
        *("create", "preview", "list", "show", "watch", "ssh", "tunnel", "logs", "scale"),
        *("suspend", "resume", "delete", "frameworks", "completion"),
    } <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help(plain: Shell, name: str) -> None:
    done = plain.call(*name.split(), "--help")
    assert done.status == 0
    for action in command_parser(name)._actions:
        assert action.help
        shown = [] if action.help == SUPPRESS else action.option_strings
        assert all(option in done.out for option in shown)
    assert "examples:" in done.out
    assert plain.call("help", *name.split()).out == done.out


def test_help_in_a_pipe_and_on_a_terminal(plain: Shell) -> None:
    piped, shown = plain.run("--help"), plain.terminal("--help")
    assert piped.status == shown.status == 0
    for name in COMMANDS:
        assert re.search(rf"^ +{name} ", piped.out, re.M)
        assert name in shown.out
    assert "\x1b" not in piped.out
    assert plain.terminal("create", "--help").status == 0
