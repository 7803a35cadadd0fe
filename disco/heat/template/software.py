"""What a component is installed from, for its install template and for mirrors."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from disco.components.expressions import render_text
from disco.components.models import Component
from disco.heat.template.jinja_environment import Names
from disco.user_packages import UserPackages, requirement_name

#: Where a component's software is on nodes.
HOME = "/opt/disco"


@dataclass(frozen=True)
class Download:
    """A file of a component in one version; ``sha512`` is hexadecimal."""

    file: str
    sha512: str
    urls: tuple[str, ...]


def component_facts(component: Component, versions: Mapping[str, str]) -> dict[str, object]:
    """The ``component`` of templates."""
    return {
        "name": component.name,
        "version": versions.get(component.name, ""),
        "home": f"{HOME}/{component.name}",
        "java": component.java,
    }


def downloads(component: Component, version: str) -> tuple[Download, ...]:
    """The files that the component in this version is installed from, in order.

    Raises:
        ComponentError: a template of them cannot be rendered.
    """
    names = {"component": component_facts(component, {component.name: version})}
    downloads = []
    for artifact in component.artifacts:
        file = render_text(artifact.file, names)
        folders = (render_text(source, names).rstrip("/") for source in artifact.sources)
        urls = tuple(f"{folder}/{file}" for folder in folders)
        downloads.append(Download(file, artifact.sha512[version], urls))
    return tuple(downloads)


def requirements(component: Component, version: str) -> tuple[str, ...]:
    """The Python packages that it is installed from, as pip wants them.

    Raises:
        ComponentError: a template of them cannot be rendered.
    """
    names = {"component": component_facts(component, {component.name: version})}
    return tuple(render_text(text, names) for text in component.python)


def user_requirements(component: Component, version: str, wanted: UserPackages) -> tuple[str, ...]:
    """What is in its environment for users' code; none where that does not run there.

    What it is made of itself is among it, so that nothing takes its place.

    Raises:
        ComponentError: a template of them cannot be rendered.
    """
    if not component.user_python:
        return ()
    names = {"component": component_facts(component, {component.name: version})}
    named = {requirement_name(text) for text in wanted.pip}
    added = [render_text(text, names) for text in component.user_python if wanted.datascience]
    # ray[data] is ray with more, and pinned as ray is
    added = [t for t in added if requirement_name(t) not in named or "==" in t]
    added += wanted.pip
    return (*requirements(component, version), *added) if added else ()


def software(component: Component, version: str) -> dict[str, object]:
    """``artifacts`` and ``python`` of templates; words are quoted for the shell."""
    return {
        "artifacts": [
            Names(
                {
                    "file": d.file,
                    "sha512": d.sha512,
                    "urls": list(d.urls),
                    "words": shlex.join([d.file, d.sha512, *d.urls]),
                }
            )
            for d in downloads(component, version)
        ],
        "python": shlex.join(requirements(component, version)),
    }
