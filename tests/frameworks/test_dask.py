"""Dask on a master and three workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.frameworks import documented
from tests.frameworks.site import Cluster, running_site
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


@pytest.mark.parametrize("command", documented.ANSWERS["Dask"])
def test_a_command_of_the_page_s_dask_does_what_it_says(cluster: Cluster, command: str) -> None:
    documented.run(cluster, "Dask", command)
