"""What is rendered can be read again, whatever the values hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from disco.errors import InvalidRequest
from disco.occi import (
    Kind,
    Message,
    Resource,
    parse_attributes,
    parse_categories,
    parse_locations,
    parse_message,
    render_categories,
    render_resource,
)
from tests.support.occi_samples import BASE, ID, KIND

NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}", fullmatch=True).filter(
    lambda name: not name.startswith("occi.")
)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60) | st.text(
    "\\\"'n,;=# {}a", max_size=20
)
ATTRIBUTES = st.dictionaries(NAMES, TEXTS, max_size=8)
BY_BODY = ("text/plain", "text/occi+plain", "application/occi+json", "application/json")

#: no deadline: a busy machine is no fault
unhurried = settings(deadline=None)


def read_back(resource: Resource, media_type: str) -> Message:
    found = render_resource(resource, media_type, BASE)
    body = b"" if media_type == "text/occi" else found.body.encode()
    return parse_message(found.content_type, found.headers, body)


@unhurried
@given(ATTRIBUTES, st.sampled_from((*BY_BODY, "text/occi")))
def test_a_resource(attributes: dict[str, str], media_type: str) -> None:
    found = read_back(Resource(kind=KIND, id=ID, attributes=attributes), media_type)
    found.attributes.pop("occi.core.id")
    assert found.attributes == attributes
    assert [c.type_id for c in found.categories] == [KIND.type_id]


@unhurried
@given(st.lists(TEXTS, max_size=4), st.sampled_from(BY_BODY))
def test_newlines_become_one_form_in_every_rendering(parts: list[str], media_type: str) -> None:
    resource = Resource(kind=KIND, id=ID, attributes={"key": "\n".join(parts)})
    assert read_back(resource, media_type).attributes["key"] == "\\n".join(parts)


@unhurried
@given(TEXTS)
def test_a_category_s_title(title: str) -> None:
    kind = Kind("disco", KIND.scheme, title=title, location="/disco/")
    header = render_categories([kind], "text/plain", BASE).body.removeprefix("\nCategory: ")
    (found,) = parse_categories(header)
    assert (found.title or "") == title
    assert (found.type_id, found.cls, found.location) == (
        kind.type_id,
        "kind",
        f"{BASE}/disco/",
    )


@unhurried
@given(st.text(max_size=80) | st.text("a=\"'\\,;<>/ \n", max_size=40))
def test_anything_is_read_or_refused(text: str) -> None:
    for read in (parse_attributes, parse_categories, parse_locations):
        try:
            read(text)
        except InvalidRequest as error:
            assert error.faults
            assert all(fault.attribute for fault in error.faults)


@unhurried
@given(st.binary(max_size=80), st.sampled_from((*BY_BODY, "text/uri-list", None)))
def test_any_body_is_read_or_refused(body: bytes, media_type: str | None) -> None:
    try:
        parse_message(media_type, {}, body)
    except InvalidRequest as error:
        assert error.faults
