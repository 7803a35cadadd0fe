"""ZooKeeper as its archive has it: jars in ``lib``, and one program."""

from __future__ import annotations

from pathlib import Path

from tests.frameworks.lab import Recipe, jars, program

VERSION = "3.9.5"
# those that the server's own description calls optional, and its archive has
OTHERS = [
    "ch.qos.logback:logback-classic:1.3.15",
    "commons-cli:commons-cli:1.5.0",
    "io.dropwizard.metrics:metrics-core:4.1.12.1",
    "org.xerial.snappy:snappy-java:1.1.10.5",
]


def lay_out(folder: Path) -> None:
    """Fill the archive's folder."""
    jars(
        folder / "lib",
        [f"org.apache.zookeeper:zookeeper:{VERSION}", *OTHERS],
        exclude=["io.netty:netty-tcnative-boringssl-static"],
    )
    program(
        folder / "bin/zkCli.sh",
        'exec "$JAVA_HOME/bin/java" -cp "$ZOOCFGDIR:$home/lib/*"'
        ' org.apache.zookeeper.ZooKeeperMain "$@"',
    )


RECIPES = [Recipe("zookeeper", f"apache-zookeeper-{VERSION}-bin.tar.gz", lay_out)]
