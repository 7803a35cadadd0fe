"""Documentation that is made from the model says what the model says."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

from disco.components.loader import load_catalogue
from disco.config import KNOWN
from disco.resources import data_dir, etc_dir

ROOT = Path(__file__).parents[2]


def test_the_attribute_reference_is_current() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "attribute-reference")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert (ROOT / "docs" / "attributes.md").read_text() == made.stdout


def test_every_property_has_a_description() -> None:
    for component in load_catalogue(data_dir() / "frameworks").values():
        for prop in component.properties.values():
            assert prop.description, f"{component.name}.{prop.name}"


def test_every_setting_of_disco_is_in_the_shipped_configuration() -> None:
    text = (etc_dir() / "sm.cfg").read_text()
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    for key in KNOWN["disco"]:
        assert f"\n{key}=" in text or f"\n#{key}=" in text
