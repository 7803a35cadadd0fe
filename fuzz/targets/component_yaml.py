"""The description of a component, in a folder of an operator's beside none of DISCO's."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from disco.components.loader import load_catalogue
from fuzz.target import Target

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
PLACE = FOLDER / "mine"
PLACE.mkdir()
(PLACE / "install.sh.j2").write_text("echo {{ value }}\n")


def run(data: bytes) -> str:
    """Read the folder."""
    (PLACE / "component.yaml").write_bytes(data)
    return ", ".join(load_catalogue(FOLDER))


TARGET = Target(
    run,
    answer_bytes=1 << 18,
    answer_factor=300,
    longest=16 * 1024,
    dictionary=(
        *("name: mine\n", "properties:\n", "  value: {type: int}\n", "requires:\n", "versions: ["),
        *("&a ", "*a", "<<: ", "!!python/object", "!!int ", "!!timestamp ", "---\n", "pattern: "),
        *("install: install.sh.j2\n", "description: ", "when: ", "{{ ", "interfaces:\n"),
    ),
)
