"""Dask on a master and three workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.frameworks import documented
from tests.frameworks.site import Cluster, running_site
from tests.frameworks.submitted import submit
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with (
        running_site(tmp_path_factory.mktemp("dask"), []) as site,
        site.cluster("{'dask': ''}") as found,
    ):
        yield found


def test_the_smoke_job_ran_on_three_workers(cluster: Cluster) -> None:
    assert "500000500000" in cluster.smoke["dask"]
    assert "3 of 3 workers" in cluster.smoke["dask"]


def test_each_worker_is_there_under_its_own_address(cluster: Cluster) -> None:
    for name in cluster.workers():
        assert cluster.run("hostname", name).strip() == name
        assert cluster.run("systemctl is-active disco-dask-worker", name).strip() == "active"


#: computed on workers, with nothing but what a job's environment has
SUM = """\
import socket
import dask.array as da
from distributed import Client
with Client() as client:
    print(int(da.arange(1, 1_000_001, chunks=50_000).sum().compute()))
    print(*sorted(client.run(socket.gethostname).values()))
"""


def test_a_program_is_submitted_from_a_laptop(cluster: Cluster) -> None:
    done = submit(cluster, "sum.py", SUM)
    assert done.status == 0, done.err
    assert done.out.splitlines() == ["500000500000", " ".join(cluster.workers())]
    done = submit(cluster, "fails.py", f"{SUM}raise SystemExit(4)\n")
    assert done.status == 4


@pytest.mark.parametrize("command", documented.ANSWERS["Dask"])
def test_a_command_of_the_page_s_dask_does_what_it_says(cluster: Cluster, command: str) -> None:
    documented.run(cluster, "Dask", command)
