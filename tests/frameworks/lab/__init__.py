"""A mirror of what frameworks are installed from, made of what package registries have.

The projects' own archives cannot be had everywhere the tests run. Their jars
can, from Maven Central; they are laid out here as the archives have them. The
digests of these are their own, so that tests use a copy of the framework
folder in which they are pinned (``overlay``): nothing else of it is changed.

Recipes are the other modules of this package: ``RECIPES`` in each is a list of
``Recipe``. A file is made once and kept below ``$DISCO_CACHE``.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import importlib
import inspect
import os
import pkgutil
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from disco.components.loader import load_catalogue
from disco.data_files import data_dir
from disco.heat.template.software import downloads

NODES_PYTHON = (3, 11)


@dataclass(frozen=True)
class Recipe:
    """How an archive of a framework is made.

    Attributes:
        component: the framework's name.
        file: the archive's name, as in the component's ``artifacts``.
        lay_out: fills an empty folder with what the archive's outermost folder holds.
    """

    component: str
    file: str
    lay_out: Callable[[Path], None]

    @property
    def key(self) -> str:
        """Changes when the recipe's module does."""
        module = inspect.getmodule(self.lay_out)
        assert module is not None
        return hashlib.sha256(inspect.getsource(module).encode()).hexdigest()[:12]


def cache() -> Path:
    """Where mirrors are kept."""
    given = os.environ.get("DISCO_CACHE")
    return (Path(given) if given else Path.home() / ".cache/disco") / "lab"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time makes a file."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f".{name}.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def recipes() -> list[Recipe]:
    """All of this package's modules."""
    found: list[Recipe] = []
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        found += getattr(importlib.import_module(module.name), "RECIPES", [])
    return found


def archive(recipe: Recipe) -> Path:
    """The finished archive; the same content gives the same digest."""
    target = cache() / "archives" / recipe.key / recipe.file
    with locked(recipe.file):
        if target.exists():
            return target
        work = cache() / f"work-{recipe.file}"
        shutil.rmtree(work, ignore_errors=True)
        inside = work / recipe.file.removesuffix(".tgz").removesuffix(".tar.gz")
        inside.mkdir(parents=True)
        recipe.lay_out(inside)
        packed = work / "packed"
        with (
            packed.open("wb") as raw,
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as stream,
            tarfile.open(fileobj=stream, mode="w") as tar,
        ):
            tar.add(inside, inside.name, filter=_plain)
        for old in (cache() / "archives").glob(f"*/{recipe.file}"):
            old.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        packed.rename(target)
        shutil.rmtree(work)
    return target


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = "root"
    return entry


def jars(folder: Path, coordinates: Sequence[str], exclude: Sequence[str] = ()) -> None:
    """Jars and all that they need at run time, from Maven Central, into a folder.

    Args:
        folder: made if it is not there.
        coordinates: ``group:artifact:version[:classifier]``.
        exclude: ``group:artifact`` of dependencies to leave out, ``*`` for any name.
    """
    work = cache() / "pom" / hashlib.sha256("\n".join(coordinates).encode()).hexdigest()[:12]
    work.mkdir(parents=True, exist_ok=True)
    excluded = "".join(
        "<exclusion><groupId>{}</groupId><artifactId>{}</artifactId></exclusion>".format(
            *name.split(":")
        )
        for name in exclude
    )
    wanted = "".join(_dependency(text, excluded) for text in coordinates)
    (work / "pom.xml").write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>disco</groupId><artifactId>lab</artifactId><version>1</version>"
        f"<dependencies>{wanted}</dependencies></project>\n"
    )
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            "mvn", "-B", "-q", "-f", str(work / "pom.xml"),
            "dependency:copy-dependencies", "-DincludeScope=runtime",
            f"-DoutputDirectory={folder}",
        ],
        check=True,
        timeout=900,
    )  # fmt: skip


def program(path: Path, line: str) -> None:
    """Write what stands for a script of the archive's, which no registry has.

    Args:
        path: in the archive's folder ``bin``.
        line: of bash; ``$home`` is the archive's folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/bash\nhome=$(dirname "$(readlink -f "$0")")/..\n{line}\n')
    path.chmod(0o755)


def _dependency(text: str, excluded: str) -> str:
    group, artifact, version, *classifier = text.split(":")
    more = f"<classifier>{classifier[0]}</classifier>" if classifier else ""
    return (
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version>{more}<exclusions>{excluded}</exclusions></dependency>"
    )


def wheels(requirements: Sequence[str]) -> None:
    """Python packages and all that they need, for ``/pypi/`` of the mirror.

    Nodes have Debian 12's Python. With another one here they fetch for themselves.
    """
    if sys.version_info[:2] != NODES_PYTHON:
        return
    folder = cache() / "pypi"
    key = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:12]
    with locked("pypi"):
        done = folder / f".{key}"
        if done.exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet",
                "--wheel-dir", str(folder), *requirements,
            ],
            check=True,
            timeout=1200,
        )  # fmt: skip
        done.touch()


def overlay(folder: Path, names: Sequence[str], served: Path) -> Path:
    """DISCO's frameworks with the digests of this mirror's archives in place of the projects'.

    Args:
        folder: where the copy is put.
        names: frameworks whose archives are made.
        served: ``files/`` of the mirror, which gets links to the archives.
    """
    copy = folder / "frameworks"
    shutil.copytree(data_dir() / "frameworks", copy)
    catalogue = load_catalogue(data_dir() / "frameworks")
    served.mkdir(parents=True, exist_ok=True)
    made = {r.file: r for r in recipes() if r.component in names}
    for name in names:
        text = (copy / name / "component.yaml").read_text()
        for version in catalogue[name].versions:
            for download in downloads(catalogue[name], version):
                if download.file not in made:
                    continue  # not to be had here: tests of it are skipped
                path = archive(made[download.file])
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha512").hexdigest()
                text = text.replace(download.sha512, digest)
                (served / download.file).unlink(missing_ok=True)
                (served / download.file).symlink_to(path)
        (copy / name / "component.yaml").write_text(text)
    return copy
