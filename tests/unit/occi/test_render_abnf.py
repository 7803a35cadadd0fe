"""Whatever a cluster or a component holds, its text renderings keep to OCCI's grammar."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disco.occi import (
    Action,
    Attribute,
    Dialect,
    Kind,
    Mixin,
    Resource,
    parse_message,
    pieces_of,
    render_categories,
    render_collection,
    render_resource,
)
from disco.occi.text import wire_value
from tests.support.occi_abnf import LOWER, OCCI_11, OCCI_12, VERSIONS, Abnf, names, terms, text_of
from tests.support.occi_samples import BASE, ID, KIND

ANY_TEXT = st.text(max_size=30) | st.text("\\\"'n,;=#<> {}a\n\r\t\x07\x7f\x85ü🚀", max_size=15)
#: an attribute's name in each version's grammar, and some that are in none
ANY_NAME = names["1.1"] | names["1.2"]
ODD_NAME = st.sampled_from(["_x", "a:b", "ü", 'a"b', "a b", "x\r\nSet-Cookie: y", "conf.*", ""])
DIALECTS = {OCCI_11: Dialect.OCCI_11, OCCI_12: Dialect.OCCI_12}
versions = pytest.mark.parametrize("abnf", VERSIONS, ids=lambda abnf: abnf.version)


def definitions() -> st.SearchStrategy[tuple[Attribute, ...]]:
    flag = st.booleans()
    one = st.builds(Attribute, ANY_NAME | ODD_NAME, required=flag, mutable=flag)
    return st.lists(one, max_size=3).map(tuple)


def actions() -> st.SearchStrategy[Action]:
    term = terms["1.1"]
    return st.builds(Action, term, st.just("http://example.com/a#"), ANY_TEXT, definitions())


def mixins() -> st.SearchStrategy[Mixin]:
    depends = st.lists(text_of(LOWER, LOWER).map("http://example.com/m#{}".format), max_size=3).map(
        tuple
    )
    return st.builds(
        Mixin,
        terms["1.1"],
        st.just("http://example.com/m#"),
        ANY_TEXT,
        location=text_of(LOWER, LOWER).map("/component/{}/".format),
        attributes=definitions(),
        actions=st.lists(actions(), max_size=2).map(tuple),
        depends=depends,
    )


def kinds() -> st.SearchStrategy[Kind]:
    parent = st.none() | st.just("http://schemas.ogf.org/occi/core#resource")
    return st.builds(
        Kind,
        terms["1.1"],
        st.just("http://example.com/k#"),
        ANY_TEXT,
        parent,
        st.just("/k/"),
        definitions(),
        st.lists(actions(), max_size=2).map(tuple),
    )


def resources() -> st.SearchStrategy[Resource]:
    return st.builds(
        Resource,
        kind=kinds(),
        id=st.just(ID),
        mixins=st.lists(mixins(), max_size=2).map(tuple),
        attributes=st.dictionaries(ANY_NAME | ODD_NAME, ANY_TEXT, max_size=5),
        actions=st.lists(actions(), max_size=2).map(tuple),
        title=ANY_TEXT,
    )


def on_wire(text: str) -> str:
    return text.encode().decode("latin-1")


@versions
@settings(max_examples=50)
@given(resource=resources())
def test_a_cluster(abnf: Abnf, resource: Resource) -> None:
    plain = render_resource(resource, "text/plain", BASE, DIALECTS[abnf])
    assert abnf.resource.fullmatch(on_wire(plain.body))
    found = render_resource(resource, "text/occi", BASE, DIALECTS[abnf])
    assert found.body == "OK"
    for name, value in found.headers.items():
        assert abnf.header(name).fullmatch(value), name


@versions
@settings(max_examples=50)
@given(items=st.lists(kinds() | mixins() | actions(), min_size=1, max_size=4))
def test_the_query_interface(abnf: Abnf, items: list[Kind | Mixin | Action]) -> None:
    plain = render_categories(items, "text/plain", BASE, DIALECTS[abnf])
    assert abnf.categories.fullmatch(on_wire(plain.body))
    found = render_categories(items, "text/occi", BASE, DIALECTS[abnf])
    assert abnf.header("Category").fullmatch(found.headers["Category"])


@versions
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_list(abnf: Abnf, count: int) -> None:
    items = [Resource(kind=KIND, id=f"{n}{ID[1:]}") for n in range(count)]
    urls = [f"{BASE}/disco/{item.id}" for item in items]
    plain = render_collection(pieces_of(items), "text/plain", BASE, dialect=DIALECTS[abnf]).render()
    assert abnf.locations.fullmatch(plain.body)
    assert re.findall(r"X-OCCI-Location: (\S+)", plain.body) == urls
    found = render_collection(pieces_of(items), "text/occi", BASE, dialect=DIALECTS[abnf]).render()
    headers = ["X-OCCI-Location", *(["Location"] if abnf is OCCI_12 else [])]
    joined = dict.fromkeys(headers, ",".join(urls))
    assert (found.headers, found.body) == (joined if count else {}, "OK")
    listed = render_collection(
        pieces_of(items), "text/uri-list", BASE, dialect=DIALECTS[abnf]
    ).render()
    assert listed.body == "\n".join(urls)


@settings(max_examples=50)
@given(resource=resources())
def test_what_the_original_s_clients_get_keeps_to_the_lines_of_1_2(resource: Resource) -> None:
    """Its frame is the original's, and so are the names that users chose."""
    named = OCCI_12.attribute_name
    body = render_resource(resource, "text/plain", BASE).body
    for line in on_wire(body).removeprefix("\n").split("\n"):
        name, _, value = line.partition(": ")
        if name == "X-OCCI-Attribute" and not re.match(rf"{named}=", value):
            continue
        if name != "Category":  # definitions may have names that only DISCO takes
            assert re.fullmatch(OCCI_12.line(name), line), line


