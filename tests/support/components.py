"""Components made by tests."""

from collections.abc import Iterable
from pathlib import Path

from disco.components.loader import Catalogue
from disco.components.model import Component, Property, Requirement

STATES = ("installed", "configured", "ready")


def component(
    name: str,
    needs: Iterable[str | Requirement] = (),
    properties: Iterable[Property] = (),
    versions: tuple[str, ...] = ("1.0", "0.9"),
) -> Component:
    """A framework whose state ``ready`` needs others ready."""
    requirements = tuple(n if isinstance(n, Requirement) else Requirement(n) for n in needs)
    version = Property("version", "enum", values=versions)
    return Component(
        name,
        name.title(),
        "",
        Path(name),
        STATES,
        versions=versions,
        properties={p.name: p for p in (*properties, version)},
        requires={"installed": (Requirement("shell", "start"),), "ready": requirements},
    )


def catalogue(*components: Component, heat: Iterable[Property] = ()) -> Catalogue:
    """These components and the base."""
    base = [
        Component(
            "heat",
            "",
            "",
            Path("heat"),
            ("start", "end"),
            base=True,
            properties={p.name: p for p in heat},
            requires={"end": (Requirement("shell", "end"),)},
        ),
        Component(
            "shell",
            "",
            "",
            Path("shell"),
            ("start", "end"),
            base=True,
            requires={"start": (Requirement("heat", "start"),)},
        ),
    ]
    return Catalogue([*base, *components])
