"""Hadoop: the archive's jars in its folders, without its scripts and native libraries."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.frameworks.lab import Recipe, jars

_MODULES = (
    "common",
    "hdfs",
    "hdfs-client",
    "yarn-client",
    "yarn-server-nodemanager",
    "yarn-server-resourcemanager",
    "yarn-server-timelineservice",
    "mapreduce-client-app",
    "mapreduce-client-hs",
    "mapreduce-client-jobclient",
    "mapreduce-client-shuffle",
)
#: Where jars go by the beginning of their names; all others are libraries.
_FOLDERS = {
    "hadoop-common-": "common",
    "hadoop-registry-": "common",
    "hadoop-hdfs-": "hdfs",
    "hadoop-yarn-server-timelineservice-": "yarn/timelineservice",
    "hadoop-yarn-": "yarn",
    "hadoop-mapreduce-": "mapreduce",
}


def _lay_out(folder: Path) -> None:
    version = folder.name.removeprefix("hadoop-")
    share = folder / "share/hadoop"
    with tempfile.TemporaryDirectory() as together:
        jars(Path(together), [f"org.apache.hadoop:hadoop-{m}:{version}" for m in _MODULES])
        for jar in sorted(Path(together).glob("*.jar")):
            starts = (place for start, place in _FOLDERS.items() if jar.name.startswith(start))
            place = share / next(starts, "common/lib")
            place.mkdir(parents=True, exist_ok=True)
            shutil.move(jar, place / jar.name)
    # the pages are in the archive alone; without their folders no daemon starts
    for name in ("hdfs", "datanode", "secondary", "static"):
        (share / "hdfs/webapps" / name).mkdir(parents=True)


RECIPES = [Recipe("hadoop", "hadoop-3.5.0.tar.gz", _lay_out)]
