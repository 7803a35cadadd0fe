"""No text from outside controls a terminal."""

from __future__ import annotations

from disco.client.plain_text import UNSAFE, plain_text
from tests.support.hostile import CONTROLS


def test_nothing_that_a_terminal_obeys_is_left() -> None:
    shown = plain_text(CONTROLS)
    assert not UNSAFE.search(shown)
    assert len(shown) == len(CONTROLS)
    shown.encode()


def test_lines_tabs_and_letters_of_all_scripts_stay() -> None:
    text = "a\tb\nЖ 漢字 é 😀"
    assert plain_text(text) == text
