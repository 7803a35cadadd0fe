"""A list of stacks, whose texts tell which of them are as they were."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from disco.errors import CloudError
from disco.heat.stack_texts import StackTexts
from disco.heat.stacks import Stack

IDS = [str(uuid.UUID(int=number)) for number in range(1, 6)]


def stack(cluster: str, **more: Any) -> dict[str, Any]:
    links = [{"href": f"http://heat/v1/{cluster}", "rel": "self"}]
    return {
        "id": f"id-{cluster}", "links": links, "stack_name": f"disco_{cluster}",
        "stack_status": "CREATE_COMPLETE", "tags": ["a"], **more,
    }  # fmt: skip


def texts(body: Any) -> StackTexts:
    """What Heat answers with this: JSON as Python writes it, or these bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = SimpleNamespace(content=content, json=lambda: json.loads(content))
    return StackTexts(SimpleNamespace(read=lambda _: answer))  # type: ignore[arg-type]


def ids(found: StackTexts) -> list[str | None]:
    return [s.cluster_id if isinstance(s, Stack) else None for _, s in found.read(lambda _: None)]


#: what a member of the stack's can be to be taken for the next stack
ODD = [
    '}, {"id": "x"', '"}, {"id": ', '\\"}, {"id": "', "]}", [{"id": "x"}, {"id": "y"}], {"id": "x"},
    [{"id": 1}, 2, {"id": []}, "}, {"], [[], {}, ', {"id": '], "ü\u2028🐘", None, 1e300,
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "style", [{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}], ids=repr
)
def test_each_stack_is_found_whatever_it_says(odd: Any, style: dict[str, Any]) -> None:
    listed = [stack(IDS[0]), stack(IDS[1], odd=odd), stack(IDS[2], id="other", description=odd)]
    body = json.dumps({"stacks": listed}, **style).encode()
    assert ids(texts(body)) == IDS[:3]


@pytest.mark.parametrize("first", ["id", "stack_name", "tags"])
def test_what_is_known_is_not_read_again(first: str) -> None:
    listed = [{first: stack(id)[first], **stack(id)} for id in IDS]
    known = {text: 7 for text, _ in texts({"stacks": listed}).read(lambda _: None)}
    listed[2] = {**listed[2], "stack_status": "DELETE_IN_PROGRESS"}
    found = [entry for _, entry in texts({"stacks": listed}).read(known.get)]
    assert [e if isinstance(e, int) else e and e.status for e in found] == [
        7, 7, "DELETE_IN_PROGRESS", 7, 7,
    ]  # fmt: skip


def test_what_is_no_cluster_any_more_is_nothing() -> None:
    listed = [
        stack(IDS[0], stack_name="web"),
        stack(IDS[1], stack_status="DELETE_COMPLETE"),
        stack(IDS[2]),
    ]
    assert ids(texts({"stacks": listed})) == [None, None, IDS[2]]
    assert ids(texts({"stacks": []})) == []


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"stacks": None}, {"stacks": [1]}, {"stacks": [stack(IDS[0]), "x"]},
        {"stacks": [stack(IDS[0], stack_status=7)]}, {"stacks": [{"id": "x"}]},
        b'{"stacks": [{"id": "x", "stack_name": ]}', b"<html>", b"",
    ],
    ids=repr,
)  # fmt: skip
def test_an_answer_of_another_form_is_none_of_heat_s(body: Any) -> None:
    with pytest.raises(CloudError):
        ids(texts(body))


LINKS = [
    [{"href": "http://h?limit=2", "rel": "next"}], [], [[]], "]}", [{"href": "x" * 5000}],
    '], "links": []}', ["], [", "]}"],
]  # fmt: skip


@pytest.mark.parametrize("links", LINKS, ids=lambda links: repr(links)[:30])
def test_what_follows_the_list_is_none_of_it(links: Any) -> None:
    listed = [stack(IDS[0]), stack(IDS[1], links=links)]
    assert ids(texts({"stacks": listed, "links": links})) == IDS[:2]
    assert ids(texts({"stacks": [{**listed[1], "more": links}]})) == IDS[1:2]


def test_two_lists_in_one_answer_are_not_taken_for_one() -> None:
    body = f'{{"stacks": [{json.dumps(stack(IDS[0]))}], "stacks": [{json.dumps(stack(IDS[1]))}]}}'
    assert ids(texts(body.encode())) == [IDS[1]]
