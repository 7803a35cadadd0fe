"""Work on a group of workers: Dask, Ray, and Spark on its own workers and on YARN."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks.lab import ray
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.submitted import count_jar, put_file
from tests.support.cloud import until
from tests.support.group_job import DASK_ON_BIG
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

PLAIN, BIG, WIDE = "disco-worker-1", "disco-worker-2", "disco-worker-3"


def one_in(*groups: str) -> dict[str, str]:
    """A worker in each group, beside plain ones."""
    return {"heat.groups": str({group: {"count": 1} for group in groups})}


RAY = """\
import json, socket, time
import ray
ray.init(logging_level="warning", log_to_driver=False)
def where(number):
    time.sleep(0.5)
    return socket.gethostname()
def hosts(**asked):
    task = ray.remote(where).options(num_cpus=1, scheduling_strategy="SPREAD", **asked)
    return sorted(set(ray.get([task.remote(i) for i in range(8)])))
print(json.dumps([hosts(resources={"big": 1}), hosts()]))
"""
#: executors that were asked for; and, with the name of a group, one stage there
SPARK = """\
import json, socket, sys, time
from pyspark.resource import ExecutorResourceRequests, ResourceProfileBuilder, TaskResourceRequests
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("groups").getOrCreate()
def where(numbers):
    time.sleep(0.5)
    return [socket.gethostname()]
def hosts(data):
    return sorted(set(data.mapPartitions(where).collect()))
data = spark.sparkContext.parallelize(range(8), 8)
found = [hosts(data)]
if sys.argv[1:]:
    asked = ExecutorResourceRequests().cores(2).memory("600m")
    asked = asked.resource(sys.argv[1], 1, "/etc/disco/spark/group.sh")
    task = TaskResourceRequests().cpus(1).resource(sys.argv[1], 0.1)
    profile = ResourceProfileBuilder().require(asked).require(task).build
    found.append(hosts(data.withResources(profile)))
spark.stop()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One plain worker and one of a group."""
    ray.wheels()
    with (
        running_site(tmp_path_factory.mktemp("groups"), []) as site,
        site.cluster(
            "{'dask': '', 'ray': '', 'spark': ''}", 1, "m1.medium", one_in("big")
        ) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with (
        running_site(tmp_path_factory.mktemp("labels"), ["hadoop"]) as site,
        site.cluster("{'hadoop': '', 'spark': ''}", 1, "m1.medium", one_in("gpu", "wide")) as found,
    ):
        yield found


def last(said: str) -> object:
    """What a program printed last."""
    return json.loads(said.strip().splitlines()[-1])


@pytest.mark.parametrize(("framework", "program"), [("dask", DASK_ON_BIG), ("ray", RAY)])
def test_tasks_are_where_they_ask_for_and_anywhere_else(
    cluster: Cluster, framework: str, program: str
) -> None:
    said = cluster.run_as_user(f"/opt/disco/{framework}/bin/python -", said=program)
    assert last(said) == [[BIG], [PLAIN, BIG]]


def submitted(cluster: Cluster, options: str, words: str = "") -> object:
    """What the program of Spark's found."""
    cluster.run_as_user("cat >groups.py", said=SPARK)
    said = cluster.run_as_user(f"spark-submit {options} groups.py {words}", timeout=300)
    return last(said)


ASKED = "--conf spark.executor.resource.big.amount=1 --conf spark.task.resource.big.amount=0.1"
#: those that are there from the beginning, and not those that come first
ALL = "--conf spark.scheduler.minRegisteredResourcesRatio=1.0"


def test_executors_of_spark_are_on_the_group_that_the_job_asks_for(cluster: Cluster) -> None:
    assert submitted(cluster, ASKED) == [[BIG]]


def test_a_stage_of_spark_is_on_the_group_that_its_profile_asks_for(cluster: Cluster) -> None:
    assert submitted(cluster, ALL, "big") == [[PLAIN, BIG], [BIG]]


#: of a group's name that is a device's for Spark, and of any other
ON_YARN = {
    BIG: "--conf spark.executor.resource.gpu.amount=1 --conf spark.task.resource.gpu.amount=0.1"
    " --conf spark.executor.resource.gpu.discoveryScript=/etc/disco/spark/group.sh",
    WIDE: "--conf spark.yarn.executor.resource.wide.amount=1",
}


@pytest.mark.parametrize("worker", ON_YARN)
def test_executors_of_yarn_are_on_the_group_that_the_job_asks_for(
    yarn: Cluster, worker: str
) -> None:
    assert submitted(yarn, ON_YARN[worker]) == [[worker]]


def test_a_stage_on_yarn_is_on_the_group_that_its_profile_asks_for(yarn: Cluster) -> None:
    anywhere, on_big = submitted(yarn, ALL, "gpu")  # type: ignore[misc]
    assert on_big == [BIG]
    assert PLAIN in anywhere


def test_yarn_knows_how_much_of_the_group_each_worker_has(yarn: Cluster) -> None:
    said = yarn.run("curl -s http://disco-manager:8088/ws/v1/cluster/nodes")
    offered = {}
    for node in json.loads(said)["nodes"]["node"]:
        known = node["totalResource"]["resourceInformations"]["resourceInformation"]
        offered[node["nodeHostName"]] = {one["name"]: one["value"] for one in known}
    assert offered[BIG]["gpu"] == 2
    assert offered[WIDE]["wide"] == 2
    assert offered[PLAIN]["gpu"] == offered[PLAIN]["wide"] == 0


def test_map_tasks_are_on_the_group_that_the_job_asks_for(yarn: Cluster, tmp_path: Path) -> None:
    put_file(yarn, "count.jar", count_jar(tmp_path))
    yarn.run_as_user("seq 3000 | hdfs dfs -put - words")
    asked = "-D mapreduce.map.resource.gpu=1 -D mapreduce.input.fileinputformat.split.maxsize=4000"
    yarn.run_as_user(f"hadoop jar count.jar {asked} words counted 2>&1", timeout=300)
    history = "http://disco-manager:19888/ws/v1/history/mapreduce/jobs"

    def ask(path: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(yarn.run(f"curl -sS '{history}{path}'"))
        return found

    def jobs() -> list[str]:
        return [one["id"] for one in ask("")["jobs"]["job"] if one["name"] == "count"]

    (job,) = until(jobs, 60, "the job in the history")
    tasks = ask(f"/{job}/tasks?type=m")["tasks"]["task"]
    assert len(tasks) > 2
    made = [ask(f"/{job}/tasks/{t['id']}/attempts")["taskAttempts"]["taskAttempt"] for t in tasks]
    # one alone is no list
    attempts = [one for each in made for one in (each if isinstance(each, list) else [each])]
    places = {one["nodeHttpAddress"] for one in attempts}
    assert places == {f"{BIG}:8042"}
