"""Reads component folders into a ``Catalogue``.

Everything is read and checked here, once, so that resolving and rendering do
no I/O and an operator learns all faults of all folders at the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ValidationError

from disco.attributes import component_attribute
from disco.components.description_faults import list_faults
from disco.components.expressions import find_template_faults, variable_name
from disco.components.fields import FolderContext, quote
from disco.components.models import FOLDER_KEY, STATES, TEMPLATES_KEY, Component
from disco.components.values import Property
from disco.errors import ComponentError, Fault

DESCRIPTION_FILE = "component.yaml"
_TEMPLATE_SUFFIXES = (".j2", ".sh")
#: What YAML's constructors raise for values such as the date 2026-99-99 or a number of
#: five thousand digits, beside errors of their own.
_YAML_ERRORS = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError)


class Catalogue(Mapping[str, Component]):
    """All components by name, in the order of their names."""

    def __init__(self, components: Iterable[Component]) -> None:
        self._components = {c.name: c for c in sorted(components, key=lambda c: c.name)}

    def __getitem__(self, name: str) -> Component:
        return self._components[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._components)

    def __len__(self) -> int:
        return len(self._components)

    def properties(self) -> dict[str, Property]:
        """Every property by the name of its OCCI attribute."""
        return {
            component_attribute(component.name, prop.name): prop
            for component in self.values()
            for prop in component.properties.values()
        }

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Names of the components that a request can ask for."""
        return tuple(name for name, c in self.items() if not c.base)


#: libyaml's, where there is one: every start of the service reads all descriptions
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


#: what is not text, by its first characters: whole numbers as JSON has them, truth values, nothing
_TYPES = (
    ("tag:yaml.org,2002:bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", "[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("tag:yaml.org,2002:null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:merge", "<<", "<"),
)


class _StrictLoader(_Loader):  # type: ignore[misc]
    """YAML in which a key occurs once, and 010, 1_000, 1.10 and dates are the text written."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {quote(key)} is not text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {quote(key)} occurs twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


for _tag, _form, _first in _TYPES:
    _whole = re.compile(rf"(?:{_form})\Z")
    _StrictLoader.add_implicit_resolver(_tag, _whole, _first)


@dataclass(frozen=True)
class _Folder:
    """A component's folder as read, before it is checked."""

    path: Path
    document: Mapping[str, Any]
    templates: Mapping[str, str]

    @property
    def file(self) -> str:
        return str(self.path / DESCRIPTION_FILE)

    @property
    def name(self) -> str:
        return _get(self.document, "name", str) or self.path.name

    @property
    def states(self) -> tuple[str, ...] | None:
        """The states that it has; None when its description does not tell."""
        if self.document.get("base") is True:
            return _get_texts(self.document, "states")
        return STATES if self.document else None


def load_catalogue(folder: Path | Sequence[Path]) -> Catalogue:
    """Load every component below one folder or several.

    Raises:
        ComponentError: with one Fault for everything that is wrong; its
            ``attribute`` is the file, its message names the key.
    """
    faults: list[Fault] = []
    places = _list_folders([folder] if isinstance(folder, Path) else folder, faults)
    folders = [_read_folder(place, faults) for place in places]
    known = {f.name: f.states for f in folders} | {f.path.name: f.states for f in folders}
    components: dict[str, Component] = {}
    for each in folders:
        component = _build_component(each, known, faults)
        if component is None:
            continue
        if component.name in components:
            other = components[component.name].folder
            faults.append(
                _fault(each.file, f"name: {quote(component.name)} is declared in {other} as well")
            )
            continue
        components[component.name] = component
    if faults:
        # one a line: an operator goes through them file by file
        lines = "\n  ".join(map(str, faults))
        message = lines if len(faults) == 1 else f"{len(faults)} faults in components:\n  {lines}"
        raise ComponentError(message, faults=faults, hint="see docs/components.md")
    return Catalogue(components.values())


def _fault(file: str | Path, message: str, allowed: str | None = None) -> Fault:
    return Fault(str(file), message, allowed, code="component")


def _list_folders(folders: Iterable[Path], faults: list[Fault]) -> list[Path]:
    places: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            faults.append(_fault(folder, "is not a folder"))
            continue
        places += [
            place
            for place in sorted(folder.iterdir())
            if place.is_dir() and not place.name.startswith((".", "_"))
        ]
    return places


def _read_folder(place: Path, faults: list[Fault]) -> _Folder:
    """Read a component's files; its document is empty when it cannot be read."""
    document = _read_document(place / DESCRIPTION_FILE, faults)
    return _Folder(place, document, _read_templates(place, faults))


def _read_document(file: Path, faults: list[Fault]) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=_StrictLoader)  # nosec B506  # a SafeLoader
    except OSError as error:
        faults.append(_fault(file, f"cannot be read: {error.strerror}"))
        return {}
    except UnicodeDecodeError:
        faults.append(_fault(file, "is not UTF-8 text"))
        return {}
    except _YAML_ERRORS as error:
        faults.append(_fault(file, f"is not valid YAML: {_describe_yaml_error(error)}"))
        return {}
    if not isinstance(document, dict) or not document:
        faults.append(_fault(file, "is not a mapping of keys to values"))
        return {}
    return document


