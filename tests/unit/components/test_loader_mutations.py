"""Whatever is done to a shipped description: it loads, or is refused in sentences."""

from __future__ import annotations

import copy
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disco.components.json_schema import describe_schema
from disco.components.loader import load_catalogue
from disco.data_files import data_dir
from disco.errors import ComponentError
from tests.support.shipped import CATALOGUE

SHIPPED = data_dir() / "frameworks"
TEXTS = {name: (SHIPPED / name / "component.yaml").read_text() for name in CATALOGUE}
NAMES = sorted(TEXTS)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**40, 10**41),
    st.floats(),
    st.text(max_size=8),
    st.dates(),
    st.sampled_from(["{{", "(", "mode ==", "../x", "1e400", "nothing", "ready", "3", ""]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
#: what pydantic, jsonschema or Python would say
FOREIGN = re.compile(
    r"Input should|Value error|pydantic|ValidationError|Traceback|NoneType|does not match|"
    r"\[type=|Extra inputs|Field required|\^\["
)
MUTATIONS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def neighbours(folder: Path, but: str) -> None:
    """The other components, without their software: what requirements lead to."""
    for component in CATALOGUE.values():
        if component.name == but:
            continue
        stub = {"schema": 1, "name": component.name, "title": "", "description": ""}
        stub |= (
            {"base": True, "states": list(component.states)}
            if component.base
            else {"versions": ["1"]}
        )
        (folder / component.name).mkdir()
        (folder / component.name / "component.yaml").write_text(yaml.safe_dump(stub))


@pytest.fixture(scope="module")
def folders() -> Iterator[dict[str, Path]]:
    """For each component a folder with it and stubs of the others."""
    with tempfile.TemporaryDirectory() as root:
        made = {name: Path(root) / name for name in NAMES}
        for name, folder in made.items():
            folder.mkdir()
            shutil.copytree(SHIPPED / name, folder / name)
            neighbours(folder, name)
        yield made


def places(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(inner, (*path, key))


def parent(document: object, path: tuple[str | int, ...]) -> tuple[object, str | int]:
    for key in path[:-1]:
        document = document[key]  # type: ignore[index]
    return document, path[-1]


def check(folder: Path, name: str, text: str) -> None:
    """Load it; a refusal names the file and the place in DISCO's words."""
    file = folder / name / "component.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        load_catalogue(folder)
    except ComponentError as error:
        assert error.faults
        for fault in error.faults:
            assert fault.attribute is not None
            path = Path(fault.attribute)
            assert path.is_relative_to(folder / name), fault
            assert not FOREIGN.search(str(fault)), fault
            if path == file:
                named = re.match(r"(\w+)|\[", fault.message)
                whole = re.match(r"unknown key|is not |cannot be read", fault.message)
                known = named is not None and named[0] in describe_schema()["properties"]
                assert whole or known, fault


@pytest.mark.parametrize("name", NAMES)
def test_shipped_descriptions_load_among_stubs(folders: dict[str, Path], name: str) -> None:
    (folders[name] / name / "component.yaml").write_text(TEXTS[name])
    assert name in load_catalogue(folders[name])


@MUTATIONS
@given(data=st.data())
def test_any_change_of_a_value_or_key(folders: dict[str, Path], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    document = copy.deepcopy(yaml.safe_load(TEXTS[name]))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([p for p in places(document) if p]))
        node, key = parent(document, path)
        change = data.draw(st.sampled_from(["replace", "drop", "add"]))
        if change == "replace":
            node[key] = data.draw(VALUES)  # type: ignore[index]
        elif change == "drop":
            del node[key]  # type: ignore[attr-defined]
        elif isinstance(node, dict):
            node[data.draw(st.text(max_size=6))] = data.draw(VALUES)
        if not document:
            break
    check(folders[name], name, yaml.dump(document, allow_unicode=True))


@MUTATIONS
@given(data=st.data())
def test_any_change_of_the_text(folders: dict[str, Path], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    text = TEXTS[name]
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 12)))
    inserted = data.draw(
        st.one_of(
            st.text(max_size=4),
            st.sampled_from(
                ["!!set", "!!binary x", "&a", "*a", "<<: ", "- ", ": ", "\t", '"', "{"]
            ),
        )
    )
    check(folders[name], name, text[:start] + inserted + text[end:])
