"""Documentation that is made from the model says what the model says."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from disco import attributes
from disco.config import KNOWN
from disco.data_files import etc_dir
from tests.support.shipped import CATALOGUE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "tool"),
    [
        ("attributes.md", "attribute-reference"),
        ("errors.md", "error-reference"),
        ("configuration.md", "settings-reference"),
        ("images/life.svg", "life-diagram"),
        ("images/ports.svg", "port-diagram"),
    ],
)
def test_pages_made_from_the_model_are_current(page: str, tool: str) -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / tool)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert made.returncode == 0, made.stderr
    assert (ROOT / "docs" / page).read_text() == made.stdout, f"run tools/{tool}"


def test_every_attribute_that_a_cluster_shows_is_documented() -> None:
    text = (ROOT / "docs" / "attributes.md").read_text()
    own = {v for k, v in vars(attributes).items() if k.isupper() and str(v).startswith("disco.")}
    for name in own - {attributes.GENERATED}:  # which is never shown
        above, _, last = name.rpartition(".")
        assert f"`{name}`" in text or re.search(rf"`{above}\.\w+`.*`\.{last}`", text), name


def test_every_property_has_a_description() -> None:
    for component in CATALOGUE.values():
        for prop in component.properties.values():
            assert prop.description, f"{component.name}.{prop.name}"


def test_every_setting_is_in_the_shipped_configuration() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    text = re.sub(r"^#([a-z_]+=)", r"\1", (etc_dir() / "sm.cfg").read_text(), flags=re.M)
    parser.read_string(text)
    assert {section: set(parser[section]) for section in parser.sections()} == KNOWN


def test_every_framework_is_described() -> None:
    readme = (ROOT / "README.md").read_text()
    sections = re.findall(r"^## (.*)$", (ROOT / "docs" / "frameworks.md").read_text(), re.M)
    for name in CATALOGUE.frameworks:
        assert f"| `{name}` |" in readme, name
        assert any(name in section.lower() for section in sections), name
