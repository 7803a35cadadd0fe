"""What one cluster wrote to the object store, the next one reads: Parquet, by Dask and by Ray."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from disco.object_storage import PYTHON
from tests.frameworks.lab import ray
from tests.frameworks.site import HOST, Cluster, Site, running_site
from tests.frameworks.submitted import submit
from tests.support.nodes import needs_nodes
from tests.support.object_store import keys_of, swift_of

pytestmark = needs_nodes

DASK = "/opt/disco/dask/bin/python -"
PLACE = {"objectstore.location": "s3a://work/data"}
ROWS = 1000
WRITE = f"""
import pandas
import dask.dataframe
from distributed import Client
with Client("tcp://disco-manager:8786"):
    rows = pandas.DataFrame({{"number": range({ROWS})}})
    dask.dataframe.from_pandas(rows, npartitions=4).to_parquet("s3://work/data/rows")
"""
READ = """
import json
import dask.dataframe
from distributed import Client
with Client("tcp://disco-manager:8786"):
    rows = dask.dataframe.read_parquet("s3://work/data/rows")
    print(json.dumps([rows.npartitions, len(rows), int(rows.number.sum().compute())]))
"""
#: rows that are computed on the workers, written, and read again
PIPELINE = f"""
import ray
ray.init(address="auto", logging_level="warning", log_to_driver=False)
squares = ray.data.range({ROWS}).map_batches(lambda batch: {{"square": batch["id"] ** 2}})
squares.write_parquet("s3://work/data/squares")
kept = ray.data.read_parquet("s3://work/data/squares")
print("kept", kept.count(), kept.sum("square"))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("objectstore")
    ray.wheels("pandas", *PYTHON)
    with running_site(folder, [], object_store=True, node_host=HOST) as found:
        swift_of(found.cloud.credentials).put_container("work")
        yield found


def made(site: Site) -> list[str]:
    """The keys that clusters have at present."""
    return [key for key in keys_of(site.cloud.credentials) if key.startswith("disco")]


def check_key_is_private(cluster: Cluster) -> None:
    """Nobody on the nodes reads the key but whoever logs in, and the daemons' user."""
    for node in ("disco-manager", "disco-worker-1"):
        listed = cluster.run("stat -c %a:%U /etc/disco/s3", node)
        assert listed == "440:disco\n", node
        assert "denied" in cluster.run("runuser -u nobody -- cat /etc/disco/s3 2>&1; true", node)


def test_a_second_cluster_reads_the_rows_of_the_first(site: Site) -> None:
    with site.cluster("{'dask': ''}", 1, "m1.small", PLACE) as first:
        assert first.smoke["objectstore"] == "wrote to work/data"
        assert len(made(site)) == 1
        check_key_is_private(first)
        first.run_as_user(DASK, said=WRITE)
    assert made(site) == [], "the key went with its cluster"
    with site.cluster("{'dask': ''}", 1, "m1.small", PLACE) as second:
        partitions, rows, total = json.loads(second.run_as_user(DASK, said=READ))
        assert (partitions, rows, total) == (4, ROWS, sum(range(ROWS)))
    names = [one["name"] for one in swift_of(site.cloud.credentials).get_container("work")[1]]
    assert all(name.startswith("data/rows") for name in names), "the clusters' trials left nothing"


def test_a_pipeline_of_ray_s_writes_the_store_and_reads_it(site: Site) -> None:
    # with what speaks S3, all that Ray Data asks for
    wanted = {**PLACE, "packages.pip": "pandas"}
    with site.cluster("{'ray': ''}", 1, "m1.medium", wanted) as cluster:
        done = submit(cluster, "pipeline.py", PIPELINE)
    assert done.status == 0, done.err
    assert f"kept {ROWS} {sum(i * i for i in range(ROWS))}" in done.out.splitlines()


def test_files_are_copied_to_the_store_by_the_page_s_command(site: Site) -> None:
    """Without Hadoop, by Spark's own client."""
    with site.cluster("{'spark': ''}", 1, "m1.medium", PLACE) as cluster:
        put = "hdfs dfs -put - s3a://work/data/trips.csv && hdfs dfs -cat s3a://work/data/trips.csv"
        assert cluster.run_as_user(put, said="a,b\n1,2\n") == "a,b\n1,2\n"
    names = [one["name"] for one in swift_of(site.cloud.credentials).get_container("work")[1]]
    assert "data/trips.csv" in names
