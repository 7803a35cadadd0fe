"""Requests as clients of the original send them, its faults mended."""

from __future__ import annotations

import json

import pytest

from disco.occi import CategoryRef, LinkRef, parse_attributes, parse_categories, parse_message
from tests.support.occi_samples import HEAT, SCHEME

DISCO = CategoryRef(term="disco", scheme=SCHEME, cls="kind")
CATEGORY = 'disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind";'
INJECT = "icclab.disco.dependencies.inject"
README = (
    f'{HEAT}.networkname="net1",{HEAT}.externalnetworkname="public",{HEAT}.masterimage="img-m",'
    f'{HEAT}.slaveimage="img-s",{HEAT}.masterflavor="fl-m",{HEAT}.slaveflavor="fl-s",'
    f'{HEAT}.slavecount="2",icclab.disco.deployer.username="alice",'
    'icclab.disco.deployer.password="secret",icclab.disco.deployer.region="RegionOne",'
    f"{INJECT}=\"{{'hadoop': '', 'spark': ''}}\""
)
SENT = {
    f"{HEAT}.networkname": "net1",
    f"{HEAT}.externalnetworkname": "public",
    f"{HEAT}.masterimage": "img-m",
    f"{HEAT}.slaveimage": "img-s",
    f"{HEAT}.masterflavor": "fl-m",
    f"{HEAT}.slaveflavor": "fl-s",
    f"{HEAT}.slavecount": "2",
    "icclab.disco.deployer.username": "alice",
    "icclab.disco.deployer.password": "secret",
    "icclab.disco.deployer.region": "RegionOne",
    INJECT: "{'hadoop': '', 'spark': ''}",
}


def test_readme_create() -> None:
    headers = {"Category": CATEGORY, "X-OCCI-Attribute": README}
    found = parse_message("text/occi", headers, b"")
    assert found.categories == (DISCO,)
    assert found.attributes == SENT
    assert list(found.attributes) == list(SENT)
    assert (found.locations, found.links, found.action) == ((), (), None)


def test_the_repr_of_a_message_tells_no_value() -> None:
    found = parse_message("text/occi", {"X-OCCI-Attribute": README}, b"")
    assert "secret" not in repr(found)


@pytest.mark.parametrize("joint", [",", ", ", " , ", ",,", ",\t"])
def test_several_headers_joined(joint: str) -> None:
    parts = [f'{name}="{value}"' for name, value in SENT.items()]
    assert parse_attributes(joint.join(parts)) == SENT


@pytest.mark.parametrize("name", ["x-occi-attribute", "X-Occi-Attribute", "X-OCCI-ATTRIBUTE"])
def test_header_names_in_any_case(name: str) -> None:
    found = parse_message("text/occi", {name: 'a="b"', "category": CATEGORY}, b"")
    assert found.attributes == {"a": "b"}
    assert found.categories == (DISCO,)


def lines(newline: str) -> bytes:
    rows = [f"Category: {CATEGORY}"]
    rows += [f'X-OCCI-Attribute: {name}="{value}"' for name, value in SENT.items()]
    return newline.join(rows).encode()


