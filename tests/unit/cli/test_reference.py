"""The documentation of the command line is that of the parser, and its commands are commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from disco.cli.command_tree import Command, read_commands
from disco.cli.main import build_parser, parse
from disco.cli.reference import BEGIN, rewritten

DOCUMENT = Path(__file__).parents[3] / "docs" / "cli.md"
WHOLE, COMMANDS = read_commands(build_parser())
NAMES = [command.name for command in COMMANDS]


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


def test_the_document_s_commands_are_commands() -> None:
    tutorial = DOCUMENT.read_text().partition(BEGIN)[0]
    blocks = re.findall(r"```\n(.*?)```", tutorial, re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    checked = [
        parse(shlex.split(match[1], comments=True)[1:]).command_name
        for line in lines
        for match in re.finditer(r"(?:^|\$\(|\(|&& )(disco [^|&()<>]*)", line)
    ]
    assert {"create", "list", "show", "tunnel", "ssh", "logs", "delete"} <= set(checked)
