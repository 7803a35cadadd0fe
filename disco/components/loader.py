"""Reads component folders into a ``Catalogue``.

Everything is read and checked here, once, so that resolving and rendering do
no I/O and an operator learns all faults of a folder at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from disco.attributes import (
    component_attribute,
)
from disco.components import build, values
from disco.components.conditions import FRAMEWORKS, WORKERS
from disco.components.expressions import names_in, parse_template, variable
from disco.components.model import Component, Property, RolePlan
from disco.components.schema import SCHEMA
from disco.errors import ComponentError, Fault

#: Where clients set properties; the component's and the property's name follow.
DESCRIPTION_FILE = "component.yaml"
_TEMPLATE_SUFFIXES = (".j2", ".sh")
_VALIDATOR = Draft202012Validator(SCHEMA)


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


class _StrictLoader(_Loader):  # type: ignore[misc]
    """YAML in which a key may stand once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is no text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def load_catalogue(folder: Path | Sequence[Path]) -> Catalogue:
    """Load every component below one folder or several.

    Raises:
        ComponentError: with one Fault for everything that is wrong; its
            ``attribute`` is the file, its message names the key.
    """
    folders = [folder] if isinstance(folder, Path) else list(folder)
    faults: list[Fault] = []
    components: dict[str, Component] = {}
    for place in _component_folders(folders, faults):
        component = _load(place, faults)
        if component is None:
            continue
        if component.name in components:
            other = components[component.name].folder
            _fault(faults, place, f"name: {component.name!r} is already declared in {other}")
            continue
        components[component.name] = component
    for component in components.values():
        _check_requirements(component, components, faults)
    if faults:
        raise ComponentError(
            "; ".join(str(f) for f in faults), faults=faults, hint="see docs/components.md"
        )
    return Catalogue(components.values())


def _fault(faults: list[Fault], place: Path, message: str) -> None:
    faults.append(Fault(str(place / DESCRIPTION_FILE), message, code="component"))


def _component_folders(folders: Iterable[Path], faults: list[Fault]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            faults.append(Fault(str(folder), "is not a folder", code="component"))
            continue
        for place in sorted(folder.iterdir()):
            if place.is_dir() and not place.name.startswith((".", "_")):
                yield place


def _load(place: Path, faults: list[Fault]) -> Component | None:
    """One component, or None with at least one fault added."""
    try:
        text = (place / DESCRIPTION_FILE).read_text(encoding="utf-8")
        document = yaml.load(text, Loader=_StrictLoader)
    except OSError as error:
        _fault(faults, place, f"cannot be read: {error.strerror}")
        return None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        _fault(faults, place, f"is not YAML: {' '.join(str(error).split())}")
        return None
    errors = sorted(_VALIDATOR.iter_errors(document), key=lambda e: e.json_path)
    for found in errors:
        _fault(faults, place, f"{found.json_path.removeprefix('$.')}: {found.message}")
    if errors:
        return None
    before = len(faults)
    templates = _read_templates(place, faults)
    component = build.component(document, place, templates)
    for message in _check(component, document):
        _fault(faults, place, message)
    return component if len(faults) == before else None


def _read_templates(place: Path, faults: list[Fault]) -> dict[str, str]:
    templates = {}
    for path in sorted(place.rglob("*")):
        if path.suffix not in _TEMPLATE_SUFFIXES or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(str(path), f"cannot be read: {error}", code="component"))
            continue
        templates[path.relative_to(place).as_posix()] = text
        wrong = parse_template(text) if path.suffix == ".j2" else None
        if wrong:
            faults.append(Fault(str(path), f"is no Jinja template: {wrong}", code="component"))
    return templates


def _check(component: Component, document: Mapping[str, Any]) -> Iterator[str]:
    """What the schema cannot see within one component."""
    if component.name != component.folder.name:
        yield f"name: {component.name!r} is not the folder's name"
    yield from _check_states(component, document)
    yield from _check_software(component)
    for prop in component.properties.values():
        for message in values.check_declaration(prop):
            yield f"properties.{prop.name}: {message}"
    if component.versions and "version" in component.properties:
        declared = document.get("properties", {})
        if "version" in declared:
            yield "properties.version: is made from `versions`, it cannot be declared"
    for key, template in _referenced(component):
        if template not in component.templates:
            yield f"{key}: there is no template {template!r} in the folder"
    for key, text in _inline(component):
        wrong = parse_template(text)
        if wrong:
            yield f"{key}: is no Jinja template: {wrong}"


