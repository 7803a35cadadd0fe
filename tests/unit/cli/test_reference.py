"""The documentation of the command line is that of the parser, and its commands are commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from disco.cli.commands import COMMANDS
from disco.cli.main import parse
from disco.cli.reference import BEGIN, command_parser, own_actions, rewritten

DOCUMENT = Path(__file__).parents[3] / "docs" / "cli.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_commands(name: str) -> None:
    lines = (command_parser(name).epilog or "").replace("\\\n", " ").splitlines()[1:]
    found = [re.search(r"(?:^|\(|; )\s*(disco [^|;&()>]*)", line) for line in lines]
    assert found and all(found)
    for match in found:
        assert match
        words = shlex.split(match[1].partition(" #")[0], comments=True)
        assert parse(words[1:]).command_name in COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_help_texts_are_one_phrase_without_a_full_stop(name: str) -> None:
    parser = command_parser(name)
    own = [*own_actions(parser, "argument"), *own_actions(parser, "option")]
    texts = [COMMANDS[name][1], *(action.help or "" for action in own)]
    assert COMMANDS[name][1][:1].islower()
    assert not [text for text in texts if not text or text.endswith(".")]


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
