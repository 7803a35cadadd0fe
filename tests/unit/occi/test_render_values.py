"""What values may hold, and that nothing in them breaks out of a rendering."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from disco.errors import AuthenticationFailed, DiscoError, Fault, InvalidRequest, NotFound
from disco.occi import (
    Action,
    Kind,
    Mixin,
    pieces_of,
    render_categories,
    render_collection,
    render_error,
    render_ok,
    render_resource,
)
from tests.support.occi_samples import ACTIVE_KIND, BASE, ID, MIXIN, SUSPEND, resource

ALL = (
    "text/plain",
    "text/occi",
    "text/occi+plain",
    "application/occi+json",
    "application/occi+json; version=1.2",
    "application/json",
    "text/html",
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\r\nb", r"a\nb"),
        ("a\rb", r"a\nb"),
        (r"a\nb", r"a\nb"),
        ("a\\b", r"a\\b"),
        ("a\\", r"a\\"),
        ('a"b', r"a\"b"),
        ('a\\"b', r"a\\\"b"),
        ("a\x00\x07\x7f\x85b", "a????b"),
        ("a\tb", "a\tb"),
        ("\ud800", "?"),
    ],
)
def test_a_value_in_text(value: str, shown: str) -> None:
    body = render_resource(resource({"v": value}), "text/plain", BASE).body
    assert body.split("\n")[2] == f'X-OCCI-Attribute: v="{shown}"'


@pytest.mark.parametrize("control", [chr(c) for c in (*range(9), *range(10, 32), 127)])
def test_no_header_holds_a_control_character(control: str) -> None:
    nasty = f"x{control}Set-Cookie: a=b"
    kind = Kind("k", "http://example.com/#", title=nasty, location=f"/{nasty}/")
    for found in (
        render_resource(resource({"v": nasty, f"n{control}": "1"}, title=nasty), "text/occi", BASE),
        render_categories([kind], "text/occi", BASE + nasty),
        render_collection(pieces_of([resource({})]), "text/occi", BASE + nasty).render(),
    ):
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", "".join(found.headers.values()))


def test_headers_carry_utf_8_as_latin_1_and_bodies_carry_text() -> None:
    given = resource({"v": "Grüße 日本"})
    header = render_resource(given, "text/occi", BASE).headers["X-OCCI-Attribute"]
    assert 'v="Grüße 日本"'.encode() in header.encode("latin-1")
    assert 'v="Grüße 日本"' in render_resource(given, "text/plain", BASE).body
    assert "Grüße 日本" in render_resource(given, "application/json", BASE).body


def test_every_body_can_be_encoded() -> None:
    for media_type in ALL:
        render_resource(resource({"v": "\udc80"}), media_type, BASE).body.encode()


def test_a_rendering_s_repr_tells_no_value() -> None:
    given = resource({"password": "s3cret"})
    assert "s3cret" not in repr(given)
    assert "s3cret" not in repr(render_resource(given, "text/occi", BASE))


def test_json_12_of_a_cluster() -> None:
    given = resource(
        {"a": "1", "occi.core.id": f"/disco/{ID}"},
        title="mine",
        actions=(SUSPEND,),
        mixins=(MIXIN,),
    )
    expected = {
        "kind": "http://schemas.cloudcomplab.ch/occi/sm#disco",
        "id": f"urn:uuid:{ID}",
        "title": "mine",
        "attributes": {"a": "1"},
        "mixins": ["http://example.com/occi#my_mixin"],
        "actions": ["http://schemas.cloudcomplab.ch/occi/sm/action#suspend"],
        "links": [],
    }
    for media_type in ("application/json", "application/occi+json; version=1.2"):
        assert json.loads(render_resource(given, media_type, BASE).body) == expected
        listed = json.loads(render_collection(pieces_of([given]), media_type, BASE).render().body)
        assert listed == {"resources": [expected]}


@pytest.mark.parametrize("media_type", ["application/json", "application/occi+json"])
def test_a_short_list_is_on_lines_and_a_long_one_is_not(media_type: str) -> None:
    few = render_collection(pieces_of([resource({})]), media_type, BASE).render().body
    many = render_collection(pieces_of([resource({})] * 100), media_type, BASE).render().body
    assert few.count("\n") > 10
    assert "\n" not in many
    one, read = json.loads(few), json.loads(many)
    if isinstance(read, dict):
        one, read = one["resources"], read["resources"]
    assert read == one * 100


def test_json_12_of_the_query_interface() -> None:
    given: list[Kind | Mixin | Action] = [ACTIVE_KIND, MIXIN, SUSPEND]
    found = json.loads(render_categories(given, "application/json", BASE).body)
    assert set(found) == {"kinds", "mixins", "actions"}
    (kind,) = found["kinds"]
    assert kind["parent"] == "http://schemas.ogf.org/occi/core#resource"
    assert kind["location"] == "/disco/"
    assert kind["actions"] == [a.type_id for a in ACTIVE_KIND.actions]
    assert kind["attributes"]["a.state"] == {
        "mutable": False,
        "required": False,
        "type": "string",
        "default": "new",
        "pattern": "[a-z]+",
    }
    assert found["mixins"][0]["applies"] == []
    assert found["actions"][0]["term"] == "suspend"


def test_old_json_names_what_attributes_need() -> None:
    (kind,) = json.loads(render_categories([ACTIVE_KIND], "application/occi+json", BASE).body)
    assert kind["attributes"] == {
        "a.name": "required",
        "a.state": "immutable",
        "a.both": "required",
    }
    assert kind["actions"] == [a.type_id for a in ACTIVE_KIND.actions]


class Page(HTMLParser):
    """Gathers elements, texts and the addresses of links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.texts: list[str] = []
        self.links: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


