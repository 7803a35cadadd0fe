"""What the documentation names is there: modules, files, and the commands of the shell."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from disco import attributes
from disco.cli.main import parse
from tests.support.pages import fenced_blocks
from tests.support.shell import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
#: a path from the top of the repository, without placeholders
#: data/security/... are types of CADF
FILE = re.compile(
    r"(?<![\w./-])((?:disco|tests|tools|packaging|etc|data(?!/security))/[\w./-]*\w)(?![\w<*{$])"
)
#: a dotted name below disco, which is a module or an attribute of a cluster
DOTTED = re.compile(r"(?<![\w./@-])(disco(?:\.[a-z_]+)+)(?![\w-])")
#: a command, to its end or to where the shell goes on; what is quoted is the command's
COMMAND = re.compile(r"(?:^|\$\(|&& )(disco (?:[^|&()<>'\"]|'[^']*'|\"[^\"]*\")*)")
#: attributes that DISCO's own begin with, and names that others gave
ATTRIBUTES = {
    value
    for name, value in vars(attributes).items()
    if name.isupper() and isinstance(value, str) and value.startswith("disco.")
}
OTHERS = {"disco.clouds", "disco.service", "disco.example.org"}


def is_module(name: str) -> bool:
    """Whether a dotted name is a module, or something that a module has."""
    try:
        if importlib.util.find_spec(name):
            return True
    except ModuleNotFoundError:
        pass
    above, _, last = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(above), last)
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    for name in FILE.findall(page.read_text()):
        assert (ROOT / name).exists(), f"{page.name}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_that_is_named_exists(page: Path) -> None:
    for name in DOTTED.findall(page.read_text()):
        known = any(f"{one}.".startswith(f"{name}.") for one in ATTRIBUTES | OTHERS)
        assert known or is_module(name), f"{page.name}: {name}"


def test_the_architecture_names_every_room_and_every_module_at_the_top() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {f"`disco/{path.parent.name}/`" for path in (ROOT / "disco").glob("*/__init__.py")}
    modules = {f"`disco/{path.name}`" for path in (ROOT / "disco").glob("[a-z]*.py")}
    assert {name for name in rooms | modules if name not in text} == set()
    for room, where in re.findall(r"^\| `(disco/\w+/)` \|.*\| ([^|]*) \|$", text, re.M):
        for name in re.findall(r"`([\w./]+)`", where):
            assert (ROOT / room / name).exists(), f"{room}{name}"


def test_the_architecture_draws_the_floors_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (floors,) = (c["layers"] for c in contracts["contracts"] if c["name"] == "floors")
    expected = [
        sorted(part.strip().removeprefix("disco.") for part in f.split(":")) for f in floors
    ]
    (drawn,) = (
        block
        for block in fenced_blocks((ROOT / "docs" / "architecture.md").read_text(), "text")
        if block.startswith(("server", "  server"))
    )
    assert [sorted(line.strip().split(", ")) for line in drawn.splitlines()] == expected


def commands(page: Path) -> Iterator[str]:
    """The ``disco`` commands in a page's blocks for the shell."""
    for block in fenced_blocks(page.read_text(), "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            yield from (match[1] for match in COMMAND.finditer(line))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_one_that_disco_takes(page: Path) -> None:
    for command in commands(page):
        words = shlex.split(command, comments=True)
        try:
            parse(words[1:])
        except SystemExit as refused:
            pytest.fail(f"{page.name}: {command}: {refused}")
