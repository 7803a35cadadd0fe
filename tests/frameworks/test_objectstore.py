"""What one cluster wrote to the object store, the next one reads: Dask and Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from tests.frameworks.site import HOST, Cluster, Site, running_site
from tests.support.nodes import needs_nodes
from tests.support.object_store import keys_of, swift_of

pytestmark = needs_nodes

PYTHON = "/opt/disco/dask/bin/python -"
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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("objectstore")
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
        first.run_as_user(PYTHON, said=WRITE)
    assert made(site) == [], "the key went with its cluster"
    with site.cluster("{'dask': ''}", 1, "m1.small", PLACE) as second:
        partitions, rows, total = json.loads(second.run_as_user(PYTHON, said=READ))
        assert (partitions, rows, total) == (4, ROWS, sum(range(ROWS)))
    names = [one["name"] for one in swift_of(site.cloud.credentials).get_container("work")[1]]
    assert all(name.startswith("data/rows") for name in names), "the clusters' trials left nothing"
