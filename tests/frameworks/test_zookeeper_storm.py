"""ZooKeeper's quorum, and Storm on it, on a master and three workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frameworks import documented
from tests.frameworks.full_disk import fill, free, move_to_small_disk
from tests.frameworks.lab import storm
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.submitted import java_program, put_file
from tests.support.cloud import until
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes
CLIENT = (
    "/opt/disco/java-17/bin/java -cp '/etc/disco/zookeeper:/opt/disco/zookeeper/lib/*' "
    "org.apache.zookeeper.ZooKeeperMain -waitforconnection -server {}:2181 {} 2>/dev/null"
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    frameworks = ["zookeeper", "storm"]
    with (
        running_site(tmp_path_factory.mktemp("storm"), frameworks) as site,
        # the UI's jars are not to be had from a package registry
        site.cluster("{'zookeeper': '', 'storm': ''}", properties={"storm.ui": "false"}) as found,
    ):
        yield found


def test_the_smoke_jobs_found_a_quorum_and_all_supervisors(cluster: Cluster) -> None:
    assert "read through 2 of 2 others" in cluster.smoke["zookeeper"]
    assert "sum of 1..100 = 5050 tuples" in cluster.smoke["storm"]
    assert "emitted on 3 of 3 supervisors" in cluster.smoke["storm"]


def test_three_of_four_nodes_are_the_quorum_and_one_of_them_leads(cluster: Cluster) -> None:
    ask = "exec 3<>/dev/tcp/$(hostname)/2181 && printf srvr >&3 && grep ^Mode: <&3"
    nodes = ["disco-manager", *cluster.workers()]
    modes = [cluster.run(f"({ask}) 2>/dev/null || echo none", node).strip() for node in nodes]
    assert modes[3] == "none"
    assert sorted(modes[:3]) == ["Mode: follower", "Mode: follower", "Mode: leader"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("stat", "Mode: "),
        ("conf", "clientPort=2181"),
        ("cons", "queued="),
        ("mntr", "zk_server_state"),
        ("envi", "not in the whitelist"),
        ("dump", "not in the whitelist"),
    ],
)
def test_words_that_change_and_reveal_nothing_are_answered(
    cluster: Cluster, word: str, said: str
) -> None:
    ask = f"exec 3<>/dev/tcp/$(hostname)/2181 && printf {word} >&3 && cat <&3"
    assert said in cluster.run(ask)


def test_what_one_node_writes_another_reads(cluster: Cluster) -> None:
    cluster.run(CLIENT.format("disco-worker-2", "create /greeting hello"), "disco-worker-2")
    found = cluster.run(CLIENT.format("disco-manager", "get /greeting"), "disco-worker-3")
    assert found.split()[-1] == "hello"


FULL = "/var/lib/disco/zookeeper/data"
#: values that take more room than a page
MANY = "for i in $(seq 300); do echo create /full-$i $(head -c 2000 /dev/zero | tr '\\0' x); done"


def test_a_server_whose_disk_was_full_comes_back_when_there_is_room(cluster: Cluster) -> None:
    """It has what the others took meanwhile."""
    node, unit = "disco-worker-2", "disco-zookeeper-server"
    move_to_small_disk(cluster, node, unit, FULL, 80)
    serves = (
        "(exec 3<>/dev/tcp/$(hostname)/2181 && printf srvr >&3 && grep ^Mode: <&3) 2>&1 || true"
    )
    until(lambda: "Mode: " in cluster.run(serves, node), 60, "the server to be in the quorum")
    fill(cluster, node, FULL)
    # it ends, or leaves the quorum and comes back to it, again and again
    troubles = "grep -c 'No space left on device' /var/log/disco/zookeeper/server.log || true"
    write = CLIENT.format("disco-worker-1", "")
    cluster.run(f"({MANY}) | {write}", "disco-worker-1", timeout=180)
    until(lambda: int(cluster.run(troubles, node)) > 0, 120, "the server to have no room")
    free(cluster, node, FULL)
    until(lambda: "Mode: " in cluster.run(serves, node), 180, "the server to be back")
    found = cluster.run(CLIENT.format(node, "get /full-300"), "disco-worker-3")
    assert found.split()[-1] == 2000 * "x"


def test_nimbus_knows_a_supervisor_on_each_worker(cluster: Cluster) -> None:
    found = cluster.run("python3 -I /etc/disco/storm/nimbus.py supervisors")
    assert found.split() == cluster.workers()
    for name in cluster.workers():
        ran = cluster.run("ls -d /var/lib/disco/storm/logs/workers-artifacts/smoke-*/67*", name)
        assert len(ran.split()) == 1


@pytest.mark.parametrize("command", documented.ANSWERS["ZooKeeper"])
def test_a_command_of_the_page_s_zookeeper_does_what_it_says(
    cluster: Cluster, command: str
) -> None:
    documented.run(cluster, "ZooKeeper", command)


#: a topology of Storm's own words
TOPOLOGY = """\
import org.apache.storm.Config;
import org.apache.storm.StormSubmitter;
import org.apache.storm.testing.TestWordSpout;
import org.apache.storm.topology.TopologyBuilder;

public class Words {
    public static void main(String[] words) throws Exception {
        TopologyBuilder builder = new TopologyBuilder();
        builder.setSpout("words", new TestWordSpout(), 1);
        StormSubmitter.submitTopology("words", new Config(), builder.createTopology());
    }
}
"""


@pytest.mark.parametrize("command", documented.ANSWERS["Storm"])
def test_a_command_of_the_page_s_storm_does_what_it_says(
    cluster: Cluster, command: str, tmp_path: Path
) -> None:
    if command.startswith("storm jar"):
        storm.libraries(tmp_path)
        put_file(cluster, "job.jar", java_program(tmp_path, "Words", TOPOLOGY))
    documented.run(cluster, "Storm", command)
