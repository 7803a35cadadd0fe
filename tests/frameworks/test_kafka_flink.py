"""Kafka and Flink on a master and three workers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.frameworks.lab import flink
from tests.frameworks.site import STATUS, Cluster, running_site
from tests.support.cloud import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.nodes,
    pytest.mark.skipif(STATUS.mode == "none", reason=STATUS.reason or "nodes do not run here"),
]

CHANGED = {
    "kafka.conf.server.log.retention.hours": "73",
    "flink.conf.config.parallelism.default": "5",
}
#: what a user of the nodes would do with the archive's scripts, which the mirror's lacks
TOOLS = """
. /etc/profile.d/disco-kafka.sh
TOPIC=org.apache.kafka.tools.TopicCommand
kafka() {
  /opt/disco/java-17/bin/java -Xmx128m -XX:TieredStopAtLevel=1 -cp '/opt/disco/kafka/libs/*' \
    -Dlog4j2.configurationFile=/etc/disco/kafka/log4j2.properties "$@"
}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("kafka-flink")
    flink.provide(folder / "mirror" / "files")
    with (
        running_site(folder, ["kafka"]) as site,
        site.cluster("{'kafka': '', 'flink': ''}", properties=CHANGED) as found,
    ):
        yield found


def overview(cluster: Cluster) -> dict[str, int]:
    """What Flink's JobManager says of the cluster."""
    said = cluster.run("curl -sS http://$(hostname -i):8081/overview")
    return dict(json.loads(said))


def test_kafka_kept_what_was_written_on_three_workers(cluster: Cluster) -> None:
    assert cluster.smoke["kafka"] == (
        "300 of 300 records read back as written, from 3 of 3 workers, 3 copies each; quorum of 3"
    )


def test_flink_computed_on_three_workers(cluster: Cluster) -> None:
    assert cluster.smoke["flink"] == (
        "sum of 1..1000000 = 500000500000, computed in 6 slots on 3 of 3 workers"
    )
    seen = overview(cluster)
    assert (seen["taskmanagers"], seen["slots-total"]) == (3, 6)


def test_all_nodes_of_kafka_belong_to_one_cluster(cluster: Cluster) -> None:
    ids = set()
    for name in ["disco-manager", *cluster.workers()]:
        found = cluster.run("grep -h ^cluster.id= /var/lib/disco/kafka/*/meta.properties", name)
        ids |= set(found.split())
    assert len(ids) == 1
    assert len(ids.pop()) == len("cluster.id=") + 22


def test_controllers_run_where_they_vote(cluster: Cluster) -> None:
    states = [
        cluster.run("systemctl is-active disco-kafka-controller || true", name).strip()
        for name in ["disco-manager", *cluster.workers()]
    ]
    assert states == ["active", "active", "active", "inactive"]


def test_overrides_are_in_force(cluster: Cluster) -> None:
    said = cluster.run(
        f"{TOOLS} kafka kafka.admin.ConfigCommand --bootstrap-server $KAFKA_BOOTSTRAP"
        " --describe --all --entity-type brokers --entity-name 3",
        "disco-worker-2",
    )
    assert "log.retention.hours=73 " in said
    said = cluster.run("curl -sS http://$(hostname -i):8081/jobmanager/config")
    values = {pair["key"]: pair["value"] for pair in json.loads(said)}
    assert values["parallelism.default"] == "5"


def test_daemons_that_were_killed_come_back(cluster: Cluster) -> None:
    units = ["disco-kafka-broker", "disco-flink-taskmanager"]
    show = f"systemctl show -P MainPID {' '.join(units)}"
    before = cluster.run(show, "disco-worker-2").split()
    for unit in units:
        cluster.run(f"systemctl kill -s KILL {unit}", "disco-worker-2")

    def back() -> bool:
        now = cluster.run(show, "disco-worker-2").split()
        return all(new not in ("0", old) for new, old in zip(now, before, strict=True))

    def whole() -> bool:
        # each start begins a new log
        joined = "Successful registration at resource manager"
        log = "/var/lib/disco/flink/log/taskmanager.log"
        said = cluster.run(
            f"{TOOLS} grep -c '{joined}' {log} || exit 0; kafka $TOPIC --describe"
            " --bootstrap-server $(hostname -i):9092 --topic __consumer_offsets || true",
            "disco-worker-2",
        )
        held = re.findall(r"Isr: (\S+)", said)
        seen = overview(cluster)
        return (
            len(held) == 50
            and all(set(isr.split(",")) == {"1", "2", "3"} for isr in held)
            and (seen["taskmanagers"], seen["slots-total"]) == (3, 6)
        )

    until(back, 60, "both daemons to run again")
    until(whole, 120, "a whole cluster")
