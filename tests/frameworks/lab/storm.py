"""Storm as its archive has it: jars in ``lib`` and ``lib-worker``.

Not ``lib-webapp``, which Maven Central does not have: clusters of tests are made
without Storm's pages.
"""

from __future__ import annotations

from pathlib import Path

from tests.frameworks.lab import Recipe, jars, program

VERSION = "2.6.1"
# carbonite is not on Maven Central; a second binding of slf4j is not in the archive
EXCLUDED = ["org.clojars.bipinprasad:carbonite", "org.slf4j:slf4j-reload4j"]


def lay_out(folder: Path) -> None:
    """Fill the archive's folder."""
    jars(folder / "lib", [f"org.apache.storm:storm-core:{VERSION}"], exclude=EXCLUDED)
    jars(folder / "lib-worker", [f"org.apache.storm:storm-client:{VERSION}"])
    program(
        folder / "bin/storm",
        'classes="$STORM_CONF_DIR:$home/lib/*"\n'
        'java=("$JAVA_HOME/bin/java" -Dstorm.conf.file=)\n'
        "case $1 in\n"
        'list) exec "${java[@]}" -cp "$classes" org.apache.storm.command.ListTopologies ;;\n'
        'jar) exec "${java[@]}" -cp "$classes:$2" -Dstorm.jar="$2" "${@:3}" ;;\n'
        "esac",
    )


def libraries(folder: Path) -> None:
    """Put the jars that programs are compiled with into a folder."""
    jars(folder, [f"org.apache.storm:storm-client:{VERSION}"])


RECIPES = [Recipe("storm", f"apache-storm-{VERSION}.tar.gz", lay_out)]
