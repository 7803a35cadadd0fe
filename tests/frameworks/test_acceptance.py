"""What data teams do all day, in one cluster: records of Kafka become tables in the object store,
which other sessions, notebooks and SQL read; joins whose sums are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from tests.frameworks import lab
from tests.frameworks.lab import flink, objectstore
from tests.frameworks.site import HOST, Cluster, running_site
from tests.frameworks.spark_jobs import computed
from tests.frameworks.submitted import submit
from tests.support.nodes import needs_nodes
from tests.support.object_store import swift_of

pytestmark = needs_nodes

#: with which Spark and Flink speak to Kafka; the newest that can be had everywhere
JARS = (
    "org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0",
    "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.2.0",
    "org.apache.kafka:kafka-clients:3.9.1",
    "org.apache.commons:commons-pool2:2.12.1",
    "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
)
WANTED = {"objectstore.location": "s3a://work/data", "packages.jars": " ".join(JARS)}
PRODUCE = """
kafka() {{
  /opt/disco/java-17/bin/java -Xmx128m -XX:TieredStopAtLevel=1 -cp '/opt/disco/kafka/libs/*' \
    -Dlog4j2.configurationFile=/etc/disco/kafka/log4j2.properties org.apache.kafka.tools.$1 \
    --bootstrap-server disco-worker-1:9092 --topic events "${{@:2}}"
}}
kafka TopicCommand --create --if-not-exists --partitions 2
seq {first} {last} | kafka ConsoleProducer
"""
#: once more, it goes on where it was
STREAM = """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("stream").getOrCreate()
records = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", "disco-worker-1:9092")
    .option("subscribe", "events").option("startingOffsets", "earliest").load()
)
rows = records.selectExpr("cast(cast(value as string) as bigint) as id")
query = (
    rows.writeStream.trigger(availableNow=True)
    .option("checkpointLocation", "s3a://work/data/checkpoints/events").toTable("events")
)
query.awaitTermination()
spark.stop()
"""
#: a session of its own: where a table is, and what a query of it says
NOTEBOOK = """\
import json
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("notebook").getOrCreate()
where = spark.sql("describe extended %(table)s").where("col_name = 'Location'").first()[1]
print(json.dumps({"where": where, "row": list(spark.sql("%(query)s").first())}))
spark.stop()
"""
PLACE = "s3a://work/data/spark/warehouse"
FLINK = """
SET 'execution.runtime-mode' = 'batch';
CREATE TEMPORARY TABLE events (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'events',
  'properties.bootstrap.servers' = 'disco-worker-1:9092', 'format' = 'csv',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');
CREATE TEMPORARY TABLE kept (id BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv',
  'path' = 's3a://work/data/flink');
INSERT INTO kept SELECT id FROM events;
SELECT COUNT(*) AS c, SUM(id) AS s FROM kept;
"""
#: customers, their orders, and the lines of these: the third query of TPC-H, by segment
JOINS = """\
create table customer as select id as c_key, id % 5 as c_segment from range(100);
create table orders as select id as o_key, id % 100 as c_key, date_add(date '1995-01-01',
  cast(id % 200 as int)) as o_date from range(2000);
create table lineitem as select id as l_key, id % 2000 as o_key, id % 90 + 10 as price,
  id % 10 as discount from range(20000);
select concat('segment ', c_segment, ' ', sum(price * (100 - discount))) from customer
  join orders using (c_key) join lineitem using (o_key)
  where o_date < date '1995-03-15' group by c_segment order by c_segment;
"""


def sums() -> list[str]:
    """What the joins come to, by plain Python."""
    total = dict.fromkeys(range(5), 0)
    for line in range(20000):
        order = line % 2000
        if order % 200 < 73:  # days from the first of January to the fourteenth of March
            total[order % 100 % 5] += (line % 90 + 10) * (100 - line % 10)
    return [f"segment {segment} {total[segment]}" for segment in range(5)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("acceptance")
    served = folder / "mirror" / "files"
    flink.provide(served)
    objectstore.provide(served)
    _provide_jars(served)
    with running_site(folder, ["kafka"], object_store=True, node_host=HOST) as site:
        swift_of(site.cloud.credentials).put_container("work")
        frameworks = "{'kafka': '', 'spark': '', 'flink': '', 'jupyter': ''}"
        with site.cluster(frameworks, 1, "m1.large", WANTED) as found:
            yield found


def _provide_jars(served: Path) -> None:
    folder = lab.cache() / "connectors"
    with lab.locked("connectors"):
        lab.jars(folder, JARS, ["*:*"])
    for jar in folder.iterdir():
        (served / jar.name).symlink_to(jar)


def asked(cluster: Cluster, table: str, query: str) -> dict[str, object]:
    """What a notebook's kernel finds."""
    return computed(cluster, "spark", NOTEBOOK % {"table": table, "query": query})


def test_a_stream_of_kafka_s_becomes_a_table_that_a_notebook_reads(cluster: Cluster) -> None:
    for first, last in ((1, 1000), (1001, 1500)):
        cluster.run(PRODUCE.format(first=first, last=last))
        done = submit(cluster, "stream.py", STREAM)
        assert done.status == 0, done.err
        found = asked(cluster, "events", "select count(*), sum(id) from events")
        assert found == {"where": f"{PLACE}/events", "row": [last, sum(range(last + 1))]}


def test_flink_writes_records_of_kafka_s_into_a_table_and_counts_them(cluster: Cluster) -> None:
    cluster.run(PRODUCE.format(first=1501, last=2000))
    done = submit(cluster, "events.sql", FLINK, "--framework", "flink")
    assert done.status == 0, done.out + done.err
    assert {"2000", str(sum(range(2001)))} <= set(done.out.split()), done.out


def test_joins_have_the_sums_that_plain_python_has(cluster: Cluster) -> None:
    done = submit(cluster, "joins.sql", JOINS, "--framework", "spark")
    assert done.status == 0, done.err
    said = [line for line in done.out.splitlines() if line.startswith("segment")]
    assert said == sums()
    query = "select count(*), sum(price) from lineitem join orders using (o_key)"
    found = asked(cluster, "lineitem", query)
    right = [20000, sum(i % 90 + 10 for i in range(20000))]
    assert found == {"where": f"{PLACE}/lineitem", "row": right}
