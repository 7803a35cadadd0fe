"""The script that puts frameworks into an image, with the nodes' own install step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue, load_catalogue
from disco.components.models import Component
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.data_files import data_dir
from disco.heat.template.bash_text import function
from disco.heat.template.jinja_environment import Names, Templates
from disco.heat.template.software import component_facts, software
from disco.heat.template.user_data import SHELL
from disco.heat.template.user_steps import PACKAGES, added_packages
from disco.user_packages import UserPackages

_HEAD = """#!/bin/bash
# Run as root in the root file system of an image. What it installs is written to
# /etc/disco/manifest.json, so that nodes need not install it again.
set -euo pipefail
"""
# an image carries software, and no log of how it got there
_PREPARE = """
log() { echo "$*"; }
disco_user
mkdir -p "$DISCO_OPT" "$DISCO_ETC"
"""


def bake_script(frameworks: Sequence[str] | None = None, folder: Path | None = None) -> str:
    """Bash that installs frameworks in the default version of each, requirements first.

    Args:
        frameworks: names; None for all that are not of the base.
        folder: where the components are; None for DISCO's own.

    Raises:
        InvalidRequest: there is no such framework.
        ComponentError: an install template asks for what only a cluster has.
    """
    catalogue = load_catalogue(folder or data_dir() / "frameworks")
    return script(catalogue, catalogue.frameworks if frameworks is None else frameworks)


def script(catalogue: Catalogue, frameworks: Sequence[str]) -> str:
    """Like ``bake_script``, with a catalogue that was loaded."""
    values = check_properties(catalogue, {}, {}).values
    plan = resolve_plan(catalogue, dict.fromkeys(frameworks, "installed"), values)
    templates = Templates(catalogue, "image")
    # what every cluster has that does not decline it
    users = UserPackages.of(values[PACKAGES])
    parts = [_HEAD, plan.components[SHELL].templates["software.sh"], _PREPARE]
    for step in plan.steps:
        component = plan.components[step.component]
        if component.base or step.state != component.states[0]:
            continue
        text = _install(component, plan, values[component.name], templates)
        if text:
            name = f"install_{component.name}"
            version = plan.versions[component.name]
            parts.append(function(name, text))
            parts.append(f"disco_install {component.name} {version} {name}\n")
            parts.append(added_packages(component, version, users))
    return "\n".join(parts)


def _install(
    component: Component, plan: InstallPlan, values: Mapping[str, object], templates: Templates
) -> str:
    """What the roles install, each snippet once: one image serves both roles."""
    others = {
        name: Names(component_facts(c, plan.versions))
        for name, c in plan.components.items()
        if name != component.name
    }
    context = {
        "component": component_facts(component, plan.versions),
        **software(component, plan.versions.get(component.name, "")),
        "properties": Names(values),
        "others": Names(others),
    }
    snippets = [
        templates.file(component.name, role.install, context)
        for _, role in sorted(component.roles.items())
        if role.install is not None
    ]
    return "\n".join(f"(\n{text}\n)" for text in dict.fromkeys(snippets))
