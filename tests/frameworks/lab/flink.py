"""Flink is on PyPI, but for one jar of its SQL client, which is on Maven Central as it is."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from tests.frameworks import lab

VERSION = "2.3.0"
JAR = f"flink-sql-gateway-{VERSION}.jar"


def libraries(folder: Path) -> None:
    """Put the jar that programs are compiled with into a folder."""
    (wheel,) = (lab.cache() / "pypi").glob(f"apache_flink_libraries-{VERSION}-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (n for n in packed.namelist() if Path(n).name.startswith("flink-dist-"))
        (folder / "flink-dist.jar").write_bytes(packed.read(name))


def provide(served: Path) -> None:
    """Put into the mirror what nodes will ask for.

    Args:
        served: ``files/`` of the mirror. The jar is the real one, with the digest
            that the component pins.
    """
    lab.wheels([f"apache-flink-libraries=={VERSION}"])
    folder = lab.cache() / "flink"
    with lab.locked("flink"):
        if not (folder / JAR).exists():
            subprocess.run(
                [
                    "mvn", "-B", "-q", "dependency:copy", f"-DoutputDirectory={folder}",
                    f"-Dartifact=org.apache.flink:flink-sql-gateway:{VERSION}",
                ],
                check=True,
                timeout=600,
            )  # fmt: skip
    served.mkdir(parents=True, exist_ok=True)
    (served / JAR).symlink_to(folder / JAR)
