"""What pyproject.toml cannot say: ``data/`` and ``etc/`` travel inside the package.

They stand at the top of the tree, where people look for them, and are installed as
``disco/data`` and ``disco/etc``. All other metadata is in pyproject.toml. And that the same
source gives the same wheel, byte by byte, with ``SOURCE_DATE_EPOCH`` (reproducible-builds.org).
"""

from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel

HERE = Path(__file__).parent


def list_files(folder: str) -> list[str]:
    """List every file below ``folder``, relative to it, as package_data takes them."""
    root = HERE / folder
    return [str(p.relative_to(root)) for p in sorted(root.rglob("*")) if p.is_file()]


class SameWheel(bdist_wheel):
    """A wheel whose files have the same modes, whatever the umask of checkout and build."""

    def write_wheelfile(self, *args: object, **more: object) -> None:
        """Set the modes, when all files are there and nothing is packed yet."""
        super().write_wheelfile(*args, **more)
        for path in Path(self.bdist_dir).rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


setup(
    cmdclass={"bdist_wheel": SameWheel},
    packages=[*find_packages(include=["disco", "disco.*"]), "disco.data", "disco.etc"],
    package_dir={"disco.data": "data", "disco.etc": "etc"},
    package_data={
        "disco": ["py.typed"],
        "disco.data": list_files("data"),
        "disco.etc": list_files("etc"),
    },
)
