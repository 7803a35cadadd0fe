"""Pieces of JSON are together what ``json.dumps`` writes at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from disco.occi.json_text import Kept, array, members, quoted, value

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


def test_a_piece_is_made_once_for_each_object_and_form() -> None:
    made: list[object] = []

    def data(item: object) -> list[str]:
        made.append(item)
        return ["x"]

    kept, items = Kept(most=3), [object(), object()]
    for _ in range(3):
        assert [kept.of(item, data, False) for item in items] == ['["x"]', '["x"]']
        assert kept.of(items[0], data, True) == '[\n  "x"\n]'
    assert made == [*items, items[0]]
    # there is room for three
    kept.of(object(), data, False)
    assert kept.of(items[1], data, False) == '["x"]'
    assert len(made) == 5
