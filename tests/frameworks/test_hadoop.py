"""HDFS, YARN and MapReduce; Spark on YARN, and its notebook kernel: a master and three workers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frameworks import documented
from tests.frameworks.full_disk import fill, free, move_to_small_disk
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.spark_jobs import (
    OTHER,
    tables_have_their_rows,
    work_beside_an_idle_session,
)
from tests.frameworks.submitted import count_jar, shell, submit
from tests.support.cloud import until
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

BLOCK = 4 << 20
SECRET_NAME, SECRET = "disco.test.key", "s3cr3t<&' value"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    given = {
        "hadoop.conf.hdfs-site.dfs.blocksize": str(BLOCK),
        "hadoop.conf.yarn-site.yarn.nodemanager.vmem-pmem-ratio": "3.5",
        f"hadoop.secret.conf.core-site.{SECRET_NAME}": SECRET,
    }
    with (
        running_site(tmp_path_factory.mktemp("hadoop"), ["hadoop"]) as site,
        site.cluster("{'hadoop': '', 'spark': '', 'jupyter': ''}", properties=given) as found,
    ):
        yield found


def test_words_were_counted_by_mapreduce_on_three_workers(cluster: Cluster) -> None:
    # 3000 lines of a common word, one of seven, and one of their own
    assert "3008 words counted right (3000 times 'all')" in cluster.smoke["hadoop"]
    assert "tasks on 3 of 3 workers, a block on 3 DataNodes" in cluster.smoke["hadoop"]


def test_spark_had_an_executor_of_yarn_s_on_each_worker(cluster: Cluster) -> None:
    assert "500000500000" in cluster.smoke["spark"]
    assert "3 executors on 3 hosts, given by yarn" in cluster.smoke["spark"]
    for node in ("disco-manager", "disco-worker-1"):
        units = cluster.run("systemctl list-units --plain --no-legend 'disco-spark-*'", node)
        assert [line.split()[0] for line in units.splitlines()] == (
            ["disco-spark-history.service", "disco-spark-metastore.service"]
            if node == "disco-manager"
            else []
        )


def test_the_notebook_kernel_computed_on_yarn(cluster: Cluster) -> None:
    assert "spark" in cluster.smoke["jupyter"]
    said = cluster.run("curl -s http://disco-manager:8088/ws/v1/cluster/apps")
    apps = {app["name"]: app for app in json.loads(said)["apps"]["app"]}
    assert apps["jupyter smoke"]["applicationType"] == "SPARK"
    assert {app["finalStatus"] for app in apps.values()} == {"SUCCEEDED"}
    # what ran before is in the history server, which reads it from HDFS
    said = cluster.run("curl -s http://$(hostname -I | cut -d' ' -f1):18080/api/v1/applications")
    assert "jupyter smoke" in {app["name"] for app in json.loads(said)}


def test_a_table_has_its_rows_for_who_logs_in_and_for_another_session(cluster: Cluster) -> None:
    tables_have_their_rows(cluster, "hdfs://disco-manager:8020")


def test_an_idle_session_leaves_the_executors_to_others(cluster: Cluster) -> None:
    assert "sum 500000500000" in work_beside_an_idle_session(cluster).splitlines()


def test_mapreduce_of_who_logs_in_is_in_the_history(cluster: Cluster) -> None:
    said = cluster.run("curl -s http://disco-manager:19888/ws/v1/history/mapreduce/jobs")
    told = json.loads(said)["jobs"]["job"]
    jobs = told if isinstance(told, list) else [told]  # Hadoop's JSON has no list of one
    assert {(job["user"], job["state"]) for job in jobs} == {("ubuntu", "SUCCEEDED")}
    for folder in ("/mr-history", "/mr-history/tmp"):
        cluster.run_as_user(f"hdfs dfs -ls {folder}")


def test_a_driver_on_a_worker_has_room(cluster: Cluster) -> None:
    cluster.run_as_user("cat >pi.py", said=OTHER)
    said = cluster.run_as_user("spark-submit --deploy-mode cluster pi.py 2>&1", timeout=240)
    assert "final status: SUCCEEDED" in said


@pytest.mark.parametrize("command", documented.ANSWERS["Hadoop"])
def test_a_command_of_the_page_s_hadoop_does_what_it_says(cluster: Cluster, command: str) -> None:
    documented.run(cluster, "Hadoop", command)


@pytest.mark.parametrize("command", documented.ANSWERS["Spark"])
def test_a_command_of_the_page_s_spark_runs_on_yarn(cluster: Cluster, command: str) -> None:
    documented.run(cluster, "Spark", command)


def test_programs_are_submitted_to_yarn_from_a_laptop(cluster: Cluster, tmp_path: Path) -> None:
    done = submit(cluster, "other.py", OTHER)
    assert (done.status, "sum 500000500000" in done.out.splitlines()) == (0, True), done.err
    cluster.run_as_user(
        "for i in $(seq 3000); do echo all w$((i % 7)); done | hdfs dfs -put - words"
    )
    done = submit(cluster, "count.jar", count_jar(tmp_path), "words", "counted")
    assert done.status == 0, done.err
    said = cluster.run_as_user("hdfs dfs -cat counted/part-r-00000")
    assert "all\t3000" in said.splitlines()
    # its output is there already
    assert submit(cluster, "count.jar", count_jar(tmp_path), "words", "counted").status != 0


#: never ends by itself
ENDLESS = """\
import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("endless").getOrCreate()
print(spark.range(10).count())
time.sleep(3600)
"""


def test_a_cancelled_job_leaves_no_application_on_yarn(cluster: Cluster) -> None:
    """Its driver is on a worker: no process of it is on the master."""
    user, handle = shell(cluster), cluster.location[-36:]
    (user.cwd / "endless.py").write_text(ENDLESS)
    words = ("endless.py", "--id", "endless", "--option=--deploy-mode", "--option=cluster")
    submitted = user.run("job", "submit", handle, *words)
    assert submitted.status == 0, submitted.err
    ask = "curl -s 'http://disco-manager:8088/ws/v1/cluster/apps?applicationTags=disco-job-endless'"

    def states() -> list[str]:
        apps = json.loads(cluster.run(ask))["apps"]
        return [app["state"] for app in apps["app"]] if apps else []

    until(lambda: states() == ["RUNNING"], 180, "the application to run")
    done = user.run("job", "cancel", handle, "endless", timeout=180)
    assert done.status == 0, done.err
    until(lambda: states() == ["KILLED"], 60, "its end")


def test_hdfs_reserves_a_tenth_of_the_disk_that_its_data_are_on(cluster: Cluster) -> None:
    ask = "curl -s 'http://disco-worker-1:9864/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo'"
    (bean,) = json.loads(cluster.run(ask, "disco-worker-1"))["beans"]
    (volume,) = json.loads(bean["VolumeInfo"]).values()
    size = int(
        cluster.run("df -B1 --output=size /var/lib/disco/hadoop/data", "disco-worker-1").split()[1]
    )
    assert volume["reservedSpace"] == pytest.approx(min(size // 10, 25 << 30), rel=0.01)
    assert volume["freeSpace"] > 0


def test_yarn_has_three_nodes_of_the_right_size(cluster: Cluster) -> None:
    said = cluster.run("runuser -l ubuntu -c 'yarn node -list'", timeout=300)
    assert len(re.findall(r"^disco-worker-[123]:8041\s+RUNNING", said, re.MULTILINE)) == 3
    said = cluster.run("curl -s http://disco-manager:8088/ws/v1/cluster/nodes")
    sizes = [n["availMemoryMB"] + n["usedMemoryMB"] for n in json.loads(said)["nodes"]["node"]]
    assert sizes == [2304] * 3


def test_what_one_node_writes_another_reads(cluster: Cluster) -> None:
    write = "head -c 9000000 /dev/zero | tr '\\0' x | hdfs dfs -put - there"
    cluster.run(f'runuser -l ubuntu -c "{write}"', "disco-worker-1", 300)
    read = "runuser -l ubuntu -c 'hdfs dfs -cat there' | sha256sum"
    here = cluster.run("head -c 9000000 /dev/zero | tr '\\0' x | sha256sum")
    assert cluster.run(read, "disco-worker-3", 300) == here
    said = cluster.run(
        "curl -s 'http://disco-manager:9870/webhdfs/v1/user/ubuntu/there?op=GETFILESTATUS'"
    )
    status = json.loads(said)["FileStatus"]
    assert (status["owner"], status["length"], status["replication"]) == ("ubuntu", 9000000, 3)
    assert status["blockSize"] == BLOCK  # as the request asked for


def test_what_the_request_configures_is_what_runs(cluster: Cluster) -> None:
    said = cluster.run("curl -s -H 'Accept: application/json' http://disco-worker-2:8042/conf")
    running = {p["key"]: p["value"] for p in json.loads(said)["properties"]}
    assert running["yarn.nodemanager.vmem-pmem-ratio"] == "3.5"


@pytest.mark.parametrize("node", ["disco-manager", "disco-worker-1"])
def test_a_secret_is_for_who_works_there_and_for_nobody_else(cluster: Cluster, node: str) -> None:
    ask = f"hdfs getconf -confKey {SECRET_NAME}"
    assert cluster.run_as_user(ask, node).strip() == SECRET
    assert "s3cr3t" not in str(cluster.shown)
    read = "runuser -u nobody -- cat /etc/disco/hadoop/core-site.xml 2>&1 || true"
    assert "Permission denied" in cluster.run(read, node)
    # of what anybody may read, logs and the web server's files included, nothing has it
    places = "/etc /home /var/log /var/lib/disco /var/lib/cloud /tmp /run"
    find = f"grep -rlsIF s3cr3t {places}"
    assert cluster.run(f"runuser -u nobody -- {find} || true", node, 240) == ""
    modes = f"{find} | xargs -r -d '\\n' stat -c '%A %n'"
    found = [line.split() for line in cluster.run(modes, node, timeout=240).splitlines()]
    assert [name for mode, name in found if mode[7] == "r"] == []
    assert "/etc/disco/hadoop/core-site.xml" in [name for _, name in found]


def test_a_secret_is_on_no_page_of_hadoop_s(cluster: Cluster) -> None:
    for page in ("disco-manager:8088", "disco-manager:9870", "disco-worker-1:8042"):
        said = cluster.run(f"curl -fsS http://{page}/conf", "disco-worker-1")
        assert SECRET_NAME in said
        assert "s3cr3t" not in said


#: appends two parts to a file; the second is written when a DataNode of its pipeline is gone
APPEND = """
cd /run && rm -f go append.rc
runuser -l ubuntu -c 'echo start | hdfs dfs -put - appended'
part() { head -c 6000000 /dev/zero | tr '\\0' "$1"; }
({ part a; until [[ -e go ]]; do sleep 0.2; done; part b; } |
  runuser -l ubuntu -c 'hdfs dfs -appendToFile - appended' >append.log 2>&1
  echo $? >append.rc) </dev/null >/dev/null 2>&1 &
