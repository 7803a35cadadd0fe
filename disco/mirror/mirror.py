"""A folder with the downloads of frameworks, for any web server to serve.

``files/`` has archives, verified against the digests that components pin; ``pypi/`` has
Python packages and those they require. Files that are already there are not downloaded
again, and a transfer that broke is resumed, also in the next run. A download that fails
is recorded, and does not stop the others.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from disco.components.loader import Catalogue
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.heat.template.software import Download, downloads, requirements, user_requirements
from disco.mirror.download import Fetcher, Progress
from disco.user_packages import UserPackages

FILES, PACKAGES = "files", "pypi"
#: what clusters have whose users do not say anything
DEFAULT = UserPackages()
#: oldest first: pip takes a wheel that fits any of them
_PLATFORMS = ("manylinux1", "manylinux2010", "manylinux2014", "manylinux_2_17", "manylinux_2_28")
#: the Python that this runs in
OWN_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_PYTHON = re.compile(r"3\.\d{1,2}")


@dataclass(frozen=True)
class Item:
    """The downloads of one version of a component."""

    component: str
    version: str
    files: tuple[Download, ...]
    packages: tuple[str, ...]

    @property
    def name(self) -> str:
        """Component and version, e.g. ``dask 2026.8.0``."""
        return f"{self.component} {self.version}"


@dataclass(frozen=True)
class Failure:
    """A download that failed, and why."""

    name: str
    reason: str


def items(
    catalogue: Catalogue,
    frameworks: Sequence[str],
    all_versions: bool = False,
    users: UserPackages = DEFAULT,
) -> list[Item]:
    """The downloads of frameworks, of the components that they require, and of ``users``.

    Raises:
        InvalidRequest: a framework is unknown.
    """
    values = check_properties(catalogue, {}, {}).values
    names = frameworks or catalogue.frameworks
    plan = resolve_plan(catalogue, dict.fromkeys(names, ""), values)
    wanted = []
    for component in plan.components.values():
        versions = component.versions if all_versions else component.versions[:1]
        for version in versions:
            item = Item(
                component.name,
                version,
                downloads(component, version),
                user_requirements(component, version, users) or requirements(component, version),
            )
            if item.files or item.packages:
                wanted.append(item)
    jars = tuple(Download(jar.file, jar.sha512, jar.urls) for jar in users.jars)
    return [*wanted, Item("libraries", "of users", jars, ())] if jars else wanted


def check_python(version: str) -> str:
    """The version of Python, such as 3.11.

    Raises:
        ValueError: it is not one.
    """
    if not _PYTHON.fullmatch(version):
        raise ValueError(f'Invalid Python version "{version}". Use one such as 3.11.')
    return version


class Mirror:
    """Downloads to a folder."""

    def __init__(
        self,
        folder: Path,
        progress: Progress = print,
        pause: float = 2.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """The nth retry waits n times ``pause`` seconds; ``environment`` is pip's."""
        self.files = folder / FILES
        self.packages = folder / PACKAGES
        self.failures: list[Failure] = []
        self._progress = progress
        self._environment = dict(os.environ if environment is None else environment)
        self._fetcher = Fetcher(progress, pause)

    def fill(self, wanted: Sequence[Item], pythons: Sequence[str]) -> None:
        """Download all items; ``failures`` has those that failed afterwards."""
        digests: dict[str, str] = {}
        for item in wanted:
            for download in item.files:
                pinned = digests.setdefault(download.file, download.sha512)
                if pinned != download.sha512:
                    self._failed(download.file, "two components pin different digests for it")
                else:
                    self._file(f"{item.name}: {download.file}", download)
        for item in wanted:
            for python in pythons if item.packages else ():
                self._wheels(item, python)
        if any(item.packages for item in wanted):
            self._index()

    def _failed(self, name: str, reason: str) -> None:
        self._progress(f"{name}: FAILED: {reason}")
        self.failures.append(Failure(name, reason))

    def _file(self, name: str, download: Download) -> None:
        error = self._fetcher.fetch(name, download, self.files / download.file)
        if error is not None:
            self._failed(name, error)

    def _wheels(self, item: Item, python: str) -> None:
        name = f"{item.name}: packages for Python {python}"
        self.packages.mkdir(parents=True, exist_ok=True)
        folder = str(self.packages)
        dry = ["install", "--dry-run", "--ignore-installed", "--no-index", "--find-links", folder]
        wheel = ["wheel", "--wheel-dir", folder, "--find-links", folder]
        exact, command = _pip(python)
        target = [] if exact else _target(python)
        if not exact:
            dry += [*target, "--target", folder]
        if self._run([*command, *dry, *item.packages], alone=True) is None:
            self._progress(f"{name}: already there")
            return
        self._progress(f"{name}: {' '.join(item.packages)}")
        if exact:
            error = self._run([*command, *wheel, *item.packages])
        else:
            download = ["download", "--dest", folder, "--find-links", folder, *target]
            error = self._run([*command, *download, *item.packages])
            # a package without wheels may be pure Python, and its wheel from here fits then
            if error and not self._run([*command, *wheel, "--no-deps", *item.packages]):
                error = self._run([*command, *download, *item.packages])
        if error is None:
            self._progress(f"{name}: done")
        else:
            self._failed(name, error)

    def _run(self, command: Sequence[str], alone: bool = False) -> str | None:
        """Run pip; returns None if it succeeds, else its last errors.

        ``alone``: pip uses only the sources in the command.
        """
        environment = self._environment
        if alone:
            environment = {n: v for n, v in environment.items() if not n.startswith("PIP_")}
            environment["PIP_CONFIG_FILE"] = os.devnull
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        return " ".join(errors[-2:]) or f"{command[0]} ended with status {done.returncode}"

    def _index(self) -> None:
        """Write a page with links, for web servers that do not list folders."""
        names = sorted(p.name for p in self.packages.iterdir() if _is_package(p))
        links = "".join(f'<a href="{quote(n)}">{html.escape(n)}</a><br>\n' for n in names)
        fresh = self.packages / ".index.html.new"
        fresh.write_text(
            '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Python packages</title>'
            f"</head><body>\n{links}</body></html>\n"
        )
        fresh.replace(self.packages / "index.html")


def _is_package(path: Path) -> bool:
    return path.name.endswith((".whl", ".tar.gz", ".zip"))


def _pip(python: str) -> tuple[bool, list[str]]:
    """A pip for a version of Python, and whether it runs in that version."""
    quiet = ["-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    if python == OWN_PYTHON:
        return True, [sys.executable, *quiet]
    executable = shutil.which(f"python{python}")
    if executable:
        probe = subprocess.run(
            [executable, "-m", "pip", "--version"], capture_output=True, check=False
        )
        if probe.returncode == 0:
            return True, [executable, *quiet]
    return False, [sys.executable, *quiet]


def _target(python: str) -> list[str]:
    """Options of pip for a Python that is not installed here, which can only take wheels."""
    machine = os.uname().machine
    options = ["--only-binary=:all:", "--python-version", python, "--implementation", "cp"]
    for platform in (*(f"{p}_{machine}" for p in _PLATFORMS), f"linux_{machine}"):
        options += ["--platform", platform]
    return options
