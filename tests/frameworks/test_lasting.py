"""A cluster is deleted, and made again with the same place in the object store: it has the
tables, the notebooks and the history of the first."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from tests.frameworks.lab import objectstore
from tests.frameworks.site import HOST, Cluster, Site, running_site
from tests.frameworks.spark_jobs import submit
from tests.support.cloud import until
from tests.support.nodes import needs_nodes
from tests.support.object_store import swift_of

pytestmark = needs_nodes

FRAMEWORKS = "{'spark': '', 'jupyter': ''}"
WANTED = {"objectstore.location": "s3a://work/data", "spark.sql": "true"}
ROWS = 1000
#: tables, one of them with partitions, a view, and files by their own name
WRITE = f"""\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("first").getOrCreate()
rows = spark.range({ROWS}).selectExpr("id", "id % 5 as part")
rows.repartition(3).write.saveAsTable("numbers")
rows.repartition(2).write.partitionBy("part").saveAsTable("parts")
spark.sql("create view small as select * from numbers where id < 10")
rows.repartition(3).write.parquet("s3a://work/data/files")
print("application", spark.sparkContext.applicationId)
spark.stop()
"""
READ = """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("second").getOrCreate()
print("rows", spark.table("numbers").count(), spark.sql("select sum(id) from numbers").first()[0])
print("part", spark.sql("select count(*) from parts where part = 3").first()[0])
print("view", spark.table("small").count())
print("files", spark.read.parquet("s3a://work/data/files").count())
spark.stop()
"""
RIGHT = [f"rows {ROWS} {sum(range(ROWS))}", f"part {ROWS // 5}", "view 10", f"files {ROWS}"]
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
#: as any client of JDBC asks
SQL = "beeline -u jdbc:hive2://$(hostname -i):10000 --silent=true --outputformat=csv2 -e"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lasting")
    objectstore.provide(folder / "mirror" / "files")
    with running_site(folder, [], object_store=True, node_host=HOST) as found:
        swift_of(found.cloud.credentials).put_container("work")
        yield found


def names(site: Site) -> list[str]:
    """What is in the bucket."""
    return [one["name"] for one in swift_of(site.cloud.credentials).get_container("work")[1]]


def is_saved(site: Site, cluster: Cluster, table: str) -> bool:
    """Whether the metastore in the store is one that knows the table."""
    file = "/var/lib/disco/spark/metastore.dump"
    said = cluster.run(
        f"pg_restore -a -t TBLS -f - {file} | grep -qw {table} && md5sum <{file} || :"
    )
    if "data/spark/metastore" not in names(site):
        return False
    head = swift_of(site.cloud.credentials).head_object("work", "data/spark/metastore")
    return said.split()[:1] == [head["etag"]]


def history(cluster: Cluster) -> dict[str, str]:
    """Applications that the history server knows, and their names."""
    said = cluster.run("curl -fsS http://$(hostname -i):18080/api/v1/applications")
    return {one["id"]: one["name"] for one in json.loads(said)}


def work(site: Site, cluster: Cluster) -> str:
    """What somebody does on the first cluster; the application's id."""
    said = submit(cluster, WRITE).split()
    save = "su - disco -c 'mkdir notebooks/of && cat >notebooks/of/mine.ipynb'"
    cluster.run(f"{save} <<'NOTEBOOK'\n{NOTEBOOK}\nNOTEBOOK")
    answer = cluster.run_as_user(f"{SQL} 'select sum(id) from parts where part < 2'")
    assert str(sum(i for i in range(ROWS) if i % 5 < 2)) in answer.split()
    until(lambda: is_saved(site, cluster, "small"), 180, "the tables' names")
    until(lambda: "data/notebooks/of/mine.ipynb" in names(site), 180, "the notebook")
    cluster.run("rm /home/disco/notebooks/python.ipynb")
    until(lambda: "data/notebooks/python.ipynb" not in names(site), 180, "its removal")
    return said[said.index("application") + 1]


def test_a_cluster_made_again_has_tables_notebooks_and_history(site: Site) -> None:
    with site.cluster(FRAMEWORKS, 1, "m1.medium", WANTED) as first:
        application = work(site, first)
    with site.cluster(FRAMEWORKS, 1, "m1.medium", WANTED) as second:
        said = submit(second, READ).splitlines()
        assert [line for line in said if line in RIGHT] == RIGHT
        kept = second.run("su - disco -c 'cat notebooks/of/mine.ipynb'")
        assert json.loads(kept) == json.loads(NOTEBOOK)
        assert history(second)[application] == "first"
        answer = second.run_as_user(f"{SQL} 'select count(*) from small'")
        assert "10" in answer.split()
