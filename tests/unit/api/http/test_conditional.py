"""An answer that the client has already is not sent again."""

from __future__ import annotations

import falcon
import pytest
from falcon import testing

from disco.api.http.conditional import reply_unless_known, tag_of
from disco.occi import Rendered

RENDERED = Rendered("text/occi", {"X-OCCI-Location": "http://a/disco/1"}, "OK ü")
TAG = tag_of(RENDERED)


def answered(known: str | None) -> falcon.Response:
    headers = {} if known is None else {"If-None-Match": known}
    response = falcon.Response()
    request = falcon.Request(testing.create_environ(headers=headers))
    reply_unless_known(request, response, RENDERED)
    return response


@pytest.mark.parametrize("known", [TAG, f"W/{TAG}", f'"other", {TAG}', "*", f'"a,b" , W/{TAG}'])
def test_who_has_it_gets_the_tag_alone(known: str) -> None:
    response = answered(known)
    assert response.status == falcon.HTTP_304
    assert response.data is None
    assert response.get_header("ETag") == TAG
    assert response.get_header("X-OCCI-Location") is None


@pytest.mark.parametrize(
    "known", [None, "", '"other"', TAG[1:-1], TAG[:-1], TAG.upper() + "x", "nonsense", '"' * 20000]
)
def test_others_get_it_with_the_tag(known: str | None) -> None:
    response = answered(known)
    assert response.status == falcon.HTTP_200
    assert (response.data or b"").decode() == RENDERED.body
    assert response.get_header("ETag") == TAG


@pytest.mark.parametrize(
    "other",
    [
        Rendered("text/plain", RENDERED.headers, RENDERED.body),
        Rendered(RENDERED.content_type, {}, RENDERED.body),
        Rendered(RENDERED.content_type, {"X-OCCI-Location": "http://b/disco/1"}, RENDERED.body),
        Rendered(RENDERED.content_type, RENDERED.headers, "OK"),
    ],
)
def test_whatever_differs_has_another_tag(other: Rendered) -> None:
    assert tag_of(other) != TAG
