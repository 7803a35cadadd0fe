"""The README's commands, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.pages import fenced_blocks

README = Path(__file__).parents[2] / "README.md"


def commands(heading: str) -> list[str]:
    """The blocks of commands under a heading, in their order."""
    text = README.read_text()
    section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert section, f"the README has no section {heading!r}"
    return fenced_blocks(section[1])
