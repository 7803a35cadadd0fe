"""Turns a ``component.yaml`` that its schema has accepted into a ``Component``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from disco.components.model import (
    Artifact,
    Component,
    Daemon,
    FileTemplate,
    Port,
    Probe,
    Property,
    Requirement,
    Resources,
    Role,
    RolePlan,
    ScaleIn,
    Smoke,
)

#: States of every component that is not of the base.
STATES = ("installed", "configured", "ready")


def component(document: Mapping[str, Any], folder: Path, templates: Mapping[str, str]) -> Component:
    """The component that ``document`` describes."""
    properties = {n: _property(n, d) for n, d in document.get("properties", {}).items()}
    versions = tuple(document.get("versions", ()))
    if versions and "version" not in properties:
        properties["version"] = Property(
            "version", "enum", "The version to install.", values=versions
        )
    return Component(
        name=document["name"],
        title=document["title"],
        description=document["description"],
        folder=folder,
        states=tuple(document.get("states", STATES)),
        versions=versions,
        base=document.get("base", False),
        java=document.get("java"),
        artifacts=tuple(_artifact(a) for a in document.get("artifacts", ())),
        python=tuple(document.get("python", ())),
        properties=MappingProxyType(dict(sorted(properties.items()))),
        requires=MappingProxyType(
            {
                state: tuple(Requirement(**r) for r in requirements)
                for state, requirements in document.get("requires", {}).items()
            }
        ),
        roles=MappingProxyType(
            {cast(Role, name): _role(d) for name, d in document.get("roles", {}).items()}
        ),
        ports=tuple(Port(**p) for p in document.get("ports", ())),
        resources=MappingProxyType(
            {
                cast(Role, name): Resources(**claim)
                for name, claim in document.get("resources", {}).items()
            }
        ),
        smoke=Smoke(**document["smoke"]) if "smoke" in document else None,
        scale_in=ScaleIn(**document["scale_in"]) if "scale_in" in document else None,
        templates=MappingProxyType(dict(templates)),
    )


def _artifact(declared: Mapping[str, Any]) -> Artifact:
    return Artifact(
        declared["file"], tuple(declared["sources"]), MappingProxyType(dict(declared["sha512"]))
    )


def _property(name: str, declared: Mapping[str, Any]) -> Property:
    given = dict(declared)
    default = given.pop("default", None)
    if isinstance(default, bool):
        default = str(default).lower()
    return Property(
        name,
        default=None if default is None else str(default),
        minimum=given.pop("min", None),
        maximum=given.pop("max", None),
        values=tuple(given.pop("values", ())),
        **given,
    )


def _role(declared: Mapping[str, Any]) -> RolePlan:
    return RolePlan(
        install=declared.get("install"),
        files=tuple(FileTemplate(**f) for f in declared.get("files", ())),
        configure=declared.get("configure"),
        daemons=tuple(_daemon(d) for d in declared.get("daemons", ())),
        ready=tuple(Probe(**p) for p in declared.get("ready", ())),
    )


def _daemon(declared: Mapping[str, Any]) -> Daemon:
    given = dict(declared)
    ready = given.pop("ready", None)
    first = given.pop("first", None)
    environment = {n: str(v) for n, v in given.pop("environment", {}).items()}
    return Daemon(
        ready=Probe(**ready) if ready else None,
        environment=MappingProxyType(environment),
        first=None if first is None else str(first),
        **given,
    )
