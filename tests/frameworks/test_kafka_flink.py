"""Kafka and Flink on a master and three workers."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks import documented
from tests.frameworks.full_disk import fill, free, move_to_small_disk
from tests.frameworks.lab import flink
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.submitted import java_program, put_file, shell, submit
from tests.support.cloud import eventually, until
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

CHANGED = {
    "kafka.conf.server.log.retention.hours": "73",
    "flink.conf.config.parallelism.default": "5",
    "flink.drain_timeout": "5",
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

#: runs for ever
STREAM = """
SET 'parallelism.default' = '{parallelism}';
{more}
CREATE TEMPORARY TABLE numbers (i BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TEMPORARY TABLE nowhere (i BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT i FROM numbers;
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


def ask(cluster: Cluster, path: str) -> Any:
    """An answer of Flink's REST interface."""
    return json.loads(cluster.run(f"curl -sS http://$(hostname -i):8081{path}"))


@contextlib.contextmanager
def stream(cluster: Cluster, parallelism: int, more: str = "") -> Iterator[str]:
    """A job that runs until it is cancelled; its id."""
    sql = STREAM.format(parallelism=parallelism, more=more)
    said = cluster.run(
        f"cat >/tmp/stream.sql <<'X'\n{sql}X\n"
        "runuser -u disco -- /etc/disco/flink/flink.sh sql -f /tmp/stream.sql",
        timeout=240,
    )
    found = re.search(r"Job ID: ([0-9a-f]{32})", said)
    assert found, said
    job = found[1]
    try:
        until(lambda: places(cluster, job), 300, "the job to run")
        yield job
    finally:
        cluster.run(f"curl -sS -X PATCH http://$(hostname -i):8081/jobs/{job}?mode=cancel")
        until(lambda: ask(cluster, f"/jobs/{job}")["state"] == "CANCELED", 120)


def places(cluster: Cluster, job: str) -> list[str]:
    """The workers where the job runs, when all its tasks do."""
    tasks = [
        task
        for vertex in ask(cluster, f"/jobs/{job}")["vertices"]
        for task in ask(cluster, f"/jobs/{job}/vertices/{vertex['id']}")["subtasks"]
    ]
    if any(task["status"] != "RUNNING" for task in tasks):
        return []
    return sorted({task["taskmanager-id"] for task in tasks})


def drain(cluster: Cluster, worker: str) -> str:
    """What comes of emptying a worker of Flink's tasks."""
    return cluster.run(f"/opt/disco/drain.d/flink {worker} || echo exit $?").strip()


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

    def missing() -> str:
        # each start begins a new log
        joined = "Successful registration at resource manager"
        log = "/var/lib/disco/flink/log/taskmanager.log"
        said = cluster.run(
            f"{TOOLS} grep -om1 '{joined}' {log} || exit 0; kafka $TOPIC --describe"
            " --bootstrap-server $(hostname -i):9092 --topic __consumer_offsets || true",
            "disco-worker-2",
        )
        held = re.findall(r"Isr: (\S+)", said)
        whole = [isr for isr in held if set(isr.split(",")) == {"1", "2", "3"}]
        seen = overview(cluster)
        if len(whole) == 50 and (seen["taskmanagers"], seen["slots-total"]) == (3, 6):
            return ""
        return f"{len(whole)} of 50 partitions in step; registered: {joined in said}; {seen}"

    until(back, 60, "both daemons to run again")
    eventually(missing, "", 300)


BROKER = "/var/lib/disco/kafka/broker"
#: until the broker takes records
UP = """
for i in $(seq 240); do (exec 3<>/dev/tcp/$(hostname -i)/9092) 2>/dev/null && break; sleep 0.5; done
"""
#: topics are records of the controllers' log, of which the broker keeps a copy
TOPICS = """
for i in $(seq 4); do
  kafka $TOPIC --bootstrap-server $KAFKA_BOOTSTRAP --create --if-not-exists --topic full-$i \
    --partitions 20 --replication-factor 3 || true
done
"""


def test_a_broker_whose_disk_was_full_comes_back_when_there_is_room(cluster: Cluster) -> None:
    """Records that the others took meanwhile are on it then, too."""
    node = "disco-worker-3"
    move_to_small_disk(cluster, node, "disco-kafka-broker", BROKER, 64)
    cluster.run(UP, node, timeout=180)
    fill(cluster, node, BROKER)
    restarts = "systemctl show -P NRestarts disco-kafka-broker"
    before = int(cluster.run(restarts, node))
    cluster.run(f"{TOOLS} {TOPICS}", "disco-worker-2", timeout=240)
    until(lambda: int(cluster.run(restarts, node)) > before, 120, "the broker to end")
    free(cluster, node, BROKER)

    def missing() -> str:
        said = cluster.run(
            f"{TOOLS} kafka $TOPIC --describe --bootstrap-server $(hostname -i):9092"
            " --topic 'full-.*|__consumer_offsets' 2>&1 || true",
            node,
        )
        held = [set(isr.split(",")) for isr in re.findall(r"Isr: (\S+)", said)]
        whole = [isr for isr in held if isr == {"1", "2", "3"}]
        return "" if len(whole) == len(held) >= 50 else f"{len(whole)} of {len(held)} in step"

    eventually(missing, "", 300)


SQL = """
SET 'execution.runtime-mode' = 'batch';
CREATE TEMPORARY TABLE numbers (i BIGINT) WITH ('connector' = 'datagen',
  'number-of-rows' = '1000',
  'fields.i.kind' = 'sequence', 'fields.i.start' = '1', 'fields.i.end' = '1000');
SELECT SUM(i) AS s FROM numbers;
"""


def test_statements_are_submitted_from_a_laptop(cluster: Cluster) -> None:
    done = submit(cluster, "sum.sql", SQL)
    assert (done.status, "500500" in done.out.split()) == (0, True), done.out + done.err
    done = submit(cluster, "wrong.sql", "SELECT * FROM nothing;")
    assert done.status not in (0, None), done.out


def test_a_library_is_submitted_from_a_laptop(cluster: Cluster, tmp_path: Path) -> None:
    flink.libraries(tmp_path)
    done = submit(cluster, "sum.jar", java_program(tmp_path, "Sum", PROGRAM))
    assert (done.status, "sum 500500" in done.out.splitlines()) == (0, True), done.out + done.err


def test_a_cancelled_job_leaves_none_in_flink(cluster: Cluster) -> None:
    user, handle = shell(cluster), cluster.location[-36:]
    (user.cwd / "stream.sql").write_text(STREAM.format(parallelism=2, more=""))
    submitted = user.run("job", "submit", handle, "stream.sql", "--id", "endless")
    assert submitted.status == 0, submitted.err

    def states() -> list[str]:
        jobs = ask(cluster, "/jobs/overview")["jobs"]
        return [job["state"] for job in jobs if job["name"] == "disco-job-endless"]

    until(lambda: states() == ["RUNNING"], 180, "the job to run")
    done = user.run("job", "cancel", handle, "endless", timeout=180)
    assert done.status == 0, done.err
    until(lambda: states() == ["CANCELED"], 60, "its end")


@pytest.mark.parametrize("command", documented.ANSWERS["Kafka"])
def test_a_command_of_the_page_s_kafka_does_what_it_says(cluster: Cluster, command: str) -> None:
    documented.run(cluster, "Kafka", command)


#: the sum of numbers, as a program for Flink
PROGRAM = """\
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

public class Sum {
    public static void main(String[] words) throws Exception {
        StreamExecutionEnvironment all = StreamExecutionEnvironment.getExecutionEnvironment();
        all.setRuntimeMode(RuntimeExecutionMode.BATCH);
        try (CloseableIterator<Long> found = all.fromSequence(1, 1000).keyBy(n -> 0)
                .reduce((x, y) -> x + y).executeAndCollect()) {
            System.out.println("sum " + found.next());
        }
    }
}
"""


@pytest.mark.parametrize("command", documented.ANSWERS["Flink"])
def test_a_command_of_the_page_s_flink_does_what_it_says(
    cluster: Cluster, command: str, tmp_path: Path
) -> None:
    if "job.jar" in command:
        flink.libraries(tmp_path)
        put_file(cluster, "job.jar", java_program(tmp_path, "Sum", PROGRAM))
    documented.run(cluster, "Flink", command)


def test_workers_do_not_leave_a_cluster_with_kafka(cluster: Cluster) -> None:
    answer = cluster.scale(slavecount="2")
    assert answer.status_code == 400
    assert "its brokers hold messages" in answer.text


def test_workers_do_not_leave_under_a_flink_job_that_would_be_lost(cluster: Cluster) -> None:
    worker = "disco-worker-3"
    assert drain(cluster, worker) == "1 workers have no task that is lost with them"
    with stream(cluster, 6):
        said = drain(cluster, worker)
        assert said.endswith("exit 1")
        assert "without checkpoints and restart strategy it would fail" in said
    checkpoints = "SET 'execution.checkpointing.interval' = '1s';"
    with stream(cluster, 6, checkpoints):
        said = drain(cluster, worker)
        assert "jobs use 2 slots there, and 0 are free on the other workers" in said
    with stream(cluster, 2, checkpoints) as job:
        worker = places(cluster, job)[0]
        until(lambda: ask(cluster, f"/jobs/{job}/checkpoints")["counts"]["completed"], 60)
        assert drain(cluster, worker) == "1 workers have no task that is lost with them"
        cluster.run("systemctl stop disco-flink-taskmanager", worker)

        def goes_on() -> bool:
            now = places(cluster, job)
            return bool(now) and worker not in now

        until(goes_on, 180, "the job to go on elsewhere")
        assert ask(cluster, f"/jobs/{job}/checkpoints")["counts"]["restored"]
