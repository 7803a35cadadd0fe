"""Pieces of JSON are together what ``json.dumps`` writes at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from disco.occi.json_text import OPEN, PATH, Frame, Kept, array, members, quoted, value

VALUES: list[Any] = [
    {},
    [],
    "",
    {"b": [], "a": {}, "é\u2028": '\ud800\x1b\n"\\\x7f\x9b'},
    [["a"], {"b": [{"c": None, "d": True, "e": 7}]}, [[], [[]]]],
    {"a": {"b": {"c": ["1", "2\n  3"]}}},
]


@pytest.mark.parametrize("on_lines", [True, False])
@pytest.mark.parametrize("data", VALUES, ids=lambda data: str(type(data).__name__))
def test_every_byte_is_that_of_the_library(data: Any, on_lines: bool) -> None:
    indent = 2 if on_lines else None
    whole = json.dumps(data, indent=indent, sort_keys=True, ensure_ascii=False)
    assert value(data, on_lines) == whole
    nested = json.dumps({"z": [data], "a": "x"}, indent=indent, sort_keys=True, ensure_ascii=False)
    piece = value(data, on_lines)
    assert members({"z": array([piece], on_lines), "a": quoted("x")}, on_lines) == nested


def test_what_is_made_of_objects_is_made_once_for_these_objects() -> None:
    kept: Kept[list[object]] = Kept(most=3)
    one, other = object(), object()
    made = kept.of((one, other), list)
    assert kept.of((one, other), list) is made
    assert kept.of((one,), list) is not made
    assert kept.of((other, one), list) is not made
    # there is room for three
    kept.of((object(),), list)
    assert kept.of((one, other), list) is not made


@pytest.mark.parametrize("ends", [PATH, f"{PATH} and {PATH}é\x7f\ud800", ""])
def test_a_frame_is_filled_with_what_it_leaves_open(ends: str) -> None:
    frame = Frame(f'{{"a": "{ends}", "b": {OPEN}, "c": 1}}')
    there = ends.replace("\x7f", "\\u007f").replace("\ud800", "?").replace(PATH, "/disco/ü")
    assert (
        frame.filled("/disco/ü".encode(), b"[7]").decode()
        == f'{{"a": "{there}", "b": [7], "c": 1}}'
    )
