"""Pages of the documentation, and their commands as they stand there.

A block of commands without a language is an OCCI request, which the tests run. A block marked
``sh`` holds the same for the command line; tests/docs/test_commands.py checks that it parses.
"""

from __future__ import annotations

import re
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

from tests.support.shell import ROOT


def fenced_blocks(text: str, language: str = "") -> list[str]:
    """The fenced blocks of ``language`` in a piece of Markdown, without their indentation."""
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.M | re.S)
    return [textwrap.dedent(block) for marked, block in blocks if marked == language]


@dataclass
class Page:
    """A page of docs/; the commands before its first heading go before all others."""

    name: str

    def section(self, heading: str | None) -> str:
        """The text under a heading, or before the first."""
        parts = re.split(r"^## (.*)$", (ROOT / "docs" / self.name).read_text(), flags=re.M)
        sections = {None: parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
        return sections[heading]

    def blocks(self, heading: str | None) -> list[str]:
        """The OCCI requests under a heading, or before the first."""
        return fenced_blocks(self.section(heading))

    def run(self, command: str, openrc: Path, base: str, **names: str) -> str:
        """What a command prints, for the user of ``openrc`` and the service at ``base``."""
        (prelude,) = self.blocks(None)
        prelude = prelude.replace("http://127.0.0.1:8888", base)
        head = "".join(f"{name}={value}\n" for name, value in names.items())
        return subprocess.run(
            ["bash", "-c", f"set -euo pipefail; source {openrc}\n{head}{prelude}{command}"],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
