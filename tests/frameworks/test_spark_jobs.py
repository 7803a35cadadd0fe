"""What people do with Spark where there is no HDFS: tables, kernels, two sessions side by side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.frameworks import documented
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.spark_jobs import (
    OTHER,
    computed,
    tables_have_their_rows,
    work_beside_an_idle_session,
)
from tests.frameworks.submitted import shell, submit
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with (
        running_site(tmp_path_factory.mktemp("jobs"), []) as site,
        site.cluster("{'spark': '', 'dask': '', 'jupyter': ''}") as found,
    ):
        yield found


def test_a_table_has_its_rows_where_there_is_no_hdfs(cluster: Cluster) -> None:
    master = cluster.run("hostname -i").strip()
    tables_have_their_rows(cluster, f"webhdfs://{master}:7079")


#: what a kernel's code and the programs that it starts find
ENVIRONMENT = """\
import json, os, shutil, sys
print(json.dumps({
    "python": os.path.dirname(shutil.which("python")) == os.path.dirname(sys.executable),
    "spark-submit": bool(shutil.which("spark-submit")),
    "SPARK_CONF_DIR": os.environ.get("SPARK_CONF_DIR"),
}))
"""


@pytest.mark.parametrize("kernel", ["dask", "spark"])
def test_a_kernel_has_what_a_login_shell_has(cluster: Cluster, kernel: str) -> None:
    found = computed(cluster, kernel, ENVIRONMENT)
    assert found == {
        "python": True,
        "spark-submit": True,
        "SPARK_CONF_DIR": "/etc/disco/spark",
    }


#: reads what was put there, and writes by a column whose values are no ASCII
COUNTRIES = """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("countries").getOrCreate()
sales = spark.read.csv("sales.csv", header=True, inferSchema=True)
sales.write.partitionBy("land").mode("overwrite").parquet("größe/nach land")
back = spark.read.parquet("größe/nach land")
print(sorted(map(tuple, back.groupBy("land").sum("sum").collect())))
spark.stop()
"""


def test_a_file_is_put_where_all_nodes_see_it_and_what_was_written_comes_back(
    cluster: Cluster,
) -> None:
    lines = ["land,sum", *(f"{land},{i}" for i in range(500) for land in ("Österreich", "世界"))]
    cluster.run_as_user("hdfs dfs -put -f - sales.csv", said="\n".join(lines) + "\n")
    done = submit(cluster, "countries.py", COUNTRIES)
    assert done.out == "[('Österreich', 124750), ('世界', 124750)]\n", done.err
    assert "größe/nach land/land=世界" in cluster.run_as_user("hdfs dfs -ls -R größe")
    read = "rm -rf back && hdfs dfs -get größe back && ls 'back/nach land'"
    assert set(cluster.run_as_user(read).split()) == {"_SUCCESS", "land=Österreich", "land=世界"}
    refused = cluster.run_as_user("hdfs fsck / 2>&1 || true", "disco-worker-1")
    assert refused.startswith("hdfs: this cluster has no HDFS")


#: what tasks need of a module and of a package that were sent along
MODULES = """\
from pyspark.sql import SparkSession
from helpers import deep
from square import square
spark = SparkSession.builder.appName("modules").getOrCreate()
numbers = spark.sparkContext.parallelize(range(101), 6)
print("sum", numbers.map(lambda x: square(x) + deep.one()).sum())
spark.stop()
"""


def test_modules_that_are_sent_along_are_there_for_tasks(cluster: Cluster) -> None:
    user = shell(cluster)
    (user.cwd / "helpers").mkdir()
    (user.cwd / "helpers/__init__.py").touch()
    (user.cwd / "helpers/deep.py").write_text("def one():\n    return 1\n")
    (user.cwd / "square.py").write_text("def square(x):\n    return x * x\n")
    done = submit(cluster, "modules.py", MODULES, "--with", "helpers", "--with", "square.py")
    assert (done.status, done.out) == (0, "sum 338451\n"), done.err


def test_an_idle_session_leaves_the_executors_to_others(cluster: Cluster) -> None:
    assert "sum 500000500000" in work_beside_an_idle_session(cluster).splitlines()


#: what a table has, as text
QUERY = "create table counted as select id from range(1000); select sum(id) from counted;"


def test_programs_are_submitted_from_a_laptop(cluster: Cluster) -> None:
    done = submit(cluster, "other.py", OTHER)
    assert (done.status, "sum 500000500000" in done.out.splitlines()) == (0, True), done.err
    done = submit(cluster, "fails.py", f"{OTHER}raise SystemExit(3)")
    assert done.status == 3
    done = submit(cluster, "query.sql", QUERY)
    assert (done.status, "499500" in done.out.split()) == (0, True), done.err
    # nothing of Spark in it: an environment with numpy all the same
    done = submit(cluster, "plain.py", "import numpy\nprint(numpy.arange(1001).sum())")
    assert (done.status, done.out) == (0, "500500\n"), done.err
    listed = shell(cluster).run("job", "list", cluster.location[-36:], "-f", "json").json
    assert [(job["framework"], job["status"]) for job in listed[:4]] == [
        ("python", 0),
        ("spark", 0),
        ("spark", 3),
        ("spark", 0),
    ]


@pytest.mark.parametrize(
    "command", [c for c in documented.ANSWERS["Spark"] if c != documented.ON_YARN]
)
def test_a_command_of_the_page_s_spark_does_what_it_says(cluster: Cluster, command: str) -> None:
    documented.run(cluster, "Spark", command)
