"""The steps of a node's script that install what users want beside the frameworks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from disco.components.models import Component, Role
from disco.heat.template.bash_text import function, here_document
from disco.heat.template.software import HOME, user_requirements
from disco.heat.template.template_context import Contexts
from disco.user_packages import UserPackages

#: the component that has the properties, and that the steps are named after
PACKAGES = "packages"
#: a step's name after the component's, and its body
UserStep = tuple[str, str]


def added_packages(component: Component, version: str, wanted: UserPackages) -> str:
    """Bash that installs what users want in the component's environment; empty for nothing."""
    packages = user_requirements(component, version, wanted)
    return f"disco_add {HOME}/{component.name} {shlex.join(packages)}\n" if packages else ""


class UserSteps:
    """What of a request's packages is installed on nodes of one role, and when."""

    def __init__(self, contexts: Contexts, role: Role) -> None:
        self._plan = contexts.plan
        self._role = role
        self._wanted = UserPackages.of(contexts.spec.properties.get(PACKAGES, {}))

    @property
    def libraries(self) -> list[str]:
        """The files of functions that there must be for more than what apt and pip install."""
        wanted = self._wanted
        names = ["environment.sh"] if wanted.environment else []
        return [*names, "packages.sh"] if wanted.bootstrap or wanted.jars else names

    @property
    def script_bytes(self) -> int:
        """Of the user's own script, if it is in user data."""
        bootstrap = self._wanted.bootstrap
        return len(bootstrap.text.encode()) if bootstrap else 0

    @property
    def exports(self) -> str:
        """The variables, for what the script itself starts."""
        pairs = self._wanted.environment.items()
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in pairs)

    def before(self) -> Iterator[UserStep]:
        """What comes before the frameworks."""
        wanted = self._wanted
        if wanted.environment:
            pairs = [f"{name}={value}" for name, value in wanted.environment.items()]
            yield "environment", f"disco_environment {shlex.join(pairs)}\n"
        if wanted.apt:
            yield "apt", f"apt_install {shlex.join(wanted.apt)}\n"
        if wanted.early:
            yield from self._bootstrap()

    def after(self, component: Component) -> Iterator[UserStep]:
        """What comes when a component is installed, and before its daemons start."""
        role = component.roles.get(self._role)
        if role is None or role.install is None:
            return
        home = f"{HOME}/{component.name}"
        version = self._plan.versions.get(component.name, "")
        if text := added_packages(component, version, self._wanted):
            yield f"pip-{component.name}", text
        if component.user_jars is not None and self._wanted.jars:
            yield f"jars-{component.name}", "".join(self._jars(f"{home}/{component.user_jars}"))

    def _jars(self, folder: str) -> Iterator[str]:
        for jar in self._wanted.jars:
            yield f"disco_jar {shlex.join([jar.file, jar.sha512, *jar.urls])}\n"
            yield f'ln -sfn /opt/disco/jars/{jar.file} "$DISCO_ROOT{folder}/{jar.file}"\n'

    def last(self) -> Iterator[UserStep]:
        """What comes when the frameworks run."""
        if not self._wanted.early:
            yield from self._bootstrap()

    @property
    def joining(self) -> str:
        """What a worker does that joins a cluster to which packages were added."""
        if self._role == "master":
            return ""
        body = 'local -a words\nread -ra words <<<"$DISCO_JOINS"\ndisco_added "${words[@]}"\n'
        call = f"[[ $DISCO_JOINS != *:* ]] || disco_step {PACKAGES}:added step_packages_added\n"
        return function("step_packages_added", body) + call

    def _bootstrap(self) -> Iterator[UserStep]:
        bootstrap = self._wanted.bootstrap
        if bootstrap is None:
            return
        place = "/var/lib/disco/bootstrap"
        file = f'"$DISCO_ROOT{place}"'
        if bootstrap.url:
            text = f"fetch {place} {shlex.join([bootstrap.sha512, bootstrap.url])}\n"
        else:
            text = f"install -D -m 0700 /dev/stdin {file} {here_document(bootstrap.text)}"
        yield "bootstrap", f"{text}disco_bootstrap {file}\n"
