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
