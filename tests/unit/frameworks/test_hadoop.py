"""What Hadoop, and Spark on it, are told about a cluster."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from disco.spec import Flavor
from tests.support.specs import SHIPPED, draft

SMALL = Flavor("3", "m1.medium", 4096, 2, 40)
PREFIX = "icclab.disco.components."


def cluster(
    given: dict[str, str],
    injected: tuple[str, ...],
    workers: int = 3,
    flavor: Flavor = SMALL,
) -> Contexts:
    """What the templates of a cluster see."""
    frameworks = dict.fromkeys(injected, "")
    attributes = {f"{PREFIX}{name}": value for name, value in given.items()}
    values = check_properties(SHIPPED, attributes, frameworks).values
    _, spec = draft(frameworks, workers, flavor=flavor, properties=values)
    return Contexts(resolve_plan(SHIPPED, frameworks, values), spec)


def text(
    component: str,
    path: str,
    role: str = "worker",
    given: dict[str, str] | None = None,
    injected: tuple[str, ...] = ("hadoop",),
    workers: int = 3,
    flavor: Flavor = SMALL,
) -> str:
    """A rendered template of the shipped component."""
    contexts = cluster(given or {}, injected, workers, flavor)
    context = contexts.component(component, role)  # type: ignore[arg-type]
    return Templates(SHIPPED, "salt").file(component, path, context)


def site(name: str, **more: object) -> dict[str, str]:
    """A configuration file of Hadoop's as a dictionary."""
    root = ElementTree.fromstring(text("hadoop", f"{name}.xml.j2", **more))  # type: ignore[arg-type]
    return {p.findtext("name") or "": p.findtext("value") or "" for p in root}


def spark(**more: object) -> dict[str, str]:
    """Spark's defaults as a dictionary."""
    lines = text("spark", "spark-defaults.conf.j2", "master", **more).splitlines()  # type: ignore[arg-type]
    return dict(line.split(" ", 1) for line in lines if line)


@pytest.mark.parametrize(("workers", "copies"), [(0, "1"), (1, "1"), (2, "2"), (3, "3"), (9, "3")])
def test_there_are_no_more_copies_than_workers(workers: int, copies: str) -> None:
    assert site("hdfs-site", workers=workers)["dfs.replication"] == copies


def test_a_given_number_of_copies_is_taken() -> None:
    assert site("hdfs-site", given={"hadoop.replication": "2"})["dfs.replication"] == "2"


def replacement(**more: object) -> dict[str, str]:
    """What a client of HDFS does when a DataNode is gone while it writes."""
    prefix = "dfs.client.block.write.replace-datanode-on-failure."
    return {k.removeprefix(prefix): v for k, v in site("hdfs-site", **more).items() if prefix in k}


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("role", ["master", "worker"])
def test_a_small_hdfs_goes_on_writing_without_a_datanode(workers: int, role: str) -> None:
    # a DataNode that came later is used all the same: no policy NEVER to undo after scaling out
    found = replacement(workers=workers, role=role)
    assert found == {"enable": "true", "policy": "DEFAULT", "best-effort": "true"}


def test_hdfs_with_a_datanode_to_spare_keeps_hadoop_s_own_way() -> None:
    assert replacement(workers=4) == {}


def test_as_many_copies_as_workers_leave_none_to_spare() -> None:
    assert replacement(workers=5, given={"hadoop.replication": "5"})["best-effort"] == "true"
    assert replacement(workers=6, given={"hadoop.replication": "5"}) == {}


@pytest.mark.parametrize(("workers", "found"), [(1, "false"), (3, "false"), (4, None)])
def test_a_small_hdfs_leaves_out_no_copy_because_a_datanode_is_busy(
    workers: int, found: str | None
) -> None:
    name = "dfs.namenode.redundancy.considerLoad"
    assert site("hdfs-site", workers=workers).get(name) == found


def test_a_request_has_its_own_way_of_replacing_datanodes() -> None:
    name = "dfs.client.block.write.replace-datanode-on-failure.policy"
    assert replacement(given={f"hadoop.conf.hdfs-site.{name}": "NEVER"})["policy"] == "NEVER"


def test_what_is_reserved_follows_the_disk_that_has_the_data() -> None:
    """A tenth of it, whichever it is, and 25 GiB at most."""
    found = site("hdfs-site")
    assert found["dfs.datanode.du.reserved"] == str(25 << 30)
    assert found["dfs.datanode.du.reserved.pct"] == "10"
    least = found["dfs.datanode.du.reserved.calculator"]
    assert least.endswith("$ReservedSpaceCalculatorAggressive")  # the smaller of the two


def test_who_says_what_is_reserved_gets_that() -> None:
    found = site("hdfs-site", given={"hadoop.conf.hdfs-site.dfs.datanode.du.reserved": "7"})
    assert found["dfs.datanode.du.reserved"] == "7"
    assert not [name for name in found if name.startswith("dfs.datanode.du.reserved.")]


def test_a_datanode_takes_whatever_the_namenode_sends_while_its_reserve_is_whole() -> None:
    """Hadoop 3.5's DataNode wants another GB by default, which the NameNode knows nothing of."""
    name = "dfs.datanode.round-robin-volume-choosing-policy.additional-available-space"
    assert site("hdfs-site")[name] == "0"


def test_a_copy_that_failed_is_tried_again_soon() -> None:
    assert site("hdfs-site")["dfs.namenode.reconstruction.pending.timeout-sec"] == "60"


