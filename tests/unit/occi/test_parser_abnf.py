"""Whatever OCCI's grammar allows in a request is taken, and understood as it is meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disco.occi import parse_message
from tests.support.occi_abnf import (
    VERSIONS,
    Abnf,
    attribute_values,
    category_values,
    link_values,
    paths,
    uris,
)

versions = pytest.mark.parametrize("abnf", VERSIONS, ids=lambda abnf: abnf.version)
joints = st.sampled_from([",", ", ", " ,\t", ",,", ", ,"])
line_ends = st.sampled_from(["\n", "\r\n"])


def as_body(name: str, values: list[str], end: str) -> bytes:
    return end.join(f"{name}: {value}" for value in values).encode()


def as_header(name: str, values: list[str], joint: str) -> dict[str, str]:
    return {name: joint.join(values).encode().decode("latin-1")}


@versions
@settings(max_examples=50)
@given(data=st.data(), joint=joints, end=line_ends)
def test_categories(abnf: Abnf, data: st.DataObject, joint: str, end: str) -> None:
    sent = data.draw(st.lists(category_values(abnf), min_size=1, max_size=3))
    texts = [text for text, _, _ in sent]
    by_header = parse_message("text/occi", as_header("Category", texts, joint), b"")
    by_body = parse_message("text/plain", {}, as_body("Category", texts, end))
    in_a_line = parse_message("text/plain", {}, as_body("Category", [joint.join(texts)], end))
    assert by_header == by_body == in_a_line
    assert [(c.term, c.scheme) for c in by_body.categories] == [(t, s) for _, t, s in sent]


@versions
@settings(max_examples=50)
@given(data=st.data(), joint=joints, end=line_ends)
def test_attributes(abnf: Abnf, data: st.DataObject, joint: str, end: str) -> None:
    sent = data.draw(attribute_values(abnf))
    texts = [f"{name}={written}" for name, (written, _) in sent.items()]
    header = as_header("X-OCCI-Attribute", texts, joint)
    meant = {name: value for name, (_, value) in sent.items()}
    assert parse_message("text/occi", header, b"").attributes == meant
    body = as_body("X-OCCI-Attribute", texts, end)
    assert parse_message("text/occi+plain", {}, body).attributes == meant


@versions
@settings(max_examples=50)
@given(data=st.data(), joint=joints, end=line_ends)
def test_links(abnf: Abnf, data: st.DataObject, joint: str, end: str) -> None:
    sent = data.draw(st.lists(link_values(abnf), min_size=1, max_size=3))
    texts = [text for text, _, _ in sent]
    for read in (
        parse_message("text/occi", as_header("Link", texts, joint), b""),
        parse_message("text/plain", {}, as_body("Link", texts, end)),
    ):
        assert [link.target for link in read.links] == [target for _, target, _ in sent]
        for link, (_, _, attributes) in zip(read.links, sent, strict=True):
            assert {k: v for k, v in link.attributes.items() if k != "self"} == attributes


@given(
    sent=st.lists((uris | paths).filter(lambda u: "," not in u), min_size=1, max_size=3),
    joint=joints,
    end=line_ends,
)
def test_locations(sent: list[str], joint: str, end: str) -> None:
    header = as_header("X-OCCI-Location", sent, joint)
    assert parse_message("text/occi", header, b"").locations == tuple(sent)
    body = as_body("X-OCCI-Location", sent, end)
    assert parse_message("text/plain", {}, body).locations == tuple(sent)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_folded_line_goes_on_with_the_one_before(end: str) -> None:
    lines = [
        "Category: network; scheme=\"http://example.com/#\";",
        "    class=kind;",
        '\ttitle="a; b, c"',
        'X-OCCI-Attribute: a="1",',
        '  b="2"',
        '  X-OCCI-Attribute: c="3"',
    ]  # fmt: skip
    read = parse_message("text/plain", {}, end.join(lines).encode())
    assert [(c.type_id, c.cls, c.title) for c in read.categories] == [
        ("http://example.com/#network", "kind", "a; b, c")
    ]
    assert read.attributes == {"a": "1", "b": "2", "c": "3"}


@pytest.mark.parametrize(
    "target",
    ["/a,b;c=d", "http://h/?x=1,2;y='z", "/a?action=suspend"],
)
def test_a_link_s_target_may_hold_separators(target: str) -> None:
    link = f'<{target}>; rel="http://x/#y"; n="a,b;c", </other>; rel="http://x/#z"'
    first, second = parse_message("text/occi", {"Link": link}, b"").links
    assert (first.target, first.attributes) == (target, {"n": "a,b;c"})
    assert (second.target, second.rel) == ("/other", "http://x/#z")
