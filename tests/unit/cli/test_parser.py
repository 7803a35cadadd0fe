"""A wrong command line is refused with what was typed and what may be meant."""

from __future__ import annotations

import pytest

from disco.cli.main import parse


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["crate"], 'Unknown command "crate". Did you mean "create"?'),
        (["zzz"], 'Unknown command "zzz". disco --help lists the commands.'),
        (["create", "--flavour", "x"], 'Unknown option --flavour. Did you mean "--flavor"?'),
        (["create", "--xyz=hunter2"], "disco create: Unknown option --xyz."),
        (["list", "-o", "xml"], '-o/--output: Invalid value "xml". Values: table, json, yaml.'),
        (["list", "one"], "disco list: Too many arguments: one."),
        (["show"], "disco show: CLUSTER is required."),
        (["create", "-w", "two"], '-w/--workers: Invalid number "two". Use a whole number'),
        (["create", "--id", "x"], '--id: Invalid id "x". Use a UUID'),
    ],
)
def test_an_error_names_what_was_typed(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(words)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "hunter2" not in said
