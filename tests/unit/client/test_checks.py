"""Each kind of value is what it stands for, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from disco.client import DiscoClientError, InvalidAnswer, ServiceFailed, checks
from disco.client.plain_text import UNSAFE
from tests.support.hostile import ADDRESSES, IDS, NAMES, PATHS
from tests.support.wire import ID

NOT_TEXT = (None, 5, 10**5000, True, [], {}, b"x", 1e400)
HOST = "192.0.2.7"
URLS = (
    "http://evil.example:8888/lab",
    f"http://{HOST}:8888@evil.example/lab",
    f"http://user@{HOST}:8888/lab",
    f"javascript://{HOST}:8888/lab",
    f"file://{HOST}:8888/lab",
    f"http://{HOST}:9999/lab",
    f"http://{HOST}:8888/other",
    "//evil.example",
    "",
)


def link(value: object) -> str:
    return checks.url(value, HOST, 8888, "/lab")


def named(value: object) -> str:
    return checks.word(value, "component")


@pytest.mark.parametrize(
    ("check", "refused"),
    [
        (checks.cluster_id, IDS + NOT_TEXT),
        (checks.host_name, (*NAMES, "", *NOT_TEXT)),
        (checks.address, (*ADDRESSES, "", *NOT_TEXT)),
        (checks.path, PATHS + NOT_TEXT),
        (checks.port, (0, -1, 65536, 10**5000, True, "22", 22.0, None, [], float("nan"))),
        (link, URLS + NOT_TEXT),
        (named, ("-x", "", "a b", "a/b", "../x", "x\n", "$(x)", "a" * 101, *NOT_TEXT)),
        (checks.marker, ("a b", "a\n", "a&b", "%41", "a" * 20001, *NOT_TEXT)),
        (checks.time, ("soon", "", "9" * 500, "0001-01-01", *NOT_TEXT)),
        (checks.private_key, ("", "a\x1b[2J", "ä", "a" * 70_000, "a\x00", *NOT_TEXT)),
        (lambda value: checks.mapping(value, "event"), ("x", [], None, 5)),
    ],
)
def test_anything_else_is_refused_in_one_sentence(
    check: Callable[[Any], object], refused: tuple[object, ...]
) -> None:
    for value in refused:
        with pytest.raises(InvalidAnswer) as caught:
            check(value)
        assert isinstance(caught.value, ServiceFailed | DiscoClientError)
        assert str(caught.value).startswith("Invalid ")
        assert "\n" not in str(caught.value)
        assert not UNSAFE.search(str(caught.value))
        assert len(str(caught.value)) < 250


def test_what_is_right_is_given_as_it_may_be_used() -> None:
    assert checks.cluster_id(ID) == ID
    for name in ("disco-manager", "w", "A1", "x" * 63):
        assert checks.host_name(name) == name
    assert checks.address("192.0.2.7") == "192.0.2.7"
    assert checks.address("2001:DB8::0:1") == "2001:db8::1"
    assert checks.path("/lab?token=a&x=%20#y") == "/lab?token=a&x=%20#y"
    assert checks.port(65535) == 65535
    assert link(f"http://{HOST}:8888/lab") == f"http://{HOST}:8888/lab"
    assert checks.url("https://[2001:db8::1]:1/", "2001:db8::1", 1, "/")
    assert checks.marker("h1f-2~0-12~1-3") == "h1f-2~0-12~1-3"
    assert checks.time("2026-05-01T12:00:00Z") == "2026-05-01T12:00:00Z"
    assert checks.private_key("-----BEGIN\\nAAAA\\n") == "-----BEGIN\\nAAAA\\n"


def test_steps_name_no_file_but_their_log() -> None:
    assert all(map(checks.is_step, ("dask:installed", "ready", "hdfs-site.xml:written")))
    for step in (
        "../../x",
        "a:../b",
        "/etc/passwd",
        "a/b:c",
        "..:x",
        "",
        "a:b:c",
        None,
        "a b",
        "-x",
    ):
        assert not checks.is_step(step), step


def test_texts_are_bounded_and_plain() -> None:
    assert checks.text("a\x1bb") == "a?b"
    assert len(checks.text("a" * 10**6)) == checks.MAX_TEXT
    assert checks.text(None) == ""
