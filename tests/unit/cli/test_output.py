"""What is printed cannot command a terminal, and colors are for terminals."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

import disco.cli
from disco.cli.output import as_json, painted, table
from disco.client.plain_text import UNSAFE
from tests.support.hostile import CONTROLS


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table([("a", "bbb"), ("cccc", "d")], ("X", "Y")) == "X     Y\na     bbb\ncccc  d"
    assert table([]) == ""


def test_json_has_no_character_that_a_terminal_obeys() -> None:
    data = {"a": CONTROLS, CONTROLS: 1, "b": "Ж 漢字"}
    said = as_json(data)
    assert not UNSAFE.search(said)
    assert json.loads(said) == data


def test_what_failed_is_red_and_nothing_on_its_line_is_green(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = (
        "a CREATE_COMPLETE healthy\nb RESUME_COMPLETE check failed\nc CREATE_FAILED\n"
        "d CREATE_COMPLETE not healthy unhealthy\ne CREATE_COMPLETE complete"
    )
    good, checked, failed, broken, not_asked = painted(text, Terminal()).splitlines()
    assert good == "a CREATE_COMPLETE \x1b[32mhealthy\x1b[0m"
    assert broken == "d CREATE_COMPLETE \x1b[31mnot healthy\x1b[0m \x1b[31munhealthy\x1b[0m"
    assert not_asked == "e CREATE_COMPLETE complete"  # its daemons may have stopped since
    assert checked == "b RESUME_COMPLETE \x1b[31mcheck failed\x1b[0m"
    assert failed == "c CREATE_\x1b[31mFAILED\x1b[0m"
    assert painted(text, io.StringIO()) == text
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted(text, Terminal()) == text


def test_only_few_modules_print() -> None:
    """What is printed elsewhere has no word from outside: scripts, and what the parser says."""
    prints = {
        path.relative_to(Path(disco.cli.__file__).parent).as_posix()
        for path in Path(disco.cli.__file__).parent.rglob("*.py")
        if re.search(r"\bprint\(|std(out|err)\.write\(", path.read_text())
    }
    # what formatters write is made safe there
    expected = {"output.py", "commands/completion.py", "reference.py", "main.py", "formatters.py"}
    assert prints == expected
