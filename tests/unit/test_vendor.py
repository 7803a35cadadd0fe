"""What the dashboard brings along is what its packages have."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from disco.data_files import data_dir

FOLDER = data_dir() / "dashboard" / "vendor"
LOCK = Path(__file__).parents[2] / "tools" / "dashboard-libraries" / "package-lock.json"


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


def test_the_files_are_of_the_versions_that_are_locked() -> None:
    packages = json.loads(LOCK.read_text())["packages"]
    locked = {
        f"{one['integrity']}  {path.removeprefix('node_modules/')} {one['version']}"
        for path, one in packages.items()
        if path
    }
    readme = (FOLDER / "README.md").read_text()
    assert set(re.findall(r"^sha512-\S+  .+$", readme, re.M)) == locked
    named = set(re.findall(r"` of (\S+ \S+) \|", readme))
    assert named == {line.partition("  ")[2] for line in locked}


def test_each_library_has_its_licence_beside_it() -> None:
    rows = re.findall(
        r"^\| `(\S+)` \| `\S+` of \S+ \S+ \| (\S+), `(\S+)` \|$",
        (FOLDER / "README.md").read_text(),
        re.M,
    )
    told = {"MIT": "MIT License", "Apache-2.0": "Apache License"}
    assert {name for name, _, _ in rows} == {
        p.name for p in FOLDER.iterdir() if p.suffix in (".js", ".css")
    }
    for _, licence, file in rows:
        assert told[licence].lower() in (FOLDER / file).read_text().lower(), file
