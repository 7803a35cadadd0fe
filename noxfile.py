"""The unit tests on each Python that DISCO supports: ``make test-pythons``.

They need no cloud, so the extra ``embedded`` is left out, and what tests its patches is
skipped with the reason. A Python that this machine does not have is reported as skipped.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYTHONS = [
    name.removeprefix("Programming Language :: Python :: ")
    for name in nox.project.load_toml(ROOT / "pyproject.toml")["project"]["classifiers"]
    if name.startswith("Programming Language :: Python :: 3.")
]

nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.envdir = str(ROOT / ".cache" / "nox")


def list_candidates(version: str) -> Iterator[str]:
    """List the commands that may start Python ``version``, the likeliest first."""
    name = f"python{version}"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if command := shutil.which(name, path=folder):
            yield command
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    uv = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "uv" / "python"
    for folder, pattern in (
        (pyenv / "versions", f"{version}.*/bin/{name}"),
        (uv, f"cpython-{version}.*/bin/{name}"),
    ):
        yield from sorted(map(str, folder.glob(pattern)), reverse=True)


def find_python(version: str) -> str | None:
    """Find a Python ``version`` that starts: a shim of pyenv may be there and refuse."""
    for command in list_candidates(version):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([command, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() == version:
            return command
    return None


COMMANDS = {version: find_python(version) for version in PYTHONS}
# nox takes the first on the path
os.environ["PATH"] = os.pathsep.join(
    [*(str(Path(command).parent) for command in COMMANDS.values() if command), os.environ["PATH"]]
)


@nox.session(python=[version for version, command in COMMANDS.items() if command])
def unit(session: nox.Session) -> None:
    """Run the unit tests."""
    session.install("--quiet", "--editable", ".[unit]")
    session.run(
        *("python", "-m", "pytest", "tests/unit", "--quiet", "--numprocesses", "2"),
        *session.posargs,
        env={"PYTHONPATH": "", "PYTHONNOUSERSITE": "1"},
    )


def skip_unit(session: nox.Session, version: str) -> None:
    """Say why the unit tests do not run."""
    session.skip(f"Python {version} is not installed")


for version, command in COMMANDS.items():
    if command is None:
        skip = functools.partial(skip_unit, version=version)
        nox.session(python=False, name=f"unit-{version}")(functools.update_wrapper(skip, skip_unit))
