"""Libraries with which Hadoop, Spark and Flink speak S3: on Maven Central as they are."""

from __future__ import annotations

from pathlib import Path

from disco.components.loader import load_catalogue
from disco.data_files import data_dir
from disco.heat.template.software import downloads
from disco.object_storage import PYTHON
from tests.frameworks import lab

_ROOT = "https://repo1.maven.org/maven2/"


def provide(served: Path) -> None:
    """Put into the mirror what nodes will ask for.

    Args:
        served: ``files/`` of the mirror. The files are the real ones, with the digests
            that the component pins.
    """
    store = load_catalogue(data_dir() / "frameworks")["objectstore"]
    lab.wheels(PYTHON)
    wanted = downloads(store, store.versions[0])
    folder = lab.cache() / "objectstore"
    with lab.locked("objectstore"):
        if not all((folder / one.file).exists() for one in wanted):
            lab.jars(folder, [_coordinates(one.urls[0]) for one in wanted], ["*:*"])
    served.mkdir(parents=True, exist_ok=True)
    for one in wanted:
        (served / one.file).symlink_to(folder / one.file)


def _coordinates(url: str) -> str:
    *group, artifact, version, _ = url.removeprefix(_ROOT).split("/")
    return f"{'.'.join(group)}:{artifact}:{version}"
