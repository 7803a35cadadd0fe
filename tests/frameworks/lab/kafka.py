"""Kafka as its archive has it: all jars in ``libs``; without ``config``, and with one program."""

from __future__ import annotations

from pathlib import Path

from tests.frameworks.lab import Recipe, jars, program

VERSION = "4.3.1"


def lay_out(folder: Path) -> None:
    """Fill the archive's folder."""
    jars(
        folder / "libs",
        [
            f"org.apache.kafka:kafka_2.13:{VERSION}",
            f"org.apache.kafka:kafka-tools:{VERSION}",
            # the archive's choice of a logger; no library may choose for others
            "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
        ],
    )
    program(
        folder / "bin/kafka-topics.sh",
        'exec "$JAVA_HOME/bin/java" -Xmx128m -cp "$home/libs/*"'
        ' org.apache.kafka.tools.TopicCommand "$@"',
    )


RECIPES = [Recipe("kafka", f"kafka_2.13-{VERSION}.tgz", lay_out)]
