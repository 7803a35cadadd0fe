"""What of a request's packages cannot be on a cluster of its frameworks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from disco.attributes import ENVIRONMENT_PREFIX, JARS, PIP
from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue
from disco.errors import Fault
from disco.heat.template.software import requirements
from disco.user_packages import list_variable_faults, parse_jars, parse_pip


def list_package_faults(
    catalogue: Catalogue, values: Mapping[str, object], plan: InstallPlan | None
) -> Iterator[Fault]:
    """Faults of variables, and of packages that no framework of the cluster has a place for.

    Args:
        catalogue: all components.
        values: the checked properties of the component ``packages``.
        plan: what is installed; None where that is unknown.
    """
    variables = values.get("environment")
    names = list(variables) if isinstance(variables, Mapping) else []
    for name, message, allowed in list_variable_faults(names):
        yield Fault(f"{ENVIRONMENT_PREFIX}{name[:64]}", message, allowed, "bad-value")
    if plan is None:
        return
    pip, jars = parse_pip(str(values.get("pip") or "")), parse_jars(str(values.get("jars") or ""))
    components = [c for c in plan.components.values() if c.roles]
    if pip and not any(c.user_python for c in components):
        message = "no framework of the cluster runs Python of users"
        allowed = f"with {', '.join(n for n, c in catalogue.items() if c.user_python)}"
        yield Fault(PIP, message, allowed, "no-place")
    if jars and not any(c.user_jars for c in components):
        message = "no framework of the cluster takes Java libraries"
        allowed = f"with {', '.join(n for n, c in catalogue.items() if c.user_jars)}"
        yield Fault(JARS, message, allowed, "no-place")
    yield from _contradictions(pip, plan)


def _contradictions(pip: tuple[str, ...], plan: InstallPlan) -> Iterator[Fault]:
    """Other versions of what a framework is made of."""
    wanted = {canonicalize_name(r.name): r for r in map(Requirement, pip)}
    for component in plan.components.values():
        if not component.user_python:
            continue
        for text in requirements(component, plan.versions[component.name]):
            own = Requirement(text)
            asked = wanted.get(canonicalize_name(own.name))
            for pinned in (s.version for s in own.specifier if s.operator == "=="):
                if asked is not None and not asked.specifier.contains(pinned, prereleases=True):
                    message = f"{str(asked)!r} is not what {component.title} is made of"
                    allowed = f"{own.name}=={pinned}, or the version of {component.name}"
                    yield Fault(PIP, message, allowed, "version-conflict")
