"""A wrong command line is refused with what was typed and what may be meant."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from disco.cli.main import parse
from disco.cli.parser import seconds


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["crate"], 'Unknown command "crate". Did you mean "create"?'),
        (["zzz"], 'Unknown command "zzz". disco --help lists the commands.'),
        (["create", "--flavour", "x"], 'Unknown option --flavour. Did you mean "--flavor"?'),
        (["create", "--xyz=hunter2"], "disco create: Unknown option --xyz."),
        (
            ["list", "-o", "xml"],
            '-o/--output: Invalid value "xml". Values: csv, json, table, value, yaml.',
        ),
        (["list", "--limit", "0"], 'disco list: --limit: Invalid number "0". Use 1 or more.'),
        (
            ["--ednpoint", "x", "list"],
            'disco: Unknown option --ednpoint. Did you mean "--endpoint"',
        ),
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


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), ("15m", 900), ("1h", 3600), ("0.5H", 1800)]
)
def test_a_duration_is_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["soon", "", "-1", "nan", "1w", "1e300h"])
def test_another_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f'Invalid duration "{text}".*90s, 15m or 1h'):
        seconds(text)
