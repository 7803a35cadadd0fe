"""HBase on HDFS and ZooKeeper, on a master and three workers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.frameworks.site import Cluster, running_site
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    frameworks = ["hadoop", "zookeeper", "hbase"]
    with (
        running_site(tmp_path_factory.mktemp("hbase"), frameworks) as site,
        site.cluster("{'hadoop': '', 'zookeeper': '', 'hbase': ''}") as found,
    ):
        yield found


def beans(cluster: Cluster, node: str, port: int, query: str) -> dict[str, str | int]:
    """A management bean of a daemon, asked from its own node."""
    text = cluster.run(f"curl -fsS 'http://{node}:{port}/jmx?qry=Hadoop:service=HBase,{query}'")
    found: dict[str, str | int] = json.loads(text)["beans"][0]
    return found


def test_the_smoke_job_stored_rows_on_all_region_servers(cluster: Cluster) -> None:
    assert "sum of 1000 rows = 500500" in cluster.smoke["hbase"]
    assert "in 6 regions on 3 of 3 region servers" in cluster.smoke["hbase"]


def test_the_master_knows_a_region_server_on_each_worker(cluster: Cluster) -> None:
    server = beans(cluster, "disco-manager", 16010, "name=Master,sub=Server")
    live = str(server["tag.liveRegionServers"]).split(";")
    assert sorted(name.split(",")[0] for name in live) == cluster.workers()
    assert server["numDeadRegionServers"] == 0


def test_each_region_server_has_its_log_in_hdfs(cluster: Cluster) -> None:
    logs = cluster.run(
        "curl -fsS 'http://disco-manager:9870/webhdfs/v1/hbase/WALs?op=LISTSTATUS&user.name=disco'"
    )
    names = [s["pathSuffix"] for s in json.loads(logs)["FileStatuses"]["FileStatus"]]
    assert set(cluster.workers()) <= {name.split(",")[0] for name in names}
