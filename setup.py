"""What pyproject.toml cannot say: ``data/`` and ``etc/`` travel inside the package.

They stand at the top of the tree, where people look for them, and are installed as
``disco/data`` and ``disco/etc``. All other metadata is in pyproject.toml.
"""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def list_files(folder: str) -> list[str]:
    """List every file below ``folder``, relative to it, as package_data takes them."""
    root = HERE / folder
    return [str(p.relative_to(root)) for p in sorted(root.rglob("*")) if p.is_file()]


setup(
    packages=[*find_packages(include=["disco", "disco.*"]), "disco.data", "disco.etc"],
    package_dir={"disco.data": "data", "disco.etc": "etc"},
    package_data={
        "disco": ["py.typed"],
        "disco.data": list_files("data"),
        "disco.etc": list_files("etc"),
    },
)