@pytest.mark.parametrize("content_type", ["text/plain", "text/occi+plain", None, "Text/Plain"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_create_from_a_text_body(content_type: str | None, newline: str) -> None:
    found = parse_message(content_type, {}, lines(newline))
    assert found.categories == (DISCO,)
    assert found.attributes == SENT


def test_a_text_body_with_several_values_in_a_line() -> None:
    body = f"\nCategory:{CATEGORY}\nx_occi_attribute:{README}\n\n".encode()
    found = parse_message("text/plain; charset=utf-8", {}, body)
    assert found.categories == (DISCO,)
    assert found.attributes == SENT


def test_a_text_body_goes_before_headers() -> None:
    found = parse_message("text/plain", {"X-OCCI-Attribute": 'a="1"'}, b'X-OCCI-Attribute: a="2"')
    assert found.attributes == {"a": "2"}


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/json"])
def test_headers_are_read_when_there_is_no_body(content_type: str | None) -> None:
    found = parse_message(content_type, {"Category": CATEGORY, "X-OCCI-Attribute": README}, b"")
    assert found.categories == (DISCO,)
    assert found.attributes == SENT


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("v=5", "5"),
        ("v=1.5e3", "1.5e3"),
        ("v=true", "true"),
        ("v=false,", "false"),
        ('v="x,y"', "x,y"),
        ('v="k=v"', "k=v"),
        ("v=k=v", "k=v"),
        ("v=\"{'hadoop': '', 'spark': ''}\"", "{'hadoop': '', 'spark': ''}"),
        ("v=\"{'a': '1','b': ''}\"", "{'a': '1','b': ''}"),
        ('v="{}"', "{}"),
        ("v='p,q'", "p,q"),
        ('v=\'{"a": "b", "c": ""}\'', '{"a": "b", "c": ""}'),
        (r'v="{\"a\": \"b\", \"c\": \"\"}"', '{"a": "b", "c": ""}'),
        ('v = "a b"', "a b"),
        ("v = a b ", "a b"),
        ('v=" a b "', " a b "),
        (r'v="say \"hi\""', 'say "hi"'),
        (r'v="a\\"', "a\\"),
        (r'v="a\\\"b"', 'a\\"b'),
        (r"v='it\'s'", "it's"),
        ("v=don't", "don't"),
        (r'v="line\nline"', r"line\nline"),
        (r"v=a\b", r"a\b"),
        ("v=", ""),
        ('v=""', ""),
        ("v=''", ""),
        ('v="a", ', "a"),
        ('v="a";', "a"),
        ("v=a;", "a"),
        ('v="a"; , ', "a"),
        ('v="a # b"', "a # b"),
        ("v=a#b", "a#b"),
        ("v=http://h/?a=b;c", "http://h/?a=b;c"),
        ('v="tab\there"', "tab\there"),
    ],
)
def test_an_attribute_s_value(sent: str, value: str) -> None:
    assert parse_attributes(sent) == {"v": value}


def test_a_number_sign_hides_no_later_attribute() -> None:
    assert parse_attributes('a=#1,b="2"') == {"a": "#1", "b": "2"}


def test_an_apostrophe_in_a_bare_value_hides_no_later_attribute() -> None:
    assert parse_attributes("a=don't,b=won't") == {"a": "don't", "b": "won't"}
    assert parse_attributes("a=k='v,b=1") == {"a": "k='v", "b": "1"}


def test_the_same_attribute_twice_with_one_value() -> None:
    assert parse_attributes('a="1",a="1"') == {"a": "1"}


def test_quote_escaping_of_the_conformance_test() -> None:
    sent = r'occi.core.title="Quote escaping m' + r"'kay? \"" + r'", occi.compute.memory=1.0'
    assert parse_attributes(sent) == {
        "occi.core.title": "Quote escaping m'kay? \"",
        "occi.compute.memory": "1.0",
    }


def test_headers_in_utf_8_and_in_latin_1() -> None:
    in_utf_8 = 'a="ü"'.encode().decode("latin-1")
    assert parse_message("text/occi", {"X-OCCI-Attribute": in_utf_8}, b"").attributes == {"a": "ü"}
    assert parse_message("text/occi", {"X-OCCI-Attribute": 'a="ü"'}, b"").attributes == {"a": "ü"}


def test_a_body_in_the_charset_that_it_names() -> None:
    body = 'X-OCCI-Attribute: a="ü"'
    for charset, encoding in (("UTF-8", "utf-8"), ("ISO-8859-1", "latin-1")):
        found = parse_message(f'text/plain; charset="{charset}"', {}, body.encode(encoding))
        assert found.attributes == {"a": "ü"}


@pytest.mark.parametrize(
    "sent",
    [
        CATEGORY,
        f'disco; scheme="{SCHEME}"; class=kind',
        f'disco;scheme="{SCHEME}";class="kind"',
        f'disco; class="kind"; scheme="{SCHEME}"',
        f"disco; scheme='{SCHEME}'; class='kind'",
        f"disco; scheme={SCHEME}; class=kind",
        f'disco; SCHEME="{SCHEME}"; Class="kind";',
        f' disco ; scheme = "{SCHEME}" ; class = "kind" ; ',
        f'disco; scheme="{SCHEME}"; class="kind"; attributes="a{{required}} b"; actions="x#y",',
    ],
)
def test_a_category(sent: str) -> None:
    assert parse_categories(sent) == (DISCO,)


