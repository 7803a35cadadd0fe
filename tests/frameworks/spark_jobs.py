"""What people do with Spark: jobs of whoever logs in, and two sessions side by side."""

from __future__ import annotations

import json
from typing import Any

from tests.frameworks.site import Cluster

ROWS = 1000
#: makes a table as often as it is run, and counts what a reader of it sees
TABLE = f"""\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("table").getOrCreate()
spark.range({ROWS}).repartition(6).write.mode("overwrite").saveAsTable("numbers")
print("rows", spark.table("numbers").count(), spark.sql("select sum(id) from numbers").first()[0])
spark.range(500).repartition(6).write.mode("overwrite").parquet("out")
print("files", spark.read.parquet("out").count())
print("where", spark.conf.get("spark.sql.warehouse.dir"))
spark.stop()
"""
#: another session's view of it, and a stream into a table
READER = """\
import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("reader").getOrCreate()
print("rows", spark.table("numbers").count(), spark.read.parquet("out").count())
spark.sql("drop table if exists streamed")
rate = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
query = rate.writeStream.trigger(processingTime="2 seconds").toTable("streamed")
while not any(p.numInputRows for p in query.recentProgress) and query.isActive:
    time.sleep(0.5)
seen = sum(p.numInputRows for p in query.recentProgress)
query.stop()
print("streamed", seen > 0 and spark.table("streamed").count() >= seen)
spark.stop()
"""
#: works once, and then does nothing for as long as it is let
IDLE = """\
import os, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("idle").getOrCreate()
print(spark.range(1_000_000).repartition(12).selectExpr("sum(id)").first()[0])
open("/tmp/idle-ready", "w").close()
for _ in range(1200):
    if os.path.exists("/tmp/idle-enough"):
        break
    time.sleep(0.5)
"""
OTHER = """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("other").getOrCreate()
print("sum", spark.range(1_000_001).repartition(12).selectExpr("sum(id)").first()[0])
spark.stop()
"""
#: runs code in a kernel as a notebook does, and prints what it printed
KERNEL = """\
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name=sys.argv[1], startup_timeout=120)
def show(message):
    content = message["content"]
    if message["msg_type"] == "stream" and content["name"] == "stdout":
        print(content["text"], end="")
    elif message["msg_type"] == "error":
        print("\\n".join(content["traceback"]), file=sys.stderr)
reply = client.execute_interactive(open(sys.argv[2]).read(), timeout=200, output_hook=show)
client.stop_channels()
manager.shutdown_kernel(now=True)
sys.exit(reply["content"]["status"] != "ok")
"""


def computed(cluster: Cluster, kernel: str, code: str) -> dict[str, Any]:
    """What a kernel of JupyterLab prints, as the user that notebooks run as."""
    said = cluster.run(
        f"cat >/tmp/{kernel}.py <<'CODE'\n{code}CODE\n"
        f"cat >/tmp/kernel.py <<'CODE'\n{KERNEL}CODE\n"
        f"su - disco -c '/opt/disco/jupyter/bin/python /tmp/kernel.py {kernel} /tmp/{kernel}.py'",
        timeout=300,
    )
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def submit(cluster: Cluster, code: str, timeout: float = 240) -> str:
    """``ssh NODE spark-submit`` of a program, as whoever logs in; what it printed."""
    cluster.run_as_user("cat >job.py", said=code)
    return cluster.run_as_user("spark-submit job.py", timeout=timeout)


def work_beside_an_idle_session(cluster: Cluster) -> str:
    """Another job's output, while a session that had all executors does nothing."""
    cluster.run("rm -f /tmp/idle-*")
    cluster.run_as_user("cat >idle.py", said=IDLE)
    # its output goes elsewhere, so that ssh does not wait for it
    cluster.run(
        "systemd-run -q --unit idle --uid ubuntu --working-directory /home/ubuntu"
        " bash -lc 'spark-submit idle.py >idle.out 2>&1'"
    )
    try:
        cluster.run(
            "for i in $(seq 360); do [[ ! -e /tmp/idle-ready ]] || exit 0; sleep 0.5; done;"
            " cat /home/ubuntu/idle.out; exit 1",
            timeout=240,
        )
        return submit(cluster, OTHER)
    finally:
        cluster.run("touch /tmp/idle-enough")


def tables_have_their_rows(cluster: Cluster, place: str) -> None:
    """A table is made twice, and seen by another session; so is a plain file."""
    for _ in range(2):
        said = submit(cluster, TABLE).splitlines()
        assert f"rows {ROWS} {sum(range(ROWS))}" in said
        assert "files 500" in said
        assert f"where {place}/user/hive/warehouse" in said
    said = submit(cluster, READER).splitlines()
    assert f"rows {ROWS} 500" in said
    assert "streamed True" in said
