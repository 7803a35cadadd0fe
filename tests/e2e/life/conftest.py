"""A cloud with nodes, for all tests of this folder: its start costs seconds of both cores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.frameworks.site import IMAGE
from tests.support.cloud import free_port_pair, wait_for_image


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    folder = tmp_path_factory.mktemp("life")
    with EmbeddedCloud(folder / "state", nodes="auto", cloud_port=free_port_pair()) as cloud:
        wait_for_image(cloud, IMAGE)
        yield cloud
