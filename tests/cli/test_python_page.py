"""The page for programs, run from its first line to its last."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.support.shell import ROOT, Shell


def test_the_ten_things_that_programs_do(shell: Shell) -> None:
    page = (ROOT / "docs" / "python.md").read_text()
    headings = re.findall(r"^## (\d+)\.", page, re.M)
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    assert headings == [str(number) for number in range(1, 11)]
    assert len(blocks) == len(headings)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        env=shell.env, cwd=shell.cwd, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("debian-12", "disco-worker-2 m1.medium", "CREATE_COMPLETE", "disco-worker-1"):
        assert words in done.stdout
    assert "no-such-cluster" in done.stdout
