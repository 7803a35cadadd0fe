"""Records as lines of text and of JSON."""

from __future__ import annotations

import json
import logging

import pytest

from disco import request_id
from disco.server.log_format import JsonFormatter, TextFormatter


def record(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("disco.access", logging.INFO, __file__, 1, message, arguments, None)
    vars(made).update(more)
    return made


@pytest.mark.parametrize("text", ['"},{"level":"', "two\nlines", "\u2028\ud800", "\x1b[31m"])
def test_a_record_is_one_line_whatever_it_says(text: str) -> None:
    line = JsonFormatter().format(record("%s", text, path=text, status=200))
    assert line.isascii() and line.isprintable()
    told = json.loads(line)
    assert told["message"] == told["path"] == text
    assert (told["level"], told["logger"], told["status"]) == ("INFO", "disco.access", 200)


def test_it_has_the_id_of_the_request_and_the_traceback() -> None:
    own = request_id.begin(None)
    try:
        raise ValueError("x")
    except ValueError as error:
        made = record("failed", exc_info=(ValueError, error, error.__traceback__))
    told = json.loads(JsonFormatter().format(made))
    assert told["request_id"] == own
    assert told["traceback"].endswith("ValueError: x")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("two\nlines\r", r"two\nlines\r"),
        ("\x1b]0;title\x07\x9b31m", r"\x1b]0;title\x07\x9b31m"),
        ("\u2028\ud800", r"\u2028\ud800"),
        ("Zürich \U0001f600\t.", "Zürich \U0001f600\t."),
    ],
)
def test_a_line_of_text_is_one_line_and_controls_no_terminal(text: str, written: str) -> None:
    assert (
        TextFormatter("%(levelname)s %(message)s").format(record("%s", text)) == f"INFO {written}"
    )


def test_a_traceback_has_its_lines_and_no_controls() -> None:
    try:
        raise ValueError("odd \x1b[31m")
    except ValueError as error:
        made = record("failed", exc_info=(ValueError, error, error.__traceback__))
    first, *_, last = TextFormatter("%(message)s").format(made).split("\n")
    assert (first, last) == ("failed", r"ValueError: odd \x1b[31m")
