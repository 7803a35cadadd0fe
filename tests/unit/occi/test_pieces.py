"""Pieces of a list: what tells them apart, and lists that are told apart by them."""

from __future__ import annotations

import json

import pytest

from disco.occi import CORE, Action, Kind, Resource, pieces_of, render_collection, render_resource
from disco.occi.dialect import Dialect
from disco.occi.media import HTML, JSON, OCCI_JSON, OCCI_JSON_12, TEXT_OCCI, TEXT_PLAIN, URI_LIST

ACTIONS = tuple(Action(term, "http://example.com/action#") for term in ("one", "two"))
KIND = Kind("k", "http://example.com/occi#", parent=f"{CORE}resource", location="/k/")
MEDIA = (HTML, JSON, OCCI_JSON, OCCI_JSON_12, TEXT_OCCI, TEXT_PLAIN, URI_LIST)
ODD = 'ü"\\\n\x00\x01\x7f\x9b\ud800'


def resource(id: str = "a", value: str = "v", actions: int = 2) -> Resource:
    return Resource(KIND, id, attributes={"x": value}, actions=ACTIONS[:actions])


def tag(
    *items: Resource, media: str = OCCI_JSON, base: str = "http://h", path: str = "/k/"
) -> bytes:
    return render_collection(pieces_of(items), media, base, path).tag


@pytest.mark.parametrize("count", [1, 50])
@pytest.mark.parametrize("media", [OCCI_JSON, JSON])
@pytest.mark.parametrize("id", ["a", ODD])
def test_a_list_has_of_each_what_it_is_by_itself(count: int, media: str, id: str) -> None:
    item = resource(id, value=ODD)
    whole = render_collection(pieces_of([item] * count), media, "http://h").render()
    one = json.loads(render_resource(item, media, "http://h").data)
    listed = json.loads(whole.data)
    assert (listed if isinstance(listed, list) else listed["resources"]) == [one] * count
    whole.data.decode()


def test_equal_lists_have_one_tag_and_others_another() -> None:
    one, other = resource("a"), resource("b")
    assert tag(one, other) == tag(resource("a"), resource("b"))
    tags = [
        tag(), tag(one), tag(other), tag(one, other), tag(other, one), tag(one, one),
        tag(resource(value="w")), tag(resource(actions=1)), tag(resource(actions=0)),
        tag(one, base="http://i"), tag(one, path="/l/"),
    ]  # fmt: skip
    tags += [tag(one, media=media) for media in MEDIA if media != OCCI_JSON]
    tags += [
        render_collection(pieces_of([one]), OCCI_JSON, "http://h", "/k/", dialect).tag
        for dialect in Dialect
        if dialect is not Dialect.ORIGINAL
    ]
    assert len(set(tags)) == len(tags)
