"""What the dashboard brings along is what its packages have."""

from __future__ import annotations

import hashlib
import re

from disco.data_files import data_dir

FOLDER = data_dir() / "dashboard" / "vendor"


def test_every_vendored_file_is_the_one_that_is_written_down() -> None:
    told = dict(
        (name, digest)
        for digest, name in re.findall(
            r"^([0-9a-f]{64})  (\S+)$", (FOLDER / "README.md").read_text(), re.M
        )
    )
    files = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in FOLDER.iterdir()}
    del files["README.md"]
    assert files == told