"""
LIVE = "curl -s 'http://disco-manager:9870/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState'"


def test_an_append_goes_on_when_a_datanode_is_killed(cluster: Cluster) -> None:
    """Three workers hold all three copies: no other DataNode can take the place of one."""
    cluster.run(APPEND, timeout=300)
    status = "curl -s 'http://disco-manager:9870/webhdfs/v1/user/ubuntu/appended?op=GETFILESTATUS'"

    def length() -> int:
        return int(json.loads(cluster.run(status))["FileStatus"]["length"])

    until(lambda: length() >= BLOCK, 120, "a whole block to be written, and the next one begun")
    unit = "disco-hadoop-datanode"
    cluster.run(f"systemctl kill -s KILL {unit}; systemctl stop {unit}", "disco-worker-3")
    try:
        wait = "cd /run && touch go && until [[ -e append.rc ]]; do sleep 0.5; done"
        said = cluster.run(f"{wait}; cat append.log append.rc", timeout=400)
        assert said.splitlines()[-1] == "0", said
        read = "runuser -l ubuntu -c 'hdfs dfs -cat appended' | sha256sum"
        whole = "(echo start; for c in a b; do head -c 6000000 /dev/zero | tr '\\0' $c; done)"
        assert cluster.run(read, timeout=300) == cluster.run(f"{whole} | sha256sum")
    finally:
        cluster.run(f"systemctl start {unit}", "disco-worker-3")

    def live() -> int:
        return int(json.loads(cluster.run(LIVE))["beans"][0]["NumLiveDataNodes"])

    until(lambda: live() == 3, 120, "three DataNodes")


DATA = "/var/lib/disco/hadoop/data"


def test_hdfs_takes_no_notice_of_a_disk_that_was_full(cluster: Cluster) -> None:
    """What is written meanwhile is whole, and on that worker when there is room again."""
    node = "disco-worker-2"
    move_to_small_disk(cluster, node, "disco-hadoop-datanode", DATA, 96)

    def room() -> int:
        ask = f"curl -s 'http://{node}:9864/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo'"
        (bean,) = json.loads(cluster.run(f"{ask} || echo '{{}}'", node)).get("beans", [{}])
        (volume,) = json.loads(bean.get("VolumeInfo") or '{"": {}}').values()
        return int(volume.get("freeSpace", -1))

    until(lambda: room() > 2 * BLOCK, 120, "the DataNode to be there again")
    fill(cluster, node, DATA)
    until(lambda: 0 <= room() < BLOCK, 120, "it to say that it is full")
    write = "head -c 9000000 /dev/zero | tr '\\0' z | hdfs dfs -put - full 2>&1"
    cluster.run(f'runuser -l ubuntu -c "{write}"', "disco-worker-1", 300)
    here = cluster.run("head -c 9000000 /dev/zero | tr '\\0' z | sha256sum")
    read = "runuser -l ubuntu -c 'hdfs dfs -cat full' | sha256sum"
    assert cluster.run(read, "disco-worker-3", 300) == here
    free(cluster, node, DATA)
    fsck = "runuser -l disco -c 'hdfs fsck /user/ubuntu/full -files -blocks -locations'"

    def copies() -> bool:
        return (
            re.search(r"Under-replicated blocks:\s+0 ", cluster.run(fsck, timeout=120)) is not None
        )

    until(copies, 240, "three copies of each block")


def test_a_worker_leaves_when_its_blocks_are_elsewhere(cluster: Cluster) -> None:
    write = "head -c 9000000 /dev/zero | tr '\\0' y | hdfs dfs -put - moves"
    cluster.run(f'runuser -l ubuntu -c "{write}"', "disco-worker-1", 300)
    refused = cluster.scale(slavecount="2")
    assert refused.status_code == 400
    assert "as many copies of each block" in refused.text
    cluster.scaled(slavecount="4")
    cluster.scaled(remove="disco-worker-1")
    said = cluster.run(
        "runuser -l disco -c 'hdfs fsck /user/ubuntu/moves -files -blocks -locations'"
    )
    assert "is HEALTHY" in said
    assert re.search(r"Under-replicated blocks:\s+0 ", said)
    here = cluster.run("head -c 9000000 /dev/zero | tr '\\0' y | sha256sum")
    read = "runuser -l ubuntu -c 'hdfs dfs -cat moves' | sha256sum"
    assert cluster.run(read, "disco-worker-4", 300) == here

    def nodes(state: str) -> set[str]:
        said = cluster.run(f"curl -s http://disco-manager:8088/ws/v1/cluster/nodes?states={state}")
        return {node["nodeHostName"] for node in json.loads(said)["nodes"]["node"]}

    assert nodes("RUNNING") == {"disco-worker-2", "disco-worker-3", "disco-worker-4"}
    assert nodes("DECOMMISSIONED") == {"disco-worker-1"}
