"""Records as lines of JSON."""

from __future__ import annotations

import json
import logging

import pytest

from disco import request_id
from disco.server.log_format import JsonFormatter


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
