"""From a request to a message, and which rendering is chosen for the answer."""

from __future__ import annotations

import falcon
import pytest
from falcon import testing

from disco.api.http import occi
from disco.errors import InvalidRequest, NotAcceptable
from disco.occi import Rendered

KIND = 'disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind"'


def request(body: bytes = b"", **headers: str) -> falcon.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return falcon.Request(testing.create_environ(headers=named, body=body))


@pytest.mark.parametrize(
    ("accept", "agent", "chosen"),
    [
        ("application/occi+json", "curl", "application/occi+json"),
        ("application/occi+json", "x OCCI/1.2", occi.JSON_12),
        ("application/occi+json; version=1.2", "curl", occi.JSON_12),
        ("text/html;q=0.1, text/occi", "curl", "text/occi"),
        ("*/*", "x OCCI/1.2", "text/plain"),
    ],
)
def test_the_rendering_follows_accept_and_the_client_s_version(
    accept: str, agent: str, chosen: str
) -> None:
    assert occi.choose(request(Accept=accept, User_Agent=agent), occi.LIST_TYPES) == chosen


def test_a_cluster_is_not_rendered_as_a_list_of_locations() -> None:
    with pytest.raises(InvalidRequest) as caught:
        occi.choose_for_cluster(request(Accept="text/uri-list"))
    assert caught.value.code == "not-a-collection"
    with pytest.raises(NotAcceptable):
        occi.choose_for_cluster(request(Accept="image/png"))


def test_an_error_is_rendered_even_if_nothing_is_accepted() -> None:
    assert occi.choose_for_error(request(Accept="image/png")) == "text/plain"


def test_a_message_is_read_from_headers_or_body() -> None:
    attribute = 'a.b="c"'
    sent = request(Content_Type="text/occi", Category=KIND, X_OCCI_Attribute=attribute)
    assert occi.read_message(sent).attributes == {"a.b": "c"}
    body = f"Category: {KIND}\nX-OCCI-Attribute: {attribute}".encode()
    assert occi.read_message(request(body, Content_Type="text/plain")).attributes == {"a.b": "c"}
    # of a GET, the headers alone
    assert occi.read_filter(request(body, X_OCCI_Attribute='d="e"')).attributes == {"d": "e"}


def test_a_body_that_is_too_large_is_not_read() -> None:
    with pytest.raises(InvalidRequest, match=f"{occi.MAX_BODY} are allowed"):
        occi.read_message(request(b"x" * (occi.MAX_BODY + 1), Content_Type="text/plain"))


def test_a_rendering_is_sent_with_its_headers() -> None:
    response = falcon.Response()
    occi.reply(
        response,
        Rendered("text/occi", headers={"X-OCCI-Location": "/x"}, content="OK"),
        falcon.HTTP_201,
    )
    assert (response.status, response.content_type) == (falcon.HTTP_201, "text/occi")
    assert (response.get_header("X-OCCI-Location"), response.data) == ("/x", b"OK")
