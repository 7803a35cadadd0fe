"""What cannot be read is refused by the name of the attribute, header or member at fault."""

from __future__ import annotations

import json

import pytest

from disco.errors import InvalidRequest, UnsupportedMediaType
from disco.occi import parse_attributes, parse_categories, parse_locations, parse_message
from tests.support.occi_samples import SCHEME


def codes(error: pytest.ExceptionInfo[InvalidRequest]) -> list[tuple[str | None, str]]:
    return [(f.attribute, f.code) for f in error.value.faults]


@pytest.mark.parametrize(
    ("sent", "attribute", "code"),
    [
        ("a.b", "a.b", "no-value"),
        ('a.b="1",c.d', "c.d", "no-value"),
        ('="2"', "X-OCCI-Attribute", "no-name"),
        ('a b="1"', "X-OCCI-Attribute", "bad-name"),
        ('ä="1"', "X-OCCI-Attribute", "bad-name"),
        ('"a"="1"', "X-OCCI-Attribute", "bad-name"),
        ("n" * 256 + "=1", "X-OCCI-Attribute", "bad-name"),
        ('a.b="2', "a.b", "unbalanced-quotes"),
        ('a.b="2\\"', "a.b", "unbalanced-quotes"),
        ("a.b='2", "a.b", "unbalanced-quotes"),
        ('a.b="2,c="3"', "a.b", "unbalanced-quotes"),
        ('a.b="say "hi""', "a.b", "unbalanced-quotes"),
        ('a.b=2"', "a.b", "unbalanced-quotes"),
        ('x="1",a.b="2', "a.b", "unbalanced-quotes"),
        ('a.b="1",a.b="2"', "a.b", "duplicate"),
        ('a.b="x\x07y"', "a.b", "control-character"),
        ('a.b="x\ny"', "a.b", "control-character"),
        ("a.b=x\x7fy", "a.b", "control-character"),
        ("a.b=x\x85y", "a.b", "control-character"),
        (f'a.b="{"x" * 65536}"', "X-OCCI-Attribute", "too-long"),
        (",".join(f"a{n}=" for n in range(513)), "X-OCCI-Attribute", "too-many"),
        ("a.b=x,y", "a.b", "no-value"),
        ("a.b=x,y z=1", "a.b", "no-value"),
    ],
)
def test_attributes(sent: str, attribute: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_attributes(sent)
    assert codes(error) == [(attribute, code)]
    assert error.value.faults[0].allowed


def test_all_faults_of_the_attributes_at_once() -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_attributes('a,b="1",="x",c d="2",b="2",e="')
    assert codes(error) == [
        ("a", "no-value"),
        ("X-OCCI-Attribute", "no-name"),
        ("X-OCCI-Attribute", "bad-name"),
        ("b", "duplicate"),
        ("e", "unbalanced-quotes"),
    ]


@pytest.mark.parametrize(
    "sent",
    ["p=se,cret", 'p="x"secret,secret2', 'p="secret', 'p=se"cret', 'p="1",p="secret"',
     'p="secret\x07"'],
)  # fmt: skip
def test_no_error_repeats_a_value(sent: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_attributes(sent)
    assert "cret" not in str(error.value)
    assert [f.attribute for f in error.value.faults] == ["p"]


def test_as_many_attributes_as_are_allowed() -> None:
    assert len(parse_attributes(",".join(f"a{n}=" for n in range(512)))) == 512


def test_very_many_faults_make_no_very_long_answer() -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_attributes("a," * 30_000)
    assert len(error.value.faults) == 101
    assert "29900 further faults" in str(error.value)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ('disco; class="kind"', "Could not determine the value for: scheme"),
        ('disco; scheme=""', "Could not determine the value for: scheme"),
        (f'; scheme="{SCHEME}"', "Could not determine the value for: term"),
        (f'dis co; scheme="{SCHEME}"', "'dis co' is no term"),
        (f'disco; scheme="{SCHEME}; class="kind', "scheme: the quotes are not balanced"),
        (f'disco; scheme="{SCHEME}', "scheme: the quotes are not balanced"),
        (f'disco; scheme="{SCHEME}"; class', "'class' is no key=value"),
        (f'disco; scheme="{SCHEME}"; scheme="x#"', "scheme is given twice"),
        (f'disco; scheme="{SCHEME}\x01"', "control character U+0001"),
        ("x" * 65536, "65536 characters"),
    ],
)
def test_a_category(sent: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_categories(sent)
    (fault,) = error.value.faults
    assert fault.attribute == "Category"
    assert fault.message.startswith(message)


def test_every_category_s_fault() -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_categories('a; class="kind", b; scheme="x#", c')
    assert len(error.value.faults) == 2


@pytest.mark.parametrize("sent", ["nope", "ftp://h/x", "/a b", "/a\x01"])
def test_a_location(sent: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_locations(f"/disco/1, {sent}")
    assert [f.attribute for f in error.value.faults] == ["X-OCCI-Location"]
    with pytest.raises(InvalidRequest):
        parse_message("text/uri-list", {}, sent.encode())


@pytest.mark.parametrize("sent", ['/a; rel="x"', "<>", '</a>; rel="x', "</a\x01>"])
def test_a_link(sent: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_message("text/occi", {"Link": sent}, b"")
    assert [f.attribute for f in error.value.faults] == ["Link"]


def test_faults_of_all_headers_at_once() -> None:
    headers = {
        "Category": "disco",
        "X-OCCI-Attribute": 'a="1',
        "X-OCCI-Location": "nope",
        "Link": "nope",
    }
    with pytest.raises(InvalidRequest) as error:
        parse_message("text/occi", headers, b"")
    names = {f.attribute for f in error.value.faults}
    assert names == {"Category", "a", "X-OCCI-Location", "Link"}


def test_lines_of_a_body_are_named() -> None:
    body = b'X-OCCI-Attribute: a="1\nhello\nX-OCCI-Attribute: b\nHost: x'
    with pytest.raises(InvalidRequest) as error:
        parse_message("text/plain", {}, body)
    assert sorted(codes(error), key=str) == sorted(
        [("a", "unbalanced-quotes"), ("body", "bad-line"), ("b", "no-value"), ("body", "bad-line")],
        key=str,
    )
    assert "line 2" in str(error.value)
    assert "line 4" in str(error.value)


def test_attributes_of_several_lines_count_together() -> None:
    body = "\n".join(f'X-OCCI-Attribute: a{n}="{"x" * 1000}"' for n in range(70))
    with pytest.raises(InvalidRequest) as error:
        parse_message("text/plain", {}, body.encode())
    assert codes(error) == [("X-OCCI-Attribute", "too-long")]


@pytest.mark.parametrize("content_type", ["text/plain", "text/uri-list", "application/json"])
def test_a_body_that_is_not_utf_8(content_type: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_message(content_type, {}, b"Category: \xff")
    assert codes(error) == [("body", "not-utf8")]


def test_an_unknown_charset() -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_message("text/plain; charset=utf-7", {}, b"x")
    assert codes(error) == [("Content-Type", "unknown-charset")]


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html",
     "image/png", "text/occi, text/plain", "nonsense", ";", "application/occi+xml"],
)  # fmt: skip
def test_an_unsupported_content_type(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType) as error:
        parse_message(content_type, {}, b"a=b")
    (fault,) = error.value.faults
    assert fault.attribute == "Content-Type"
    assert "Content-Type" in str(error.value)
    for allowed in ("text/occi", "text/plain", "application/occi+json", "text/uri-list"):
        assert allowed in str(fault.allowed)


@pytest.mark.parametrize(
    ("body", "attribute", "said"),
    [
        ("{", "body", "Content-Type"),
        ("5", "body", "neither a JSON object nor an array"),
        ("[" * 100_000, "body", "deep"),
        ('{"attributes": ' + '{"a": ' * 100_000 + "1" + "}" * 100_001, "body", "deep"),
        ('{"a": NaN}', "body", "NaN"),
        ('{"attributes": {"a": 1, "a": 2}}', "body", "'a' is given twice"),
        (r'{"attributes": {"a": "\ud800"}}', "body", "surrogate"),
        ('{"attribute": {}}', "body", "'attribute'"),
        ('{"attributes": []}', "attributes", "object"),
        ('{"attributes": {"a b": "1"}}', "attributes", "'a b'"),
        ('{"attributes": {"": "1"}}', "attributes", "name"),
        (r'{"attributes": {"a": "x\u0007y"}}', "a", "U+0007"),
        (r'{"attributes": {"a": "x\ny"}}', "a", "U+000A"),
        (json.dumps({"attributes": {"a": "x" * 70_000}}), "attributes", "characters"),
        ('{"kind": 5}', "kind", "no category"),
        ('{"kind": "disco"}', "kind", "no category"),
        ('{"kind": {"term": "disco"}}', "kind", "no category"),
        ('{"kind": "x#a b"}', "kind", "no category"),
        ('{"mixins": {}}', "mixins", "not a list"),
        ('{"mixins": [1]}', "mixins", "no category"),
        ('{"action": "suspend"}', "action", "no category"),
        ('{"id": 5}', "id", "string"),
        ('{"links": {}}', "links", "not a list"),
        ('{"links": [{}]}', "links", "target"),
        ('{"resources": []}', "resources", "one resource"),
        ('{"resources": [{}, {}]}', "resources", "one resource"),
        ('{"resources": [{"resources": [{}]}]}', "resources", "resource"),
        ('{"resources": [{}], "kind": "x#y"}', "resources", "beside"),
        ('{"resources": [1]}', "body", "object"),
    ],
)  # fmt: skip
def test_json(body: str, attribute: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        parse_message("application/json", {}, body.encode())
    (fault,) = error.value.faults
    assert fault.attribute == attribute
    assert said in str(fault)


def test_all_faults_of_json_at_once() -> None:
    body = b'{"kind": 1, "mixins": 2, "attributes": {"a b": 1}, "id": 5}'
    with pytest.raises(InvalidRequest) as error:
        parse_message("application/occi+json", {}, body)
    assert {f.attribute for f in error.value.faults} == {"kind", "mixins", "attributes", "id"}