@versions
@given(values=st.dictionaries(names["1.1"], ANY_TEXT, max_size=5))
def test_a_reader_of_http_s_quoted_strings_gets_what_the_json_says(
    abnf: Abnf, values: dict[str, str]
) -> None:
    resource = Resource(kind=KIND, id=ID, attributes=values)
    body = render_resource(resource, "text/plain", BASE, DIALECTS[abnf]).body
    read = {}
    for line in body.split("\r\n"):
        if line.startswith("X-OCCI-Attribute: "):
            name, _, quoted = line.removeprefix("X-OCCI-Attribute: ").partition("=")
            read[name] = re.sub(r"\\(.)", r"\1", quoted[1:-1])
    del read["occi.core.id"]
    assert read == {name: wire_value(value) for name, value in values.items()}


@versions
@given(
    values=st.dictionaries(names["1.1"], ANY_TEXT, max_size=5),
    media_type=st.sampled_from(["text/plain", "text/occi", "text/occi+plain"]),
)
def test_disco_reads_what_it_rendered(abnf: Abnf, media_type: str, values: dict[str, str]) -> None:
    resource = Resource(kind=KIND, id=ID, attributes=values)
    found = render_resource(resource, media_type, BASE, DIALECTS[abnf])
    sent = b"" if media_type == "text/occi" else found.body.encode()
    read = parse_message(found.content_type, found.headers, sent).attributes
    del read["occi.core.id"]
    assert read == {name: wire_value(value) for name, value in values.items()}


@versions
def test_a_title_has_nothing_that_readers_split_at(abnf: Abnf) -> None:
    kind = Kind("k", "http://example.com/#", title='My "best" C:\\ cluster; v2, from now on')
    for media_type in ("text/plain", "text/occi"):
        found = render_categories([kind], media_type, BASE, DIALECTS[abnf])
        text = found.body + found.headers.get("Category", "")
        assert "title=\"My 'best' C:/ cluster - v2 - from now on\"" in text


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_mixin_is_related_to_one_type(dialect: Dialect) -> None:
    mixin = Mixin("m", "http://example.com/#", depends=("http://x/#a", "http://x/#b"))
    body = render_categories([mixin], "text/plain", BASE, dialect).body
    assert 'rel="http://x/#a";' in body


def test_the_charset_is_named_where_it_matters() -> None:
    kind = Kind("k", "http://example.com/#", title="Zürich")
    named = render_categories([kind], "text/plain", BASE, Dialect.OCCI_12)
    assert named.content_type == "text/plain; charset=utf-8"
    ascii_only = render_categories([KIND], "text/plain", BASE, Dialect.OCCI_12)
    assert ascii_only.content_type == "text/plain"
    assert render_categories([kind], "text/plain", BASE).content_type == "text/plain"
