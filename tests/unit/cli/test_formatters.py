"""cliff's formats, each safe for a terminal, and without Python's words for what is missing."""

from __future__ import annotations

import argparse
import io
import json
import subprocess

import pytest
import yaml

from disco.cli.formatters import LIST_FORMATS, SHOW_FORMATS, Formatters, Shown
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS

NAMES = ("id", "name", "frameworks")
ROW = ("1", None, Shown({"dask": "", "jupyter": "4"}, "dask, jupyter 4"))
OPTIONS = argparse.Namespace(
    noindent=True, quote_mode="minimal", prefix="", print_empty=False,
    max_width=0, fit_width=False, formatter="", columns=[], variables=[],
)  # fmt: skip


def listed(form: str, *rows: tuple[object, ...]) -> str:
    stream = io.StringIO()
    Formatters(LIST_FORMATS)[form].obj.emit_list(NAMES, rows, stream, OPTIONS)
    return stream.getvalue()


def shown(form: str, row: tuple[object, ...]) -> str:
    stream = io.StringIO()
    Formatters(SHOW_FORMATS)[form].obj.emit_one(NAMES, row, stream, OPTIONS)
    return stream.getvalue()


def test_programs_get_values_with_their_structure() -> None:
    data = {"id": "1", "name": None, "frameworks": {"dask": "", "jupyter": "4"}}
    assert json.loads(listed("json", ROW)) == [data]
    assert yaml.safe_load(listed("yaml", ROW)) == [data]
    assert json.loads(shown("json", ROW)) == data
    assert yaml.safe_load(shown("yaml", ROW)) == data


def test_lines_have_texts_and_nothing_for_what_is_missing() -> None:
    assert listed("value", ROW) == "1  dask, jupyter 4\n"
    assert listed("csv", ROW).splitlines() == ["id,name,frameworks", '1,,"dask, jupyter 4"']
    assert shown("shell", ROW) == 'id="1"\nname=""\nframeworks="dask, jupyter 4"\n'
    assert "| 1  |      | dask, jupyter 4 |" in listed("table", ROW)


@pytest.mark.parametrize("form", LIST_FORMATS)
def test_no_list_has_a_character_that_a_terminal_obeys(form: str) -> None:
    said = listed(form, (CONTROLS, CONTROLS, Shown(CONTROLS, CONTROLS)))
    assert not UNSAFE.search(said.replace("\r\n", "\n"))


@pytest.mark.parametrize("form", SHOW_FORMATS)
def test_nothing_shown_has_a_character_that_a_terminal_obeys(form: str) -> None:
    assert not UNSAFE.search(shown(form, (CONTROLS, CONTROLS, Shown([CONTROLS], CONTROLS))))


def test_values_are_sorted_with_what_is_missing_at_the_end() -> None:
    values = [Shown(None, ""), Shown(10, "10"), Shown(2, "2")]
    assert [value.text for value in sorted(values)] == ["2", "10", ""]


@pytest.mark.parametrize(
    "text",
    [
        "$(echo hit)",
        "`echo hit`",
        '"; echo hit; "',
        "\\",
        '\\"; echo hit; "',
        "$HOME",
        "a\nb c",
        "'",
    ],
)
def test_a_shell_that_evaluates_what_is_shown_gets_the_values_and_runs_nothing(text: str) -> None:
    """Nodes and other members' stacks say what is shown, and choose names of attributes."""
    names = ("id", "heat.flavor", "x;echo hit;$(echo hit)", "1st")
    row = (text, Shown([text], text), Shown(text, ""), text)
    stream = io.StringIO()
    Formatters(SHOW_FORMATS)["shell"].obj.emit_one(names, row, stream, OPTIONS)
    said = stream.getvalue()
    script = f'{said}printf "%s\\0" "$id" "$heat_flavor" "$x_echo_hit___echo_hit_" "$_1st"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\0") == [text, text, text, text, ""]
    assert done.stderr == ""
