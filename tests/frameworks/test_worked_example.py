"""The framework of ``docs/adding-a-framework.md``, from its own blocks, on real nodes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from disco.data_files import data_dir
from tests.frameworks import lab
from tests.frameworks.example import write_example
from tests.frameworks.site import Cluster, running_site
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("example")
    own = write_example(folder / "own")
    lab.wheels(["celery[redis]==5.7.0"])
    places = f"{data_dir() / 'frameworks'}:{own}"
    with (
        running_site(folder, [], framework_directory=places) as site,
        site.cluster(
            "{'celery': ''}", workers=1, flavor="m1.small", properties={"celery.concurrency": "3"}
        ) as found,
    ):
        yield found


def test_the_example_computes_what_its_page_says(cluster: Cluster) -> None:
    assert cluster.smoke["celery"] == "sum of 1..1000 = 500500, computed on 1 of 1 workers"


def test_a_task_is_sent_as_the_page_says(cluster: Cluster) -> None:
    said = cluster.run(
        "cd /var/lib/disco/celery && /opt/disco/celery/bin/python -c "
        "'from tasks import add; print(add.delay(1, 10).get(timeout=30))'"
    )
    assert said.strip() == "['disco-worker-1', 55]"


def test_the_property_reached_the_daemon(cluster: Cluster) -> None:
    assert "--concurrency 3" in cluster.run("ps -C celery -o args=", "disco-worker-1")