NASTY = "<script>alert('x')</script>\"><img src=x onerror=y>"


def test_html_escapes_every_value() -> None:
    kind = Kind("k", f"http://{NASTY}#", title=NASTY, location=f"/{NASTY}/")
    error = InvalidRequest.of([Fault(NASTY, NASTY, NASTY)], hint=NASTY)
    for found in (
        render_resource(resource({NASTY: NASTY}, title=NASTY), "text/html", BASE),
        render_categories([kind], "text/html", BASE),
        render_collection(pieces_of([]), "text/html", BASE, NASTY).render(),
        render_error(error, "text/html"),
    ):
        page = Page(found.body)
        assert not page.elements & {"script", "img"}
        assert NASTY in "".join(page.texts)
        assert found.content_type == "text/html; charset=utf-8"


def test_html_of_a_list_leads_to_the_clusters() -> None:
    page = Page(render_collection(pieces_of([resource({})]), "text/html", BASE).render().body)
    assert f"/disco/{ID}" in page.links


def test_html_of_success_says_ok() -> None:
    assert "OK" in Page(render_ok("text/html").body).texts


FAULTS = [
    Fault("a.count", "'two' is no number", "1 to 100", "bad-number"),
    Fault("Accept", "unknown"),
]
ERROR = InvalidRequest.of(FAULTS, hint="See /-/.")


@pytest.mark.parametrize("media_type", ["text/plain", "text/occi", "text/occi+plain"])
def test_an_error_in_text_has_a_line_for_each_fault(media_type: str) -> None:
    found = render_error(ERROR, media_type, "req-1")
    assert found.content_type == media_type
    assert found.headers == {}
    assert found.body == (
        "a.count: 'two' is no number (allowed: 1 to 100)\nAccept: unknown\nSee /-/."
    )


def test_an_error_is_no_list_of_locations() -> None:
    assert render_error(ERROR, "text/uri-list").content_type == "text/plain"


@pytest.mark.parametrize("media_type", ["application/json", "application/occi+json"])
def test_an_error_in_json(media_type: str) -> None:
    found = render_error(ERROR, media_type, "req-1")
    assert found.content_type == media_type
    assert json.loads(found.body) == {
        "code": "invalid-request",
        "message": ERROR.message,
        "hint": "See /-/.",
        "request_id": "req-1",
        "faults": [
            {
                "attribute": "a.count",
                "code": "bad-number",
                "message": "'two' is no number",
                "allowed": "1 to 100",
            },
            {"attribute": "Accept", "code": "invalid", "message": "unknown", "allowed": None},
        ],
    }


def test_an_error_in_html_names_every_fault() -> None:
    texts = Page(render_error(ERROR, "text/html").body).texts
    assert [str(f) in texts for f in FAULTS] == [True, True]
    assert "See /-/." in texts


def test_an_error_without_faults_is_its_message() -> None:
    assert render_error(NotFound("There is no such cluster."), "text/plain").body == (
        "There is no such cluster."
    )


def test_an_error_that_says_more_than_its_faults_keeps_both() -> None:
    error = AuthenticationFailed("Keystone refused this.", faults=[Fault("X-Password", "wrong")])
    assert render_error(error, "text/plain").body == "Keystone refused this.\nX-Password: wrong"


def test_a_failure_of_ours_shows_the_request_s_id() -> None:
    assert render_error(DiscoError("It failed."), "text/plain", "req-7").body == (
        "It failed.\nrequest id: req-7"
    )


def test_a_fault_stays_in_its_line() -> None:
    error = InvalidRequest.of([Fault("a", "b\nc: forged\x1b[2J")])
    assert render_error(error, "text/plain").body == r"a: b\nc: forged?[2J"
