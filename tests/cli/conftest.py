"""The command line against the real service on a cloud without nodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import Credentials, EmbeddedCloud
from tests.support.cloud import heat_of, make_network
from tests.support.service import ServiceProcess, running_service
from tests.support.shell import NETWORK, NODES, Shell, environment


@pytest.fixture(scope="session")
def cli_service(
    tmp_path_factory: pytest.TempPathFactory, embedded_cloud: EmbeddedCloud, demo_heat: Any
) -> Iterator[ServiceProcess]:
    """The service; a cluster is complete when its servers are there."""
    folder: Path = tmp_path_factory.mktemp("cli-service")
    with running_service(folder, embedded_cloud.auth_url) as process:
        yield process


@pytest.fixture(autouse=True, scope="module")
def network_of_demo(cli_service: ServiceProcess, demo_heat: Any) -> None:
    """The network is there; tests of other folders that share the cloud empty the project."""
    there = {stack.stack_name for stack in demo_heat.stacks.list(filters={"name": NETWORK})}
    if not there:
        make_network(demo_heat, NETWORK)


@pytest.fixture
def shell(tmp_path: Path, embedded_cloud: EmbeddedCloud, cli_service: ServiceProcess) -> Shell:
    """A shell of the user ``demo``, with a home of its own."""
    return shell_of(embedded_cloud.credentials_of("demo"), tmp_path, cli_service)


@pytest.fixture
def other_shell(
    tmp_path: Path, embedded_cloud: EmbeddedCloud, cli_service: ServiceProcess
) -> Shell:
    """A shell of the user of another project."""
    return shell_of(embedded_cloud.credentials_of("other"), tmp_path, cli_service)


@pytest.fixture(scope="session")
def demo_heat(embedded_cloud: EmbeddedCloud) -> Any:
    return heat_of(embedded_cloud.credentials_of("demo"))


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
    embedded_cloud: EmbeddedCloud,
    cli_service: ServiceProcess,
) -> Iterator[str]:
    """The id of a complete cluster, for the tests of a file that only look at it."""
    shell = shell_of(
        embedded_cloud.credentials_of("demo"), tmp_path_factory.mktemp("home"), cli_service
    )
    made = shell.create(*NODES, "--external-network", "public")
    yield made
    shell.call("delete", made)


def shell_of(credentials: Credentials, home: Path, service: ServiceProcess) -> Shell:
    return Shell({**environment(credentials, home), "DISCO": service.base}, home)
