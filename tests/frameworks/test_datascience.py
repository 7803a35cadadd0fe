"""Tables, plots and models in every kernel and on every worker, for those who ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.frameworks.site import Cluster, running_site
from tests.frameworks.spark_jobs import computed
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

MODULES = "pandas pyarrow matplotlib sklearn s3fs"
LOOK = f"""\
import importlib, json
for name in "{MODULES}".split():
    importlib.import_module(name)
"""
#: the sum of 0..999, by way of a table with its columns in Arrow's form
SPARK = f"""\
{LOOK}
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf

spark = SparkSession.builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")

@pandas_udf("long")
def twice(column: pd.Series) -> pd.Series:
    import sklearn
    return column * 2

table = spark.createDataFrame(pd.DataFrame({{"n": range(1000)}})).repartition(4)
back = table.select(twice("n").alias("n")).toPandas()
spark.stop()
print(json.dumps({{"sum": int(back.n.sum())}}))
"""
DASK = f"""\
{LOOK}
import dask.dataframe as dd, pandas as pd
from distributed import Client
client = Client()
table = dd.from_pandas(pd.DataFrame({{"n": range(1000)}}), npartitions=4)
found = int((table.n * 2).sum().compute())
client.run(lambda: [__import__(name) for name in "{MODULES}".split()] and None)
print(json.dumps({{"sum": found}}))
"""
RAY = f"""\
{LOOK}
import ray
import ray.data, ray.train, ray.tune
ray.init(logging_level="ERROR", log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
found = ray.data.range(1000).map_batches(lambda b: {{"n": b["id"] * 2}}).sum("n")
print(json.dumps({{"sum": int(found)}}))
"""
PYTHON = f"""\
{LOOK}
import pandas as pd
print(json.dumps({{"sum": int((pd.Series(range(1000)) * 2).sum())}}))
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    wanted = "{'spark': '', 'dask': '', 'jupyter': '', 'ray': ''}"
    with (
        running_site(tmp_path_factory.mktemp("datascience"), []) as site,
        site.cluster(wanted, 1, "m1.large", {"packages.datascience": "true"}) as found,
    ):
        yield found


@pytest.mark.parametrize(
    ("kernel", "code"), [("python3", PYTHON), ("dask", DASK), ("spark", SPARK), ("ray", RAY)]
)
def test_a_notebook_computes_with_a_table_on_the_cluster(
    cluster: Cluster, kernel: str, code: str
) -> None:
    found: dict[str, Any] = computed(cluster, kernel, code)
    assert found == {"sum": 999_000}


@pytest.mark.parametrize("framework", ["dask", "ray", "spark"])
def test_workers_have_what_kernels_have(cluster: Cluster, framework: str) -> None:
    ask = f"import {', '.join(MODULES.split())}"
    assert (
        cluster.run(f"/opt/disco/{framework}/bin/python -c '{ask}; print(42)'", "disco-worker-1")
        == "42\n"
    )
