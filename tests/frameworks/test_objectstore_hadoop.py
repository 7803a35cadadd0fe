"""An object store beside HDFS: commands, MapReduce and Spark on YARN read and write it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from tests.frameworks.lab import objectstore
from tests.frameworks.site import HOST, Cluster, running_site
from tests.frameworks.spark_jobs import submit as spark_submit
from tests.frameworks.submitted import count_jar, submit
from tests.support.nodes import needs_nodes
from tests.support.object_store import swift_of

pytestmark = needs_nodes

#: 300 lines of two words
WORDS = "for i in $(seq 300); do echo each $((i % 3)); done"
TABLE = """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("table").getOrCreate()
spark.range(1000).repartition(4).write.saveAsTable("numbers")
print("rows", spark.table("numbers").count(), spark.sql("select sum(id) from numbers").first()[0])
print("words", spark.read.text("s3a://work/data/words").count())
spark.stop()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("objectstore-hadoop")
    objectstore.provide(folder / "mirror" / "files")
    with running_site(folder, ["hadoop"], object_store=True, node_host=HOST) as site:
        swift_of(site.cloud.credentials).put_container("work")
        wanted = {"objectstore.location": "s3a://work/data"}
        with site.cluster("{'hadoop': '', 'spark': ''}", 1, "m1.large", wanted) as found:
            found.run_as_user(f"({WORDS}) | hdfs dfs -put - s3a://work/data/words")
            yield found


def test_mapreduce_counts_the_words_of_an_object(cluster: Cluster, tmp_path: Path) -> None:
    places = ("s3a://work/data/words", "s3a://work/data/counted")
    done = submit(cluster, "count.jar", count_jar(tmp_path), *places)
    assert done.status == 0, done.err
    said = cluster.run_as_user("hdfs dfs -cat s3a://work/data/counted/part-r-00000")
    assert said.split("\n") == ["0\t100", "1\t100", "2\t100", "each\t300", ""]


def test_spark_on_yarn_has_its_tables_in_the_object_store(cluster: Cluster) -> None:
    said = spark_submit(cluster, TABLE).splitlines()
    assert f"rows 1000 {sum(range(1000))}" in said
    assert "words 300" in said
    listed = cluster.run_as_user("hdfs dfs -ls s3a://work/data/spark/warehouse/numbers")
    assert "_SUCCESS" in listed
