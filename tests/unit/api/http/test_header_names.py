"""Header names as people and the original write them."""

from __future__ import annotations

import pytest

from disco.api.http.header_names import usual, with_usual_header_names


@pytest.mark.parametrize(
    ("sent", "usually"),
    [
        ("content-type", "Content-Type"),
        ("x-occi-location", "X-OCCI-Location"),
        ("www-authenticate", "WWW-Authenticate"),
        ("Server", "Server"),
    ],
)
def test_a_name_is_written_as_usual(sent: str, usually: str) -> None:
    assert usual(sent) == usually


def test_an_application_s_headers_are() -> None:
    started = []
    wrapped = with_usual_header_names(
        lambda _, start: start("200 OK", [("x-occi-attribute", "a=1")]) or [b"OK"]
    )
    assert list(wrapped({}, lambda *what: started.append(what))) == [b"OK"]
    assert started == [("200 OK", [("X-OCCI-Attribute", "a=1")])]
