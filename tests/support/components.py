"""Components made by tests."""

from collections.abc import Iterable
from pathlib import Path

from disco.components.loader import Catalogue
from disco.components.models import Component, Requirement
from disco.components.values import Property


def component(
    name: str,
    needs: Iterable[str | Requirement] = (),
    properties: Iterable[Property] = (),
    versions: tuple[str, ...] = ("1.0", "0.9"),
) -> Component:
    """A framework whose state ``ready`` needs others ready."""
    requirements = tuple(
        n if isinstance(n, Requirement) else Requirement(component=n) for n in needs
    )
    return Component(
        schema_version=1,
        name=name,
        title=name.title(),
        description="",
        folder=Path(name),
        versions=versions,
        properties={p.name: p for p in properties},
        requires={
            "installed": (Requirement(component="shell", state="start"),),
            "ready": requirements,
        },
    )


def base(name: str, properties: Iterable[Property] = (), **requires: Requirement) -> Component:
    """A component of the base with the states ``start`` and ``end``."""
    return Component(
        schema_version=1,
        name=name,
        title="",
        description="",
        folder=Path(name),
        base=True,
        states=("start", "end"),
        properties={p.name: p for p in properties},
        requires={state: (requirement,) for state, requirement in requires.items()},
    )


def catalogue(*components: Component, heat: Iterable[Property] = ()) -> Catalogue:
    """These components and the base."""
    return Catalogue(
        [
            base("heat", heat, end=Requirement(component="shell", state="end")),
            base("shell", start=Requirement(component="heat", state="start")),
            *components,
        ]
    )
