"""What data teams do all day in Python, in one cluster: a dataframe of Dask's and a
pipeline of Ray Data's over Parquet in the object store, from a notebook's kernel and by
``disco job submit``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from disco.object_storage import PYTHON
from tests.frameworks.lab import ray
from tests.frameworks.site import HOST, Cluster, running_site
from tests.frameworks.spark_jobs import computed
from tests.frameworks.submitted import submit
from tests.support.nodes import needs_nodes
from tests.support.object_store import swift_of

pytestmark = needs_nodes

#: with what speaks S3, all that Ray Data asks for
WANTED = {"objectstore.location": "s3a://work/data", "packages.pip": "pandas"}
ROWS = 10_000
#: a table that is written by the workers, and read, grouped and joined by another client
DASK = f"""\
import json, pandas
import dask.dataframe as dd
from distributed import Client
place = "s3://work/data/dask-HOW"
with Client() as client:
    client.wait_for_workers(3, timeout=60)
    rows = pandas.DataFrame({{"number": range({ROWS})}})
    rows["part"] = rows.number % 7
    dd.from_pandas(rows, npartitions=6).to_parquet(place)
with Client() as client:
    kept = dd.read_parquet(place)
    names = pandas.DataFrame({{"part": range(7), "name": list("abcdefg")}})
    sums = kept.merge(names, on="part").groupby("name").number.sum().compute()
    print(json.dumps({{"rows": len(kept), "sums": sums.sort_index().tolist()}}))
"""
#: rows that are computed on the workers, written, and read again
RAY = f"""\
import json
import ray
import ray.data
ray.init(logging_level="error", log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
place = "s3://work/data/ray-HOW"
def squares(batch):
    return {{"square": batch["id"] ** 2}}
numbers = ray.data.range({ROWS}, override_num_blocks=6).map_batches(squares)
numbers.filter(lambda row: row["square"] % 2 == 0).write_parquet(place)
kept = ray.data.read_parquet(place)
print(json.dumps({{"rows": kept.count(), "sums": [int(kept.sum("square"))]}}))
"""
RIGHT = {
    "dask": {"rows": ROWS, "sums": [sum(range(part, ROWS, 7)) for part in range(7)]},
    "ray": {"rows": ROWS // 2, "sums": [sum(i * i for i in range(0, ROWS, 2))]},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    ray.wheels("pandas", *PYTHON)
    folder = tmp_path_factory.mktemp("acceptance-python")
    with running_site(folder, [], object_store=True, node_host=HOST) as site:
        swift_of(site.cloud.credentials).put_container("work")
        frameworks = "{'dask': '', 'ray': '', 'jupyter': ''}"
        with site.cluster(frameworks, 3, "m1.medium", WANTED) as found:
            yield found


def found_by(cluster: Cluster, how: str, framework: str, program: str) -> dict[str, Any]:
    """What a program prints in the kernel of a framework, or as a job of it."""
    program = program.replace("HOW", how)
    if how == "notebook":
        return computed(cluster, framework, program)
    done = submit(cluster, "pipeline.py", program)
    assert done.status == 0, done.err
    answer: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return answer


@pytest.mark.parametrize("how", ["job", "notebook"])
@pytest.mark.parametrize(("framework", "program"), [("dask", DASK), ("ray", RAY)])
def test_parquet_in_the_store_has_the_sums_that_plain_python_has(
    cluster: Cluster, framework: str, program: str, how: str
) -> None:
    assert found_by(cluster, how, framework, program) == RIGHT[framework]
    listed = swift_of(cluster.site.cloud.credentials).get_container("work")[1]
    names = [one["name"] for one in listed if one["name"].startswith(f"data/{framework}-{how}/")]
    # each partition was written by a worker
    assert len([name for name in names if name.endswith(".parquet")]) > 1, names
