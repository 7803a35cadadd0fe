"""The rendering that a client gets for its Accept header."""

from __future__ import annotations

import time

import pytest

from disco.errors import NotAcceptable
from disco.occi import MEDIA_TYPES, negotiate

OLD, NEW = "application/occi+json", "application/occi+json; version=1.2"
OFFERED = ("text/plain", "text/occi", "text/occi+plain", OLD, NEW, "application/json", "text/html")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "text/plain"),
        ("", "text/plain"),
        ("  ", "text/plain"),
        ("*/*", "text/plain"),
        ("*", "text/plain"),
        ("text/*", "text/plain"),
        ("application/*", OLD),
        ("text/occi", "text/occi"),
        ("TEXT/OCCI", "text/occi"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("text/occi;q=0.5, text/plain;q=0.9", "text/plain"),
        ("text/occi;q=0.9, text/plain;q=0.5", "text/occi"),
        ("text/plain;q=0, */*", "text/occi"),
        ("image/png, text/occi;q=0.1", "text/occi"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/occi, text/plain", "text/occi"),
        ("text/plain, text/occi", "text/plain"),
        ("*/*, text/html", "text/html"),
        ("text/*;q=0.3, */*;q=0.5", OLD),
        (OLD, OLD),
        (NEW, NEW),
        ("application/occi+json;version=1.2", NEW),
        ('application/occi+json; version="1.2"; q=0.7', NEW),
        ("application/occi+json;version=1.1", OLD),
        ("application/json;version=1.2", "application/json"),
        ("text/plain;version=1.1", "text/plain"),
        ("text/occi;q=x, text/html;q=0.1", "text/html"),
    ],
)
def test_choice(accept: str | None, chosen: str) -> None:
    assert negotiate(accept, OFFERED) == chosen


def test_the_default_is_for_those_who_do_not_care() -> None:
    assert negotiate(None, OFFERED, default="text/html") == "text/html"
    assert negotiate("*/*", OFFERED, default="text/html") == "text/html"
    assert negotiate("text/occi", OFFERED, default="text/html") == "text/occi"


@pytest.mark.parametrize(
    "accept",
    ["image/png", "text/uri-list", "image/*", "*/*;q=0", "text/plain;q=0", "text/plain;q=2",
     "application/json;version=1.1", "application/occi+json;version=3", ",", "nonsense"],
)  # fmt: skip
def test_nothing_to_choose(accept: str) -> None:
    with pytest.raises(NotAcceptable) as error:
        negotiate(accept, OFFERED)
    (fault,) = error.value.faults
    assert fault.attribute == "Accept"
    assert "Accept" in str(error.value)
    assert all(name in str(fault.allowed) for name in OFFERED)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_each_media_type_is_chosen_by_its_name(media_type: str) -> None:
    assert negotiate(media_type, MEDIA_TYPES) == media_type


def test_only_the_first_ranges_of_a_long_accept_are_looked_at() -> None:
    many = "x/y;q=0.1," * 12_000
    start = time.thread_time()
    assert negotiate(f"application/json,{many}", MEDIA_TYPES) == "application/json"
    with pytest.raises(NotAcceptable):
        negotiate(f"{many}application/json", MEDIA_TYPES)
    assert time.thread_time() - start < 1


@pytest.mark.parametrize("pad", [",", " ", "x/y;a=b,", "x/y;q=0.1,", 'x/y;a=",'])
def test_a_long_header_is_read_up_to_a_length(pad: str) -> None:
    """Eight KiB: beyond that nothing is chosen, and no half of a type either."""
    beyond = "text/html," + pad * 9000 + ",application/json"
    assert negotiate(beyond, ("text/plain", "text/html", "application/json")) == "text/html"
    half = "x/y," + "a" * (8 * 1024 - 14) + ",text/plain-and-more"
    with pytest.raises(NotAcceptable):
        negotiate(half, ("text/plain",))


def test_a_header_of_128_kib_takes_milliseconds() -> None:
    began = time.thread_time()
    for text in ("a;q=0.1," * 16_000, "a=" * 64_000, "x" * 128_000, 'a="b",' * 20_000):
        with pytest.raises(NotAcceptable):
            negotiate(text, OFFERED)
    assert time.thread_time() - began < 0.2
