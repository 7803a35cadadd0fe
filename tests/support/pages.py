"""Pages of the documentation, and their commands as they stand there."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.shell import ROOT


@dataclass
class Page:
    """A page of docs/; the commands before its first heading go before all others."""

    name: str

    def blocks(self, heading: str | None) -> list[str]:
        """The blocks of commands under a heading, or before the first."""
        parts = re.split(r"^## (.*)$", (ROOT / "docs" / self.name).read_text(), flags=re.M)
        sections = {None: parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
        return re.findall(r"^```\n(.*?)^```$", sections[heading], re.M | re.S)

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
