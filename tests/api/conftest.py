"""The service and its callers, on a real Keystone and a real Heat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.service import Caller, ServiceProcess, attributes, running_service


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, cloud_auth_url: str
) -> Iterator[ServiceProcess]:
    folder: Path = tmp_path_factory.mktemp("service")
    with running_service(folder, cloud_auth_url) as process:
        yield process


@pytest.fixture
def alice(service: ServiceProcess, alice_headers: dict[str, str]) -> Caller:
    """The user of the project ``demo``."""
    return Caller(service.base, dict(alice_headers))


@pytest.fixture
def bob(service: ServiceProcess, bob_headers: dict[str, str]) -> Caller:
    """The user of another project."""
    return Caller(service.base, dict(bob_headers))


@pytest.fixture
def cluster_of_alice(alice: Caller) -> Iterator[str]:
    """The address of a complete cluster."""
    answer = alice.create(attributes())
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    alice.wait_for(location, "CREATE_COMPLETE")
    yield location.removeprefix(alice.base)
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


@pytest.fixture
def count_stacks(alice_heat: object) -> Callable[[], int]:
    """How many stacks the project has, as Heat itself says."""
    return lambda: len(list(alice_heat.stacks.list()))  # type: ignore[attr-defined]
