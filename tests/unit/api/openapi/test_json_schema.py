"""Schemas of types: what ``json.dumps`` makes of a value is valid, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NotRequired, TypedDict

import pytest
from jsonschema import Draft202012Validator

from disco.api.openapi.json_schema import schema_of
from disco.heat.stack_status import StackStatus


@dataclass
class Page:
    """A page.

    With more words.
    """

    port: int
    reach: Literal["public", "tunnel"]
    url: str | None = None


class Told(TypedDict):
    """What is told."""

    pages: list[Page]
    status: StackStatus
    sizes: Mapping[str, float]
    more: NotRequired[Any]


def test_a_value_of_the_type_is_valid() -> None:
    pages = [asdict(Page(80, "public")), asdict(Page(81, "tunnel", "http://x"))]
    told = {"pages": pages, "status": StackStatus("CREATE_COMPLETE"), "sizes": {"a": 1.5}}
    Draft202012Validator(schema_of(Told)).validate(json.loads(json.dumps(told)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"pages": [], "status": "X", "sizes": {}, "unknown": 1},
        {"pages": [], "status": "X"},
        {"pages": [], "status": 7, "sizes": {}},
        {"pages": [], "status": "X", "sizes": {"a": "b"}},
        {"pages": [{"port": 80, "reach": "public"}], "status": "X", "sizes": {}},
        {"pages": [{"port": 80, "reach": "x", "url": None}], "status": "X", "sizes": {}},
    ],
)
def test_another_value_is_not(wrong: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema_of(Told)).is_valid(wrong)


def test_an_open_object_may_have_more_members() -> None:
    more = {"pages": [], "status": "X", "sizes": {}, "unknown": 1}
    assert Draft202012Validator(schema_of(Told, closed=False)).is_valid(more)


def test_the_first_paragraph_describes_it() -> None:
    assert schema_of(Page)["description"] == "A page."


def test_what_json_does_not_have_is_an_error() -> None:
    with pytest.raises(TypeError, match="JSON has no type"):
        schema_of(Sequence[set])
