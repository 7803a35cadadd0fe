"""Commands, options and arguments are read from a parser."""

from __future__ import annotations

from disco.cli.command_tree import Item, read_commands
from disco.cli.main import build_parser

WHOLE, COMMANDS = read_commands(build_parser())
BY_NAME = {command.name: command for command in COMMANDS}


def test_the_whole_command_line_has_the_options_of_all_commands() -> None:
    assert WHOLE.name == "disco"
    assert ("--os-cloud",) in [item.options for item in WHOLE.options]
    # they are accepted behind each command, but not repeated in its help
    assert ("--os-cloud",) not in [item.options for item in BY_NAME["list"].options]


def test_options_and_arguments_have_their_values_and_texts() -> None:
    scale = BY_NAME["scale"]
    assert [(i.value, i.optional, i.many) for i in scale.arguments] == [
        ("CLUSTER", False, False),
        ("COUNT", True, False),
    ]
    output = next(i for i in scale.options if "-o" in i.options)
    assert output == Item(
        ("-o", "--output"),
        "table|json|yaml",
        "output for people (table) or programs (default: table)",
        ("table", "json", "yaml"),
    )
    assert [i.many for i in BY_NAME["create"].arguments] == [True]


def test_help_texts_are_one_phrase_without_a_full_stop() -> None:
    for command in COMMANDS:
        assert command.summary[:1].islower(), command.name
        texts = [command.summary, *(item.text for item in command.items)]
        assert not [text for text in texts if text.endswith(".") or not text], command.name
