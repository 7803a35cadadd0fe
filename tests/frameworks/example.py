"""The worked example of ``docs/adding-a-framework.md``, written as the page shows it."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-framework.md"
_BLOCK = re.compile(r"^`([\w.-]+/[\w./-]+)`:\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> dict[str, str]:
    """The files of the page by their names."""
    return dict(_BLOCK.findall(PAGE.read_text()))


def write_example(folder: Path) -> Path:
    """A framework folder of its own with these files.

    Args:
        folder: made if it is not there.
    """
    for name, text in blocks().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
