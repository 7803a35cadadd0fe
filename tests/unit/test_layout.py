"""The rooms: what is where, how large it may be, and that each thing is said in one place."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from disco import attributes

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "disco"
MODULES = sorted(PACKAGE.rglob("*.py"))
#: small modules that every room may use
AT_THE_ROOT = {
    *("__init__", "attributes", "config", "config_values", "connection_failure"),
    *("data_files", "derived_secrets", "errors", "formats", "metrics", "node_network"),
    *("object_storage",),
    *("request_id", "spec", "suggestions", "untrusted", "url_passwords"),
    *("user_packages", "worker_numbers"),
}
MOST_LINES = 350


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def literals(path: Path) -> Iterator[str]:
    """The texts in a module's code, those in f-strings included, docstrings not."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value


def test_the_root_has_few_modules() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == AT_THE_ROOT


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_module_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_so_can_a_module_of_tests() -> None:
    tests = (ROOT / "tests").rglob("*.py")
    assert [names(p) for p in tests if len(p.read_text().splitlines()) > MOST_LINES] == []


def test_the_contracts_leave_no_package_out() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {c["name"]: c for c in settings["tool"]["importlinter"]["contracts"]}
    floors = " ".join(contracts["floors"]["layers"])
    apart = {c["source_modules"][0] for n, c in contracts.items() if n.endswith("-stands-alone")}
    named = set(re.findall(r"disco\.\w+", floors)) | apart
    there = {p.stem for p in PACKAGE.glob("*.py")} | {p.parent.name for p in PACKAGE.glob("*/*.py")}
    assert named == {f"disco.{name}" for name in there - {"__init__"}}


def attribute_names() -> set[str]:
    """DISCO's vocabulary; the standard's own names are with the standard, in ``disco.occi``."""
    values = [v for n, v in vars(attributes).items() if n.isupper() and isinstance(v, str)]
    return {v.rstrip(".") for v in values if "." in v and not v.startswith("occi.")}


def test_each_attribute_is_named_in_one_module() -> None:
    pattern = "|".join(re.escape(name) for name in sorted(attribute_names(), key=len, reverse=True))
    # the names of loggers and modules end otherwise
    said = re.compile(rf"(?<![\w.])({pattern})(?![\w])")
    elsewhere = [
        f"{names(path)}: {text[:60]!r}"
        for path in MODULES
        if path != PACKAGE / "attributes.py" and "embedded" not in path.parts
        for text in literals(path)
        if said.search(text)
    ]
    assert elsewhere == []


#: how numbers of workers are written as text, and put into names of nodes and resources
WORKER_RULES = (
    re.compile(r"-\{[\w.]*(number|index|\bn\b|worker_count)[\w.]*\}"),
    re.compile(r"\b(worker|port|volume|volume_attachment|floating_ip(_association)?)_(\{|\(|\[)"),
    re.compile(r"partition\(\"-\"\)"),
    re.compile(r"\"disco-(manager|worker)\""),
)


def test_the_rule_of_worker_numbers_is_in_one_module() -> None:
    others = ("occi", "embedded", "mirror")
    allowed = {PACKAGE / "worker_numbers.py"}
    elsewhere = [
        f"{names(path)}: {line.strip()}"
        for path in MODULES
        if path not in allowed and path.relative_to(PACKAGE).parts[0] not in others
        for line in path.read_text().splitlines()
        if any(rule.search(line) for rule in WORKER_RULES)
    ]
    assert elsewhere == []
    mine = (PACKAGE / "worker_numbers.py").read_text()
    assert [rule.pattern for rule in WORKER_RULES[1:] if not rule.search(mine)] == []


#: modules with a clock, randomness, or a client of anything
IMPURE = {
    *("time", "datetime", "random", "secrets", "uuid", "os", "socket", "http", "urllib"),
    *("subprocess", "threading", "requests", "openstack", "heatclient", "keystoneauth1"),
}


@pytest.mark.parametrize("path", sorted((PACKAGE / "heat" / "template").glob("*.py")), ids=names)
def test_rendering_is_pure(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported & IMPURE == set()


def test_each_status_of_heat_is_named_in_one_module() -> None:
    said = re.compile(r"\b[A-Z]+_(IN_PROGRESS|COMPLETE|FAILED)\b|^_?(IN_PROGRESS|COMPLETE|FAILED)$")
    apart = {"embedded"}
    elsewhere = [
        f"{names(path)}: {text[:60]!r}"
        for path in MODULES
        if path != PACKAGE / "heat" / "stack_status.py" and not apart & set(path.parts)
        for text in literals(path)
        if said.search(text)
    ]
    assert elsewhere == []


UNIT = ROOT / "tests/unit"
#: tests of what is not a module of the package
OF_NO_MODULE = {
    UNIT / "test_layout.py",
    UNIT / "test_install_packages.py",
    UNIT / "test_vendor.py",
    UNIT / "embedded/patches/test_patched_names.py",
}


def own_tests(module: Path) -> list[Path]:
    """The tests under a module's own path: ``test_<module>`` and ``test_<module>_<aspect>``."""
    folder = UNIT / module.relative_to(PACKAGE).parent
    return [*folder.glob(f"test_{module.stem}.py"), *folder.glob(f"test_{module.stem}_*.py")]


def read_tested_elsewhere() -> dict[Path, Path]:
    """The table of CONTRIBUTING.md: a module, and where its test is."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    block = text.partition("tested-elsewhere: begin -->")[2].partition("<!-- tested-elsewhere")[0]
    table = {}
    for line in block.splitlines()[3:]:
        if not line.startswith("| `"):
            continue
        modules, test, reason = line.strip("| ").split(" | ")
        assert reason
        first, *others = re.findall("`([^`]+)`", modules)
        place = ROOT / first
        for name in others:
            beside = place.parent / name
            room = next(p for p in place.parents if (p / name).exists())
            place = beside if beside.exists() else room / name
            table[place] = ROOT / test.strip("`")
        table[ROOT / first] = ROOT / test.strip("`")
    return table


def test_a_module_s_test_is_found_from_its_name() -> None:
    elsewhere = read_tested_elsewhere()
    modules = {p for p in MODULES if p.name not in ("__init__.py", "__main__.py")}
    without = {p for p in modules if not own_tests(p)}
    assert {names(p) for p in without - elsewhere.keys()} == set()
    assert {names(p) for p in elsewhere.keys() - without} == set(), "gone, or tested under its name"
    assert all(test.is_file() for test in elsewhere.values())


def test_a_test_s_module_is_found_from_its_name() -> None:
    mine = {test for module in MODULES for test in own_tests(module)}
    others = {t for t in UNIT.rglob("test_*.py") if t.parent != UNIT / "frameworks"}
    assert {names(test) for test in others - mine - OF_NO_MODULE} == set()
