"""Flink where there is Hadoop: its tables and checkpoints are in HDFS."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.frameworks.lab import flink
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.submitted import submit
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

ROWS = 1000
TABLE = """\
CREATE TEMPORARY TABLE kept (i BIGINT) WITH ('connector' = 'filesystem',
  'path' = '{path}', 'format' = 'csv');
"""
NUMBERS = f"""\
CREATE TEMPORARY TABLE numbers (i BIGINT) WITH ('connector' = 'datagen',
  'number-of-rows' = '{ROWS}',
  'fields.i.kind' = 'sequence', 'fields.i.start' = '1', 'fields.i.end' = '{ROWS}');
"""
BATCH = """\
SET 'execution.runtime-mode' = 'batch';
SET 'sql-client.execution.result-mode' = 'tableau';
SET 'table.dml-sync' = 'true';
SET 'parallelism.default' = '2';
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("flink-hadoop")
    flink.provide(folder / "mirror" / "files")
    with (
        running_site(folder, ["hadoop"]) as site,
        site.cluster("{'hadoop': '', 'flink': ''}", 2) as found,
    ):
        yield found


def sql(cluster: Cluster, statements: str) -> str:
    """What ``sql-client.sh`` says to whoever logs in, which ends well whatever it says."""
    cluster.run_as_user("cat >job.sql", said=statements)
    said = cluster.run_as_user("sql-client.sh -f job.sql 2>&1", timeout=300)
    assert "[ERROR]" not in said, said
    return said


@pytest.mark.parametrize("path", ["/tmp/out", "hdfs:///tmp/named"])
def test_a_table_in_a_path_has_its_rows_in_another_session(cluster: Cluster, path: str) -> None:
    table = TABLE.format(path=path)
    sql(cluster, f"{BATCH}{NUMBERS}{table}INSERT INTO kept SELECT i FROM numbers;\n")
    said = sql(cluster, f"{BATCH}{table}SELECT COUNT(i) AS n, SUM(i) AS s FROM kept;\n")
    assert f"| {ROWS} | {sum(range(ROWS + 1))} |" in " ".join(said.split())
    listed = cluster.run_as_user(f"hdfs dfs -cat '{path}/*' | wc -l")
    assert int(listed) == ROWS


def test_statements_that_fail_while_they_run_fail_the_job(cluster: Cluster) -> None:
    table = TABLE.format(path="/tmp/nothing-is-there")
    done = submit(cluster, "wrong.sql", f"{BATCH}{table}SELECT COUNT(i) AS n FROM kept;\n")
    assert (done.status, "File does not exist" in done.out) == (1, True), done.out + done.err


def test_checkpoints_are_in_hdfs(cluster: Cluster) -> None:
    stream = """\
SET 'execution.checkpointing.interval' = '1s';
CREATE TEMPORARY TABLE n (i BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TEMPORARY TABLE nowhere (i BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT i FROM n;
"""
    sql(cluster, stream)
    said = cluster.run("curl -sS http://$(hostname -i):8081/jobs/overview")
    (job,) = [j["jid"] for j in json.loads(said)["jobs"] if j["state"] == "RUNNING"]
    try:
        found = f"hdfs dfs -ls /flink/checkpoints/{job} | grep -o chk-"
        wait = f"for i in $(seq 30); do {found} && break; sleep 2; done"
        assert "chk-" in cluster.run_as_user(wait, timeout=240)
    finally:
        cluster.run(f"curl -sS -X PATCH http://$(hostname -i):8081/jobs/{job}?mode=cancel")
