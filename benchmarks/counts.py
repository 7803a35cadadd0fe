"""What costs time, counted: the gate in the test command.

Counts do not depend on how busy a machine is. ``python -m benchmarks.counts --write`` records
them anew after a change that was meant to change them; the diff of ``recorded.json`` is then
part of the change.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.commands import modules_of
from benchmarks.rendering import REFERENCE, full_draft
from benchmarks.verbs import Verb, record_on, verbs
from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import free_port_pair

RECORDED = Path(__file__).parent / "recorded.json"
#: by how much instructions and modules may be more than recorded
MARGIN = 1.05
_RENDER = """
import gc, os, subprocess
from benchmarks.rendering import REFERENCE, full_draft
for _ in range(2):
    full_draft(REFERENCE, 10)
gc.collect()
gc.disable()
for switch in ("on", "off"):
    if switch == "off":
        full_draft(REFERENCE, 10)
    subprocess.run(["callgrind_control", "-i", switch, str(os.getpid())],
                   check=True, stdout=subprocess.DEVNULL)
"""


def cloud_calls(cloud: EmbeddedCloud, folder: Path, asked: Sequence[Verb]) -> dict[str, int]:
    """How often each verb asks the cloud, with a session that is open already."""
    return {verb: len(calls) for verb, calls in record_on(cloud, folder, asked).calls.items()}


def open_cloud(folder: Path) -> EmbeddedCloud:
    """A real Keystone and Heat to count at, not yet started."""
    return EmbeddedCloud(folder / "cloud", nodes="none", cloud_port=free_port_pair())


def worker_costs() -> dict[str, float]:
    """Bytes and resources that each further worker adds to what Heat is sent."""
    few, many = (full_draft(REFERENCE, workers) for workers in (100, 200))
    size = {
        name: len(draft.template.encode()) + sum(len(t.encode()) for t in draft.files.values())
        for name, draft in (("few", few), ("many", many))
    }
    return {
        "bytes": (size["many"] - size["few"]) / 100,
        "resources": (len(many.resources) - len(few.resources)) / 100,
    }


def instructions() -> int | None:
    """Instructions of a draft with 10 workers, by callgrind; None where there is no valgrind."""
    if not shutil.which("valgrind") or not shutil.which("callgrind_control"):
        return None
    with tempfile.NamedTemporaryFile(prefix="disco-callgrind-") as out:
        subprocess.run(
            [
                *("valgrind", "--tool=callgrind", "--instr-atstart=no"),
                *(f"--callgrind-out-file={out.name}", sys.executable, "-c", _RENDER),
            ],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(RECORDED.parents[1])},
        )
        found = re.search(r"^totals: (\d+)", Path(out.name).read_text(), re.M)
    assert found, "callgrind counted nothing"
    return int(found[1])


def interpreter() -> str:
    """What instructions depend on beside DISCO: the Python and how it was built."""
    return f"{sys.version.split()[0]} {os.uname().machine} {Path(sys.base_prefix).name}"


def measure() -> dict[str, Any]:
    """All counts."""
    with (
        tempfile.TemporaryDirectory(prefix="disco-bench-") as folder,
        open_cloud(Path(folder)) as cloud,
    ):
        calls = cloud_calls(cloud, Path(folder), verbs())
    return {
        "cloud_calls": calls,
        "worker": worker_costs(),
        "modules of disco --help": modules_of(("--help",)),
        "instructions of a draft": {interpreter(): instructions()},
    }


if __name__ == "__main__":
    counted = json.dumps(measure(), indent=2) + "\n"
    sys.stdout.write(counted)
    if "--write" in sys.argv[1:]:
        RECORDED.write_text(counted)
