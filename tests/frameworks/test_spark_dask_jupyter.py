"""Spark, Dask and JupyterLab together: what the kernels compute is computed on all workers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.readme import commands
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.spark_jobs import computed
from tests.support.cloud import until
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

LAST = 1_000_000
TOTAL = LAST * (LAST + 1) // 2
#: not what DISCO would choose
EXECUTOR = "611m"

SPARK = f"""\
import json, socket, time, urllib.request
from pyspark.sql import SparkSession

build = SparkSession.builder.appName("notebook").config("spark.ui.showConsoleProgress", "false")
build = build.config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
build = build.config("spark.dynamicAllocation.enabled", "false")  # all at once, for a barrier
spark = build.config("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s").getOrCreate()


def part(numbers):
    return [(socket.gethostname(), sum(numbers))]


master = spark.sparkContext.master
# the driver counts, too; a worker may be slow to come
deadline = time.monotonic() + 120
while spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < 4:
    assert time.monotonic() < deadline, "there are fewer than three executors"
    time.sleep(0.2)
# behind a barrier all tasks run at once: a slow executor is not left out
slots = spark.sparkContext.defaultParallelism
numbers = spark.sparkContext.parallelize(range(1, {LAST} + 1), slots)
results = numbers.barrier().mapPartitions(part).collect()
page = "http://" + master.split("//")[1].replace(":7077", ":8080/json/")
state = json.load(urllib.request.urlopen(page, timeout=20))
print(json.dumps({{
    "master": master.split(":")[0],
    "hosts": sorted({{host for host, _ in results}}),
    "total": sum(value for _, value in results),
    "memory": spark.conf.get("spark.executor.memory"),
    "executors": [app["memoryperexecutor"] for app in state["activeapps"]],
    "workers": state["aliveworkers"],
}}))
spark.stop()
"""

DASK = f"""\
import json, socket
import dask.array as da
from distributed import Client

client = Client()
print(json.dumps({{
    "workers": sorted(w["name"] for w in client.scheduler_info(n_workers=-1)["workers"].values()),
    "hosts": sorted(client.run(socket.gethostname).values()),
    "total": int(da.arange(1, {LAST} + 1, chunks=50_000).sum().compute()),
}}))
client.close()
"""

#: keeps what it computed on all workers, and needs it again when there is a file "enough"
KEEPS = f"""\
import os, time
from pyspark import SparkConf, SparkContext

conf = SparkConf().setAppName("keeps").set("spark.scheduler.minRegisteredResourcesRatio", "1.0")
context = SparkContext(conf=conf.set("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s"))
computed = context.accumulator(0)


def part(numbers):
    computed.add(1)
    yield sum(numbers)


kept = context.parallelize(range(1, {LAST} + 1), 12).mapPartitions(part).cache()
print(kept.sum(), computed.value)
open("kept", "w").close()
while not os.path.exists("enough"):
    time.sleep(0.5)
print(kept.sum(), computed.value)
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    overridden = {"spark.conf.spark-defaults.spark.executor.memory": EXECUTOR}
    with (
        running_site(tmp_path_factory.mktemp("trio"), []) as site,
        site.cluster("{'spark': '', 'dask': '', 'jupyter': ''}", properties=overridden) as found,
    ):
        yield found


def test_the_smoke_jobs_ran_on_three_workers(cluster: Cluster) -> None:
    assert str(TOTAL) in cluster.smoke["dask"]
    assert "3 of 3 workers" in cluster.smoke["dask"]
    assert str(TOTAL) in cluster.smoke["spark"]
    assert "3 executors on 3 hosts" in cluster.smoke["spark"]
    assert cluster.smoke["jupyter"].endswith("python3, dask, spark")


def test_a_notebook_computes_with_spark_on_all_workers_as_configured(cluster: Cluster) -> None:
    found = computed(cluster, "spark", SPARK)
    assert found == {
        "master": "spark",
        "hosts": cluster.workers(),
        "total": TOTAL,
        "memory": EXECUTOR,
        "executors": [int(EXECUTOR[:-1])],
        "workers": 3,
    }


def test_a_notebook_computes_with_dask_on_all_workers(cluster: Cluster) -> None:
    found = computed(cluster, "dask", DASK)
    names = cluster.workers()
    assert found == {"workers": names, "hosts": names, "total": TOTAL}


def test_a_spark_job_as_the_readme_submits_it(cluster: Cluster, tmp_path: Path) -> None:
    create, submit = commands("A Spark job, from nothing")
    assert "disco create spark" in create
    (tmp_path / "disco").write_text(f'#!/bin/sh\nexec {sys.executable} -m disco.cli.main "$@"\n')
    (tmp_path / "disco").chmod(0o755)
    site = cluster.site
    names = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "DISCO": site.caller.base,
        "CLUSTER": cluster.location[-36:],
    }
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail; source {site.cloud.openrc}\n{submit}"],
        cwd=tmp_path,
        env={**os.environ, **names},
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    assert "Pi is roughly 3.1" in done.stdout


def test_each_worker_is_there_under_its_own_name(cluster: Cluster) -> None:
    for name in cluster.workers():
        units = "disco-dask-worker disco-spark-worker"
        assert cluster.run(f"hostname; systemctl is-active {units}", name).split() == [
            name,
            "active",
            "active",
        ]


def test_a_worker_leaves_and_what_spark_kept_there_is_not_computed_again(
    cluster: Cluster,
) -> None:
    cluster.run(
        "mkdir -p /tmp/keeps && chown disco /tmp/keeps\n"
        f"cat >/tmp/keeps/job.py <<'X'\n{KEEPS}\nX\n"
        "systemd-run -q --unit keeps --uid disco --working-directory /tmp/keeps"
        " -E SPARK_HOME=/opt/disco/spark/spark -E SPARK_CONF_DIR=/etc/disco/spark"
        " -p StandardOutput=file:/tmp/keeps/out -p StandardError=file:/tmp/keeps/err"
        " /opt/disco/spark/bin/python job.py"
    )
    until(lambda: cluster.run("ls /tmp/keeps/kept || true"), 180, "the job has computed")
    cluster.scaled(slavecount="2")
    assert "1 workers have no executors" in cluster.log("components/spark/drained.log")
    cluster.run("touch /tmp/keeps/enough")
    until(lambda: cluster.run("systemctl is-active keeps || true").strip() != "active", 180)
    said = cluster.run("cat /tmp/keeps/out; tail -n 5 /tmp/keeps/err").splitlines()
    assert said[:2] == [f"{TOTAL} 12"] * 2, said
