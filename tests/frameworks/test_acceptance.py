"""What data teams do all day, in one cluster: records of Kafka become tables in the object store,
which other sessions, notebooks and SQL read; joins whose sums are known. Each is done from a
notebook's kernel and by ``disco job submit``."""

from __future__ import annotations

import json
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
    --bootstrap-server disco-worker-1:9092 --topic {topic} "${{@:2}}"
}}
kafka TopicCommand --create --if-not-exists --partitions 3
seq {first} {last} | kafka ConsoleProducer
"""
#: once more, it goes on where it was
STREAM = """\
import json
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
print(json.dumps({"streamed": sum(one.numInputRows for one in query.recentProgress)}))
spark.stop()
"""
#: a session of its own: where a table is, and what a query of it says
NOTEBOOK = """\
import json
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("notebook").getOrCreate()
where = spark.sql("describe extended %(table)s").where("col_name = 'Location'").first()[1]
rows = [list(row) for row in spark.sql(\"\"\"%(query)s\"\"\").collect()]
print(json.dumps({"where": where, "rows": rows}))
spark.stop()
"""
PLACE = "s3a://work/data/spark/warehouse"
FLINK = """
SET 'execution.runtime-mode' = 'batch';
CREATE TEMPORARY TABLE readings (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'readings',
  'properties.bootstrap.servers' = 'disco-worker-1:9092', 'format' = 'csv',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');
CREATE TEMPORARY TABLE kept (id BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv',
  'path' = 's3a://work/data/flink/{how}');
INSERT INTO kept SELECT id FROM readings;
SELECT COUNT(*) AS c, SUM(id) AS s FROM kept;
"""
#: a cell that has Flink run statements, as a shell's user does
CELL = """\
import json, subprocess
with open("events.sql", "w") as file:
    file.write('''{statements}''')
said = subprocess.run(
    ["sql-client.sh", "-D", "table.dml-sync=true",
     "-D", "sql-client.execution.result-mode=tableau", "-f", "events.sql"],
    capture_output=True, text=True,
)
print(json.dumps({{"status": said.returncode, "out": said.stdout, "err": said.stderr}}))
"""
#: customers, their orders, and the lines of these
TABLES = """\
create table customer as select id as c_key, id % 5 as c_segment from range(100);
create table orders as select id as o_key, id % 100 as c_key, date_add(date '1995-01-01',
  cast(id % 200 as int)) as o_date from range(2000);
create table lineitem as select id as l_key, id % 2000 as o_key, id % 90 + 10 as price,
  id % 10 as discount from range(20000);
"""
#: the third query of TPC-H, by segment
JOINS = """\
select c_segment, sum(price * (100 - discount)) as revenue from customer
  join orders using (c_key) join lineitem using (o_key)
  where o_date < date '1995-03-15' group by c_segment order by c_segment"""


def revenues() -> list[list[int]]:
    """What the joins come to, by plain Python."""
    total = dict.fromkeys(range(5), 0)
    for line in range(20000):
        order = line % 2000
        if order % 200 < 73:  # days from the first of January to the fourteenth of March
            total[order % 100 % 5] += (line % 90 + 10) * (100 - line % 10)
    return [[segment, revenue] for segment, revenue in total.items()]


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
        with site.cluster(frameworks, 3, "m1.medium", WANTED) as found:
            yield found


def _provide_jars(served: Path) -> None:
    folder = lab.cache() / "connectors"
    with lab.locked("connectors"):
        lab.jars(folder, JARS, ["*:*"])
    for jar in folder.iterdir():
        (served / jar.name).symlink_to(jar)


def asked(cluster: Cluster, table: str, query: str) -> dict[str, object]:
    """What a notebook's kernel finds, in a session of its own."""
    return computed(cluster, "spark", NOTEBOOK % {"table": table, "query": query})


def streamed(cluster: Cluster, how: str) -> object:
    """How many records a run of the stream took."""
    if how == "notebook":
        return computed(cluster, "spark", STREAM)["streamed"]
    done = submit(cluster, "stream.py", STREAM)
    assert done.status == 0, done.err
    return json.loads(done.out.splitlines()[-1])["streamed"]


def test_a_stream_of_kafka_s_becomes_a_table_that_a_notebook_reads(cluster: Cluster) -> None:
    """The second run, by another user, takes what the first did not: each record is there once."""
    for how, first, last in (("job", 1, 1000), ("notebook", 1001, 1500)):
        cluster.run(PRODUCE.format(topic="events", first=first, last=last))
        assert streamed(cluster, how) == last - first + 1
        found = asked(cluster, "events", "select count(*), sum(id) from events")
        assert found == {"where": f"{PLACE}/events", "rows": [[last, sum(range(last + 1))]]}


@pytest.mark.parametrize("how", ["job", "notebook"])
def test_flink_writes_records_of_kafka_s_into_a_table_and_counts_them(
    cluster: Cluster, how: str
) -> None:
    if how == "job":
        cluster.run(PRODUCE.format(topic="readings", first=1, last=2000))
        done = submit(cluster, "events.sql", FLINK.format(how=how), "--framework", "flink")
        status, said = done.status, done.out + done.err
    else:
        found = computed(cluster, "python3", CELL.format(statements=FLINK.format(how=how)))
        status, said = found["status"], found["out"] + found["err"]
    assert status == 0, said
    assert {"2000", str(sum(range(2001)))} <= set(said.split()), said


def test_joins_have_the_sums_that_plain_python_has(cluster: Cluster) -> None:
    done = submit(cluster, "joins.sql", f"{TABLES}{JOINS};\n", "--framework", "spark")
    assert done.status == 0, done.err
    rows = [line.split("\t") for line in done.out.splitlines() if "\t" in line]
    assert [[int(word) for word in row] for row in rows] == revenues()
    # another user's session, a notebook's
    found = asked(cluster, "lineitem", JOINS)
    assert found == {"where": f"{PLACE}/lineitem", "rows": revenues()}