def _check_states(component: Component, document: Mapping[str, Any]) -> Iterator[str]:
    if component.base and "states" not in document:
        yield "states: a base component declares its states"
    if not component.base and "states" in document:
        yield f"states: only base components declare them; others have {build.STATES}"
    if not component.base and not component.versions:
        yield "versions: at least one is needed"
    variables = {variable(p.key) for p in component.properties.values()}
    for state, requirements in component.requires.items():
        if state not in component.states:
            yield f"requires.{state}: is none of the states {', '.join(component.states)}"
        for requirement in requirements:
            yield from _check_when(f"requires.{state}", requirement.when, variables)
    for key, plan in _roles(component):
        for daemon in plan.daemons:
            where = f"{key}.daemons.{daemon.name}"
            yield from _check_when(where, daemon.when, variables | {FRAMEWORKS})
    for port in component.ports:
        yield from _check_when(f"ports.{port.port}", port.when, variables | {FRAMEWORKS})
    if component.scale_in:
        known = variables | {FRAMEWORKS, WORKERS}
        yield from _check_when("scale_in.keep", component.scale_in.keep, known)
        yield from _check_when("scale_in.least", component.scale_in.least, known)


def _check_when(where: str, when: str | None, variables: set[str]) -> Iterator[str]:
    if when is None:
        return
    key = f"{where}: when {when!r}"
    try:
        unknown = names_in(when) - variables
    except ValueError as error:
        yield f"{key}: {error}"
    else:
        if unknown:
            yield f"{key}: no property is called {', '.join(sorted(unknown))}"


def _check_software(component: Component) -> Iterator[str]:
    for number, artifact in enumerate(component.artifacts):
        key = f"artifacts[{number}]"
        for text in (artifact.file, *artifact.sources):
            wrong = parse_template(text)
            if wrong:
                yield f"{key}: is no Jinja template: {wrong}"
        if set(artifact.sha512) != set(component.versions):
            known = ", ".join(component.versions)
            yield f"{key}.sha512: one digest for each version is needed ({known})"
    for text in component.python:
        wrong = parse_template(text)
        if wrong:
            yield f"python: is no Jinja template: {wrong}"


def _roles(component: Component) -> Iterator[tuple[str, RolePlan]]:
    for role, plan in component.roles.items():
        yield f"roles.{role}", plan


def _referenced(component: Component) -> Iterator[tuple[str, str]]:
    for key, plan in _roles(component):
        for name in ("install", "configure"):
            template = getattr(plan, name)
            if template is not None:
                yield f"{key}.{name}", template
        for number, file in enumerate(plan.files):
            yield f"{key}.files[{number}]", file.template
    if component.smoke:
        yield "smoke.script", component.smoke.script
    if component.scale_in and component.scale_in.script:
        yield "scale_in.script", component.scale_in.script


def _inline(component: Component) -> Iterator[tuple[str, str]]:
    for key, plan in _roles(component):
        probes = [*plan.ready, *(d.ready for d in plan.daemons if d.ready)]
        for probe in probes:
            for text in (probe.http, probe.tcp, probe.command, probe.expect):
                if text:
                    yield f"{key}.ready", text
        for daemon in plan.daemons:
            yield f"{key}.daemons.{daemon.name}.exec", daemon.exec
            if daemon.first is not None:
                yield f"{key}.daemons.{daemon.name}.first", daemon.first
            for name, text in daemon.environment.items():
                yield f"{key}.daemons.{daemon.name}.environment.{name}", text


def _check_requirements(
    component: Component, components: Mapping[str, Component], faults: list[Fault]
) -> None:
    for state, requirements in component.requires.items():
        for requirement in requirements:
            key = f"requires.{state}: {requirement.component}"
            target = components.get(requirement.component)
            if target is None:
                known = ", ".join(sorted(components))
                _fault(faults, component.folder, f"{key}: no such component (there are: {known})")
            elif requirement.state is not None and requirement.state not in target.states:
                known = ", ".join(target.states)
                message = f"{key} has no state {requirement.state!r} (it has: {known})"
                _fault(faults, component.folder, message)
