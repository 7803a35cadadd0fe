"""Consoles are made fit to be read, and to stand in a header."""

from __future__ import annotations

from disco.status.console_log import on_one_line, tail


def test_only_what_is_said_is_kept() -> None:
    text = "[  OK  ] \x1b[0;1;32mstarted\x1b[0m cloud-init\r\n\r\n\x00login:\x07 \n"
    assert tail(text, 5) == "[  OK  ] started cloud-init\nlogin:"
    assert tail(text, 1) == "login:"


def test_an_attribute_is_one_line_of_bounded_size() -> None:
    text = on_one_line({"a": "x" * 5000, "b": "first\nlast \u00fc"}, 200)
    assert "\n" not in text
    assert text.endswith("--- b\\nfirst\\nlast ?")
    assert len(text) < 300
