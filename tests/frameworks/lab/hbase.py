"""HBase as its archive has it: jars in ``lib`` and folders below; without ``bin`` and the shell."""

from __future__ import annotations

from pathlib import Path

from tests.frameworks.lab import Recipe, jars

VERSION = "2.6.1"
BUILD = f"{VERSION}-hadoop3"
LOGGING = "2.17.2"
# the archive has these in another folder, or another binding of slf4j
EXCLUDED = [
    "ch.qos.reload4j:reload4j",
    "org.slf4j:slf4j-reload4j",
    "org.slf4j:slf4j-log4j12",
    "log4j:log4j",
]


def lay_out(folder: Path) -> None:
    """Fill the archive's folder."""
    jars(folder / "lib", [f"org.apache.hbase:hbase-server:{BUILD}"], exclude=EXCLUDED)
    jars(
        folder / "lib/client-facing-thirdparty",
        [
            f"org.apache.logging.log4j:log4j-{name}:{LOGGING}"
            for name in ("api", "core", "slf4j-impl", "1.2-api")
        ],
        exclude=["org.slf4j:slf4j-api"],
    )
    jars(folder / "lib/ruby", ["org.jruby:jruby-complete:9.4.8.0"])


RECIPES = [Recipe("hbase", f"hbase-{BUILD}-bin.tar.gz", lay_out)]
