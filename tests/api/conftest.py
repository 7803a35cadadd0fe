"""The service and its callers, on a real Keystone and a real Heat."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from keystoneauth1 import session

from disco.embedded.cloud import EmbeddedCloud
from tests.api.bent_cloud import Bent
from tests.support.cloud import (
    free_port_pair,
    headers_of,
    heat_of,
    make_network,
    session_of,
    stack_at_rest,
)
from tests.support.cloud_proxy import CloudProxy
from tests.support.service import Caller, ServiceProcess, on_network, running_service
from tests.support.watched import Numbers, sum_of

#: makes resources of the user's own; gives the id of their stack
Foreign = Callable[[dict[str, Any]], str]
#: a key that the user has
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOxzWHXzc8F5gfuNg0ZcGepem25tSBzEmzmFez+nu8z7 me"


@pytest.fixture(scope="session")
def cloud_auth_url(embedded_cloud: EmbeddedCloud) -> str:
    return embedded_cloud.auth_url


@pytest.fixture(scope="session")
def cloud_openrc(embedded_cloud: EmbeddedCloud) -> Path:
    return embedded_cloud.openrc


@pytest.fixture(scope="session")
def alice_headers(embedded_cloud: EmbeddedCloud) -> dict[str, str]:
    return headers_of(embedded_cloud.credentials_of("demo"))


@pytest.fixture(scope="session")
def bob_headers(embedded_cloud: EmbeddedCloud) -> dict[str, str]:
    return headers_of(embedded_cloud.credentials_of("other"))


@pytest.fixture(scope="session")
def alice_session(embedded_cloud: EmbeddedCloud) -> session.Session:
    return session_of(embedded_cloud.credentials_of("demo"))


@pytest.fixture(scope="session")
def alice_token(alice_session: session.Session) -> str:
    token = alice_session.get_token()
    assert token
    return token


@pytest.fixture(scope="session")
def alice_project_id(alice_session: session.Session) -> str:
    project = alice_session.get_project_id()
    assert project
    return project


@pytest.fixture
def revoked_token(embedded_cloud: EmbeddedCloud) -> str:
    """A token that Keystone gave and takes no more, as one that has expired."""
    own = session_of(embedded_cloud.credentials_of("demo"))
    token = own.get_token()
    assert token
    own.delete(
        f"{embedded_cloud.auth_url}/auth/tokens",
        headers={"X-Auth-Token": token, "X-Subject-Token": token},
        authenticated=False,
    )
    return token


@pytest.fixture(scope="session")
def alice_heat(embedded_cloud: EmbeddedCloud) -> Any:
    return heat_of(embedded_cloud.credentials_of("demo"))


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


@pytest.fixture(scope="session")
def network_of_alice(alice_heat: Any) -> str:
    """The name of a network that is there, for clusters that need none of their own."""
    return make_network(alice_heat, "network-of-alice")


@pytest.fixture
def cluster_of_alice(alice: Caller, network_of_alice: str) -> Iterator[str]:
    """The address of a complete cluster, to do with as a test likes."""
    with complete_cluster(alice, on_network(network_of_alice)) as path:
        yield path


@pytest.fixture(scope="module")
def standing_cluster(
    service: ServiceProcess, alice_headers: dict[str, str], network_of_alice: str
) -> Iterator[str]:
    """The address of alice's complete cluster, for the tests of a file that only look at it."""
    caller = Caller(service.base, dict(alice_headers))
    with complete_cluster(caller, on_network(network_of_alice)) as path:
        yield path


@contextlib.contextmanager
def complete_cluster(caller: Caller, wanted: dict[str, str]) -> Iterator[str]:
    answer = caller.create(wanted)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    caller.wait_for(location, "CREATE_COMPLETE")
    yield location.removeprefix(caller.base)
    caller.request("DELETE", location)
    caller.wait_until_gone(location)


@pytest.fixture
def quota(embedded_cloud: EmbeddedCloud) -> Iterator[Callable[..., object]]:
    """Limits the project's quotas, by name."""
    file = embedded_cloud.state.path / "quota.json"
    yield lambda **limits: file.write_text(json.dumps(limits))
    file.unlink(missing_ok=True)


@pytest.fixture
def volumes(alice_session: Any) -> Callable[[], dict[str, dict[str, Any]]]:
    """The project's volumes by name, as Cinder shows them."""

    def read() -> dict[str, dict[str, Any]]:
        base = alice_session.get_endpoint(service_type="block-storage", interface="public")
        listed = alice_session.get(f"{base}/volumes/detail").json()["volumes"]
        return {volume["name"]: volume for volume in listed}

    return read


@pytest.fixture
def stacks(alice_heat: Any) -> Callable[[], set[str]]:
    """The ids of the project's stacks, as Heat itself says."""
    return lambda: {stack.id for stack in alice_heat.stacks.list()}


@pytest.fixture
def foreign(alice_heat: Any) -> Iterator[Foreign]:
    """Makes the user's own resources; gives the id of their stack."""
    with resources_of_user(alice_heat) as make:
        yield make


@contextlib.contextmanager
def resources_of_user(heat: Any) -> Iterator[Foreign]:
    """What makes the user's own resources, which are there until the end."""
    made = []

    def make(resources: dict[str, Any]) -> str:
        template = {"heat_template_version": "2018-08-31", "resources": resources}
        name = f"mine-{uuid.uuid4().hex[:8]}"
        answer = heat.stacks.create(stack_name=name, template=yaml.safe_dump(template))
        stack_id: str = answer["stack"]["id"]
        made.append(stack_id)
        stack = stack_at_rest(heat, stack_id, "CREATE")
        assert stack.stack_status == "CREATE_COMPLETE", stack.stack_status_reason
        return stack_id

    yield make
    for stack_id in made:
        remove(heat, stack_id)


def remove(heat: Any, stack_id: str) -> None:
    if heat.stacks.get(stack_id).stack_status != "DELETE_COMPLETE":
        heat.stacks.delete(stack_id)
        stack_at_rest(heat, stack_id, "DELETE")


def resource_id(heat: Any, location: str, name: str) -> str:
    found: str = heat.resources.get(f"disco_{location.rpartition('/')[2]}", name)
    return str(found.physical_resource_id)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def bent(
    embedded_cloud: EmbeddedCloud,
    tmp_path_factory: pytest.TempPathFactory,
    alice_headers: dict[str, str],
) -> Iterator[Bent]:
    """DISCO before a proxy that can make the cloud another one."""

    def token() -> str:
        made = session_of(embedded_cloud.credentials_of("demo")).get_token()
        assert made
        return made

    folder = tmp_path_factory.mktemp("bent")
    with (
        CloudProxy(embedded_cloud.ports) as proxy,
        running_service(folder, proxy.auth_url) as process,
    ):
        yield Bent(proxy, process.base, dict(alice_headers), token)


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port_pair()


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, cloud_auth_url: str, metrics_port: int
) -> Iterator[ServiceProcess]:
    """A service of two processes with everything on that operators can read."""
    folder = tmp_path_factory.mktemp("watched")
    with running_service(
        folder, cloud_auth_url, metrics=f"127.0.0.1:{metrics_port}", audit_log="audit.jsonl",
        log_format="json",
    ) as process:  # fmt: skip
        yield process


@pytest.fixture
def scrape(metrics_port: int) -> Callable[[], str]:
    def read() -> str:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10)
        assert answer.status_code == 200
        return answer.text

    return read


@pytest.fixture
def number(scrape: Callable[[], str]) -> Numbers:
    return lambda name, **labels: sum_of(scrape(), name, **labels)
