"""What is patched inside other packages is still there, in the versions that were read."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import subprocess
import sys
from importlib.metadata import version
from types import ModuleType

import pytest

from disco.embedded import patches

PATCHES = {
    info.name: importlib.import_module(f"{patches.__name__}.{info.name}")
    for info in pkgutil.iter_modules(patches.__path__)
}
NAMES = [
    pytest.param(name, id=f"{patch}-{name}")
    for patch, module in PATCHES.items()
    for name in (*module.REPLACED, *module.USED)
]


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_a_patch_says_what_it_replaces_and_which_versions_it_was_read_for(
    patch: ModuleType,
) -> None:
    assert patch.REPLACED
    assert patch.READ_FOR
    assert callable(patch.apply)
    assert "This replaces" in " ".join((patch.__doc__ or "").split())


def skip_without(package: str) -> None:
    """The object store is an extra of its own."""
    if package == "swift":
        pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")


#: prints the names that are not there; Heat's service is imported as its process does it, since
#: with eventlet, its other kind of threads, the importing process would never be the same again
MISSING = """
import functools, importlib, sys
from oslo_service import backend
backend.init_backend(backend.BackendType.THREADING)
for name in sys.argv[1:]:
    module, _, path = name.partition(":")
    try:
        functools.reduce(getattr, path.split("."), importlib.import_module(module))
    except (ImportError, AttributeError) as error:
        print(name, error)
"""


@functools.cache
def missing() -> str:
    """What is missing of all names, looked for once."""
    names = [str(param.values[0]) for param in NAMES]
    done = subprocess.run(
        [sys.executable, "-c", MISSING, *names], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_patched_name_exists(name: str) -> None:
    skip_without(name.partition(".")[0])
    assert f"{name} " not in missing()


@pytest.mark.parametrize(
    ("package", "read"),
    sorted({entry for patch in PATCHES.values() for entry in patch.READ_FOR.items()}),
)
def test_an_installed_package_is_of_the_major_version_that_was_read(
    package: str, read: str
) -> None:
    skip_without(package)
    installed = version(package)
    assert installed.split(".")[0] == read.split(".")[0], f"{package} {installed}: read it again"
