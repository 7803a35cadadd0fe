"""The README's commands, as they stand there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def commands(heading: str) -> list[str]:
    """The blocks of commands under a heading, in their order."""
    text = README.read_text()
    section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert section, f"the README has no section {heading!r}"
    return [
        textwrap.dedent(block)
        for block in re.findall(r"^ *```\n(.*?)^ *```$", section[1], re.M | re.S)
    ]