def test_a_category_with_commas_and_semicolons_in_its_title() -> None:
    found = parse_categories(
        f'disco; scheme="{SCHEME}"; class="kind"; title="a, b; scheme=c \\"d\\"",'
        ' my_mixin; scheme="http://example.com/occi#"; class="mixin"; location="/my_mixin/";'
        ' rel="http://example.com/occi#base"'
    )
    assert found == (
        CategoryRef("disco", SCHEME, "kind", title='a, b; scheme=c "d"'),
        CategoryRef(
            "my_mixin",
            "http://example.com/occi#",
            "mixin",
            "/my_mixin/",
            "http://example.com/occi#base",
        ),
    )


def test_locations() -> None:
    paths = ("http://127.0.0.1:8888/disco/1", "/disco/2")
    found = parse_message("text/occi", {"X-OCCI-Location": ", ".join(paths)}, b"")
    assert found.locations == paths
    body = f"# a comment\r\n{paths[0]}\r\n{paths[1]}\r\n".encode()
    assert parse_message("text/uri-list", {}, body).locations == paths
    body = f"X-OCCI-Location: {paths[0]}\nX-OCCI-Location: {paths[1]}".encode()
    assert parse_message("text/plain", {}, body).locations == paths


def test_an_empty_uri_list_reads_no_headers() -> None:
    assert parse_message("text/uri-list", {"Category": CATEGORY}, b"").categories == ()


def test_links() -> None:
    link = (
        '</disco/1?action=suspend>; rel="x#suspend", </net/1>; rel="x#net"; category="y#l"; a="b,c"'
    )
    found = parse_message("text/occi", {"Link": link}, b"")
    assert found.links == (
        LinkRef("/disco/1?action=suspend", "x#suspend"),
        LinkRef("/net/1", "x#net", "y#l", {"a": "b,c"}),
    )


MIXIN = {"term": "m", "scheme": "http://example.com/#", "location": "/m/", "related": ["x#y"]}


@pytest.mark.parametrize(
    "content_type", ["application/occi+json", "application/json;charset=utf-8"]
)
@pytest.mark.parametrize(
    "kind",
    [f"{SCHEME}disco", {"scheme": SCHEME, "term": "disco", "title": "t", "location": "/disco/"}],
    ids=["1.2", "old"],
)
def test_create_from_json(content_type: str, kind: object) -> None:
    body = json.dumps({"kind": kind, "attributes": SENT, "mixins": [], "links": [], "actions": []})
    found = parse_message(content_type, {}, body.encode())
    assert [(c.term, c.scheme, c.cls) for c in found.categories] == [("disco", SCHEME, "kind")]
    assert found.attributes == SENT


def test_json_values_become_text() -> None:
    attributes = {"n": 2, "f": 1.5, "t": True, "s": "x", "none": None, "d": {"dask": ""}}
    found = parse_message("application/json", {}, json.dumps({"attributes": attributes}).encode())
    expected = {"n": "2", "f": "1.5", "t": "true", "s": "x", "d": '{"dask": ""}'}
    assert found.attributes == expected


def test_json_members_that_are_attributes_in_text() -> None:
    body = {"kind": f"{SCHEME}disco", "id": "urn:uuid:1", "title": "t", "summary": "s"}
    found = parse_message("application/json", {}, json.dumps({"resources": [body]}).encode())
    assert found.attributes == {
        "occi.core.id": "urn:uuid:1",
        "occi.core.title": "t",
        "occi.core.summary": "s",
    }


def test_a_json_invocation() -> None:
    body = b'{"action": "http://example.com/action#suspend", "attributes": {"how": "fast"}}'
    found = parse_message("application/occi+json; version=1.2", {}, body)
    assert found.action == "http://example.com/action#suspend"
    assert found.attributes == {"how": "fast"}
    assert found.categories == ()


@pytest.mark.parametrize("body", [[MIXIN], {"mixins": [MIXIN]}], ids=["old", "1.2"])
def test_a_json_user_mixin(body: object) -> None:
    (found,) = parse_message("application/occi+json", {}, json.dumps(body).encode()).categories
    assert (found.type_id, found.location, found.rel) == ("http://example.com/#m", "/m/", "x#y")


def test_json_links() -> None:
    body = {"links": [{"target": "/a", "kind": "x#y"}, {"target": {"location": "/b"}}]}
    found = parse_message("application/json", {}, json.dumps(body).encode())
    assert found.links == (LinkRef("/a", None, "x#y"), LinkRef("/b"))
