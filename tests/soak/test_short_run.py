"""A run of less than a minute, the same as ``make soak`` makes for ten."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS, CONNECTIONS = 24, 1000


def test_users_are_served_beside_hostile_clients_and_nothing_is_left() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "soak", "--json"),
            *("--minutes", str(SECONDS / 60), "--connections", str(CONNECTIONS)),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-4000:]
    told = json.loads(done.stdout)
    failed = [row for row in told["rows"] if row["holds"] is False]
    assert failed == []
    assert done.returncode == 0
    answers = told["figures"]["answers"]
    assert {"list", "create", "show"} <= answers.keys()
