"""The commands that docs/frameworks.md names for shells, and what each must say.

Tests of the frameworks run all of a section; tests/docs/test_framework_commands.py checks
that there is an answer for each command of the page, and a test that runs it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.frameworks.site import Cluster
from tests.support.pages import Page

PAGE = Page("frameworks.md")
_BULLET = re.compile(r"^- Shell: (.*?)(?=^- |^\n|\Z)", re.M | re.S)
#: what begins like a program of a shell's, and no expression of Python's
_COMMAND = re.compile(r"[\w./-]+( .*)?")
#: the four-letter words that the page names beside commands, which have tests of their own
_WORDS = {"srvr", "stat", "ruok", "mntr", "conf", "cons", "isro", "envi", "dump"}


@dataclass(frozen=True)
class Answer:
    """What must come of a command.

    Attributes:
        says: is in its output.
        said: its input.
        file: a file that it needs, and what is in that.
        content: of the file.
        words: in the place of the three dots at its end.
    """

    says: str
    said: str = ""
    file: str = ""
    content: str = ""
    words: str = ""


_SUM = "print(sum(range(1001)))\n"
_SPARK = """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("documented").getOrCreate()
print(spark.range(1001).selectExpr("sum(id)").first()[0])
spark.stop()
"""
ANSWERS = {
    "Dask": {"/opt/disco/dask/bin/python": Answer("500500", _SUM)},
    "Flink": {
        # the test puts the program there
        "flink run -p 6 job.jar": Answer("sum 500500"),
        "flink list": Answer("No running jobs"),
        "sql-client.sh": Answer(
            "500500",
            "SET 'sql-client.execution.result-mode' = 'tableau';\nSELECT 500000 + 500;\nQUIT;\n",
        ),
    },
    "Hadoop": {
        "hdfs dfs -ls /": Answer("/user"),
        "yarn node -list": Answer("disco-worker-1:8041"),
        "mapred job -list": Answer("Total jobs:"),
    },
    "Kafka": {
        "kafka-topics.sh --bootstrap-server $KAFKA_BOOTSTRAP --list": Answer("__consumer_offsets"),
    },
    "Ray": {
        "/opt/disco/ray/bin/python": Answer("500500", _SUM),
        "ray job submit --working-dir job -- python x.py": Answer(
            "500500", file="job/x.py", content=_SUM
        ),
    },
    "Spark": {
        "spark-submit job.py": Answer("500500", file="job.py", content=_SPARK),
        "spark-submit --deploy-mode cluster job.py": Answer(
            "final status: SUCCEEDED", file="job.py", content=_SPARK
        ),
        "pyspark": Answer("500500", "print(spark.range(1001).selectExpr('sum(id)').first()[0])\n"),
        "hdfs dfs -put -f sales.csv": Answer("", file="sales.csv", content="land,sum\n"),
        "hdfs dfs -cat sales.csv": Answer("land,sum"),
        "spark-sql": Answer("500500", "select sum(id) from range(1001);\n"),
    },
    "Storm": {
        "storm jar ...": Answer("", words="job.jar Words"),
        "storm list": Answer("words"),
    },
    "ZooKeeper": {
        'zkCli.sh -server "$ZOOKEEPER_QUORUM"': Answer("zookeeper]", "ls /\nquit\n"),
    },
}
#: sections whose commands another test runs
ELSEWHERE = {"Object storage: objectstore": "test_objectstore.py"}
#: commands that no test can run, and why
IN_NO_REGISTRY = {"HBase": ["hbase shell"]}
#: on Spark's own workers there is no driver but on the master
ON_YARN = "spark-submit --deploy-mode cluster job.py"


def commands() -> dict[str, list[str]]:
    """The page's commands by the headings of their sections."""
    text = (Path(__file__).parents[2] / "docs" / PAGE.name).read_text()
    found: dict[str, list[str]] = {}
    for heading in re.findall(r"^## (.*)$", text, re.M):
        for bullet in _BULLET.findall(PAGE.section(heading)):
            spans = re.findall(r"`([^`]+)`", bullet.replace("\n", " "))
            found[heading] = [s for s in spans if _COMMAND.fullmatch(s) and s not in _WORDS]
    return found


def run(cluster: Cluster, section: str, command: str) -> None:
    """Run a command of the page as who logs in, by ``ssh NODE COMMAND``, and look at its answer."""
    answer = ANSWERS[section][command]
    if answer.file:
        folder = Path(answer.file).parent
        cluster.run_as_user(f"mkdir -p {folder} && cat >{answer.file}", said=answer.content)
    words = command.replace("...", answer.words)
    # names of the page's are of a login shell
    line = f"bash -lc '{words}' 2>&1" if "$" in words else f"{words} 2>&1"
    said = cluster.run_as_user(line, said=answer.said, timeout=300)
    assert answer.says in said, said[-2000:]
