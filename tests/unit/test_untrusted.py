"""What comes from outside is read within limits, or refused by one exception."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco.untrusted import (
    Malformed,
    one_line,
    read_epoch,
    read_int,
    read_json,
    read_json_object,
    read_seconds,
    read_time,
    to_utf8,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(VALUES)
def test_json_is_read_as_the_standard_library_reads_it(value: object) -> None:
    text = json.dumps(value)
    assert read_json(text) == value
    assert read_json(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 33 + "1" + "}" * 33,
        "9" * 5000,
        "-" + "9" * 31,
        "1e999",
        "NaN",
        "-Infinity",
        '"\\ud800"',
        '{"\\udfff": 1}',
        "[" + "{}," * 20_000 + "1]",
        "",
        "{",
        '"',
        '"\\',
        "{'a': 1}",
        "\ud800",
        b"\xff",
        b'"' + b"a" * (1 << 20) + b'"',
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_hostile_or_odd_is_malformed(text: str | bytes) -> None:
    with pytest.raises(Malformed):
        read_json(text)


@given(st.text() | st.binary())
def test_nothing_but_malformed_is_raised(text: str | bytes) -> None:
    for read in (read_json, read_json_object, read_time):
        try:
            read(text)  # type: ignore[operator]
        except Malformed as error:
            assert len(str(error)) < 80


def test_brackets_in_strings_do_not_count() -> None:
    assert read_json(json.dumps("[" * 1000)) == "[" * 1000
    assert read_json('"\\"[[[[" ', max_depth=1) == '"[[[['
    with pytest.raises(Malformed, match="deeper than 1"):
        read_json("[[]]", max_depth=1)


def test_strings_are_counted_as_far_as_json_can_have_them() -> None:
    """Without commas they are no JSON, and are not all looked at to find that out."""
    with pytest.raises(Malformed, match="more than 10 values"):
        read_json('[1, {"m": ' + '"" ' * 100, max_values=10)
    most = {str(n): "x" for n in range(9)}
    assert read_json(json.dumps([most]), max_values=10) == [most]
    assert read_json('"x"', max_values=0) == "x"


def test_a_long_text_costs_what_a_long_text_costs() -> None:
    """Ten times the text takes about ten times as long, also where a string has no end."""

    def seconds(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            with pytest.raises(Malformed):
                read_json(text, max_bytes=1 << 24)
            best = min(best, time.process_time() - began)
        return best

    for piece in ('"\\\\', "\\", '"a', '"' + " " * 50):
        small, large = (seconds("[" + piece * n) for n in (5_000, 50_000))
        assert large < 40 * small + 0.05


def test_an_object_is_asked_for() -> None:
    assert read_json_object('{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
    with pytest.raises(Malformed, match="object"):
        read_json_object("[]")


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("60", 60), ("-3", -3), ("07", 7)])
def test_numbers(text: str, value: int) -> None:
    assert read_int(text, -3, 60) == value


@pytest.mark.parametrize(
    "text", ["", "61", "-4", "0000000001000", "+1", " 1", "1 ", "1_0", "\u0661", "1.0", "9" * 5000]
)
def test_what_is_not_such_a_number(text: str) -> None:
    with pytest.raises(Malformed, match="from -3 to 60"):
        read_int(text, -3, 60)


@pytest.mark.parametrize(
    "value", [-1, float("inf"), float("nan"), "1", None, True, 1e10, 10**400], ids=type
)
def test_what_is_not_a_duration(value: object) -> None:
    with pytest.raises(Malformed):
        read_seconds(value)


def test_times() -> None:
    expected = datetime(2026, 11, 28, 17, 30, tzinfo=UTC)
    for text in ("2026-11-28T17:30:00Z", "2026-11-28T18:30:00+01:00", "2026-11-28T17:30:00"):
        assert read_time(text) == expected
    assert read_epoch(str(int(expected.timestamp()))) == expected
    for text in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31", "now", ""):
        with pytest.raises(Malformed):
            read_time(text)
    for text in ("9999999999999", "-1", "x"):
        with pytest.raises(Malformed):
            read_epoch(text)


@pytest.mark.parametrize(
    ("value", "line"),
    [("a\r\nb\x1b[31m", "a b [31m"), (None, ""), ("x" * 100, "x" * 20), ("\ud800", " "), (1, "1")],
)
def test_a_line_holds_nothing_that_moves_the_cursor(value: object, line: str) -> None:
    assert one_line(value, 20) == line
    one_line(value, 20).encode()


def test_no_answer_controls_a_terminal_or_cannot_be_encoded() -> None:
    text = json.dumps({"a": "\x1b[31m\x9b31m\x7f \ud800 Zürich"}, ensure_ascii=False)
    sent = to_utf8(text)
    assert sent == rb'{"a": "\u001b[31m\u009b31m\u007f ? Z\xc3\xbcrich"}'.replace(
        rb"\xc3\xbc", "ü".encode()
    )
    assert json.loads(sent)["a"] == "\x1b[31m\x9b31m\x7f ? Zürich"