def _describe_yaml_error(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return " ".join(str(error).split()) or "a value cannot be read"
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', '')}"


def _read_templates(place: Path, faults: list[Fault]) -> dict[str, str]:
    templates = {}
    for path in sorted(place.rglob("*")):
        if path.suffix not in _TEMPLATE_SUFFIXES or not path.is_file():
            continue
        try:
            templates[path.relative_to(place).as_posix()] = path.read_text(encoding="utf-8")
        except OSError as error:
            faults.append(_fault(path, f"cannot be read: {error.strerror}"))
        except UnicodeDecodeError:
            faults.append(_fault(path, "is not UTF-8 text"))
    return templates


def _build_component(
    folder: _Folder, known: Mapping[str, tuple[str, ...] | None], faults: list[Fault]
) -> Component | None:
    """Check a folder; None with at least one fault added, unless it is added already."""
    context = _make_context(folder, known)
    for path, text in folder.templates.items():
        if path.endswith(".j2"):
            for message, allowed in find_template_faults(text, context.template_names):
                faults.append(_fault(folder.path / path, message, allowed))
    if not folder.document:
        return None
    declared = {**folder.document, FOLDER_KEY: folder.path, TEMPLATES_KEY: dict(folder.templates)}
    try:
        return Component.model_validate(declared, context=context, by_name=False)
    except ValidationError as error:
        faults.extend(list_faults(folder.file, error))
        return None


def _make_context(folder: _Folder, known: Mapping[str, tuple[str, ...] | None]) -> FolderContext:
    """Collect what the checks look up, from a description that may be wrong anywhere."""
    document = folder.document
    properties = document.get("properties", {})
    known_properties = bool(document) and isinstance(properties, dict)
    declared = dict(properties) if known_properties else {}
    if document.get("versions"):
        declared["version"] = {}
    keys = {name: name.removesuffix(".*") for name in declared}
    secrets = {n for n, d in declared.items() if isinstance(d, dict) and d.get("type") == "secret"}
    usable = frozenset(key for name, key in keys.items() if name not in secrets)
    return FolderContext(
        folder_name=folder.path.name,
        keys=frozenset(document),
        states=folder.states,
        versions=_get_texts(document, "versions"),
        variables=frozenset(map(variable_name, keys.values())) if known_properties else None,
        property_names=frozenset(declared) if known_properties else None,
        template_names=usable if known_properties else None,
        templates=frozenset(folder.templates),
        components=known,
    )


def _get(document: Mapping[str, Any], key: str, kind: type) -> Any:
    value = document.get(key)
    return value if isinstance(value, kind) else None


def _get_texts(document: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    values = _get(document, key, list) or []
    return tuple(values) if values and all(isinstance(v, str) for v in values) else None
