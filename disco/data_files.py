"""Where the data that travels with DISCO is.

In a source checkout ``data/`` and ``etc/`` stand beside the package; installed,
they are inside it as ``disco/data`` and ``disco/etc``.
"""

from __future__ import annotations

from pathlib import Path

from disco.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """The folder of ``service_manifest.json`` and ``frameworks/``."""
    return _find("data")


def etc_dir() -> Path:
    """The folder of the shipped configuration."""
    return _find("etc")


def _find(name: str) -> Path:
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise ConfigurationError(
        f"the folder {name!r} of DISCO is missing", hint="install the package again"
    )