def test_yarn_is_told_its_sizes_where_it_reads_them() -> None:
    yarn = site("yarn-site")
    assert yarn["yarn.nodemanager.resource.memory-mb"] == "2304"  # 3072 less two daemons' 384
    assert yarn["yarn.scheduler.maximum-allocation-mb"] == "2304"
    assert yarn["yarn.scheduler.minimum-allocation-mb"] == "576"
    assert yarn["yarn.nodemanager.vmem-check-enabled"] == "false"
    assert not [key for key in site("mapred-site") if "nodemanager" in key or "scheduler" in key]


@pytest.mark.parametrize("ram_mb", [3072, 4096, 8192, 16384, 65536, 600 * 1024])
@pytest.mark.parametrize("cores", [1, 2, 8, 64])
def test_containers_that_are_asked_for_are_given(ram_mb: int, cores: int) -> None:
    flavor = Flavor("x", "x", ram_mb, cores, 40)
    most = int(site("yarn-site", flavor=flavor)["yarn.nodemanager.resource.memory-mb"])
    tasks = site("mapred-site", flavor=flavor)
    for task in ("map", "reduce"):
        needed = int(tasks[f"mapreduce.{task}.memory.mb"])
        master = int(tasks["yarn.app.mapreduce.am.resource.mb"])
        assert needed + master <= most  # both on the only worker
    conf = spark(injected=("hadoop", "spark"), flavor=flavor)
    heap, rest = (
        int(conf[f"spark.executor.{part}"].removesuffix("m"))
        for part in ("memory", "memoryOverhead")
    )
    assert most / 2 < heap + rest <= most - int(tasks["yarn.app.mapreduce.am.resource.mb"])
    assert heap >= 450  # Spark refuses less
    assert rest >= 128


def test_what_is_given_goes_before_disco_s_own() -> None:
    given = {
        "hadoop.conf.core-site.io.file.buffer.size": "<65536>",
        "hadoop.conf.yarn-site.yarn.nodemanager.vmem-check-enabled": "true",
        "hadoop.conf.hdfs-site.dfs.replication": "1",
        "hadoop.conf.mapred-site.mapreduce.map.memory.mb": "999",
    }
    assert site("core-site", given=given)["io.file.buffer.size"] == "<65536>"
    assert site("yarn-site", given=given)["yarn.nodemanager.vmem-check-enabled"] == "true"
    assert site("hdfs-site", given=given)["dfs.replication"] == "1"
    assert site("mapred-site", given=given)["mapreduce.map.memory.mb"] == "999"


def test_where_the_cluster_is_cannot_be_changed() -> None:
    given = {"hadoop.conf.core-site.fs.defaultFS": "file:///"}
    assert site("core-site", given=given)["fs.defaultFS"] == "hdfs://disco-manager:8020"


@pytest.mark.parametrize(
    ("injected", "mode", "master"),
    [
        (("spark",), "auto", "spark://"),
        (("hadoop", "spark"), "auto", "yarn"),
        (("hadoop", "spark"), "standalone", "spark://"),
        (("spark",), "yarn", "yarn"),
    ],
)
def test_spark_s_executors_come_from_where_they_should(
    injected: tuple[str, ...], mode: str, master: str
) -> None:
    given = {"spark.mode": mode}
    assert spark(injected=injected, given=given)["spark.master"].startswith(master)
    smoke = text("spark", "smoke.sh.j2", "master", given, injected)
    assert ("8088" in smoke) == (master == "yarn")
    contexts = cluster(given, injected)
    assert ("hadoop" in contexts.plan.frameworks) == (master == "yarn" or "hadoop" in injected)
    names = [d.name for d in contexts.daemons(SHIPPED["spark"], "worker")]
    assert names == ([] if master == "yarn" else ["worker"])


def test_spark_on_yarn_takes_nothing_of_a_worker_s_memory_for_itself() -> None:
    context = cluster({}, ("hadoop", "spark")).component("hadoop", "worker")
    assert context["memory"].ram_mb == 3072  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("injected", "place"),
    [
        (("spark",), "webhdfs://192.168.16.10:7079"),
        (("spark", "hadoop"), "hdfs://disco-manager:8020"),
    ],
)
def test_files_and_tables_are_where_all_nodes_see_them(
    injected: tuple[str, ...], place: str
) -> None:
    found = spark(injected=injected)
    assert found["spark.sql.warehouse.dir"] == f"{place}/user/hive/warehouse"
    assert found.get("spark.hadoop.fs.defaultFS", place) == place
    of_metastore = text("spark", "hive-site.xml.j2", "master", injected=injected)
    assert f"<value>{place}/user/hive/warehouse</value>" in of_metastore
    with_own = {"spark.conf.spark-defaults.spark.sql.warehouse.dir": "/mine"}
    assert spark(injected=injected, given=with_own)["spark.sql.warehouse.dir"] == "/mine"


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("ram", [4096, 6144, 8192, 65536])
def test_a_driver_on_a_worker_fits_beside_an_executor(ram: int, workers: int) -> None:
    flavor = Flavor("x", "x", ram, 2, 40)
    injected = ("spark", "hadoop")
    found = spark(injected=injected, flavor=flavor, workers=workers)
    yarn = site("yarn-site", injected=injected, flavor=flavor, workers=workers)
    step = int(yarn["yarn.scheduler.minimum-allocation-mb"])

    def taken(who: str, heap: str, overhead: int) -> int:
        memory = int(found.get(f"spark.{who}.memory", heap).rstrip("m"))
        more = int(found.get(f"spark.{who}.memoryOverhead", f"{overhead}m").rstrip("m"))
        return -(-(memory + more) // step) * step

    driver, executor = taken("driver", "1024m", 384), taken("executor", "1024m", 384)
    room = int(yarn["yarn.nodemanager.resource.memory-mb"])
    assert driver <= int(yarn["yarn.scheduler.maximum-allocation-mb"])
    assert driver + (executor if workers == 1 else 0) <= room
