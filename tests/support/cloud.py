"""The embedded cloud for tests: one without nodes for the session, and helpers."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from heatclient import exc
from heatclient.v1 import client as heat_client
from keystoneauth1 import session
from keystoneauth1.identity import v3

from disco.embedded.cloud import Credentials, EmbeddedCloud

T = TypeVar("T")


IMAGE_DEADLINE_S = 1500


def free_port_pair() -> int:
    """A port that is free together with the next one.

    Below those that the kernel gives to whoever connects, which may be taken between this
    and their use; by chance of one's own, since all processes of the suite have one seed; and
    each of these has a range of its own, for what one has chosen another may bind first.
    """
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = 12000 // count // 2 * 2
    lowest = 20000 + number * size
    while True:
        port = random.SystemRandom().randrange(lowest, lowest + size, 2)
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port


def free_port_triple() -> int:
    """A port that is free together with the next two: of a cloud with an object store."""
    while True:
        port = free_port_pair()
        with socket.socket() as third, contextlib.suppress(OSError):
            third.bind(("127.0.0.1", port + 2))
            return port


def pauses(timeout_s: float) -> Iterator[float]:
    """Seconds passed since the first look, with a pause before each further one until the end.

    What takes long is not asked for often: whoever asks takes from the same two cores.
    """
    began = time.monotonic()
    while (passed := time.monotonic() - began) < timeout_s:
        yield passed
        time.sleep(min(1.0, max(0.25, passed / 4)))


def until(condition: Callable[[], T], timeout_s: float = 60, what: str = "condition") -> T:
    """Ask ``condition`` until it gives something true; that."""
    for _ in pauses(timeout_s):
        if result := condition():
            return result
    raise AssertionError(f"{what}: not within {timeout_s} s")


def eventually(look: Callable[[], T], wanted: T, timeout_s: float = 60) -> None:
    """Look until ``wanted`` is seen; what was seen last is in the failure's words."""
    for _ in pauses(timeout_s):
        if (seen := look()) == wanted:
            return
    raise AssertionError(f"after {timeout_s} s: {seen!r}, not {wanted!r}")


def session_of(credentials: Credentials) -> session.Session:
    """A Keystone session for a user of the cloud."""
    return session.Session(
        v3.Password(
            credentials.auth_url,
            username=credentials.username,
            password=credentials.password,
            project_name=credentials.project_name,
            user_domain_name=credentials.domain_name,
            project_domain_name=credentials.domain_name,
        )
    )


def headers_of(credentials: Credentials) -> dict[str, str]:
    """What a caller of the service sends with each request."""
    return {
        "X-User-Name": credentials.username,
        "X-Password": credentials.password,
        "X-Tenant-Name": credentials.project_name,
        "X-Region-Name": credentials.region_name,
    }


def heat_of(credentials: Credentials) -> Any:
    """python-heatclient for a user of the cloud."""
    return heat_client.Client(session=session_of(credentials), service_type="orchestration")


def stack_at_rest(heat: Any, stack_id: str, action: str, timeout_s: float = 120) -> Any:
    """The stack when ``action`` (CREATE, DELETE, ...) has come to its end."""

    def ended() -> bool:
        # what the outputs are made of is much of Heat's work
        stack = heat.stacks.get(stack_id, resolve_outputs=False)
        return stack.stack_status in (f"{action}_COMPLETE", f"{action}_FAILED")

    until(ended, timeout_s, f"{action} of {stack_id}")
    return heat.stacks.get(stack_id)


def nodes_say(heat: Any, cluster: str, timeout_s: float = 120, **said: str) -> None:
    """Signal to a cluster as its nodes do, as soon as it waits for them."""
    stack = f"disco_{cluster}"

    def waits() -> bool:
        try:
            found = {r.resource_name: r.resource_status for r in heat.resources.list(stack)}
        except exc.HTTPNotFound:
            return False  # not yet
        return found.get("ready") == "CREATE_IN_PROGRESS"

    until(waits, timeout_s, f"{cluster} waiting for its nodes")
    heat.resources.signal(stack, "signal", data={"data": "", **said})


def make_network(heat: Any, name: str) -> str:
    """A network without a way out, for many small clusters; its name."""
    resources = {
        "net": {"type": "OS::Neutron::Net", "properties": {"name": name}},
        "subnet": {
            "type": "OS::Neutron::Subnet",
            "properties": {"network": {"get_resource": "net"}, "cidr": "10.77.0.0/22"},
        },
    }
    template = {"heat_template_version": "2018-08-31", "resources": resources}
    answer = heat.stacks.create(stack_name=name, template=template)
    stack = stack_at_rest(heat, answer["stack"]["id"], "CREATE")
    assert stack.stack_status == "CREATE_COMPLETE", stack.stack_status_reason
    return name


def wait_for_image(cloud: EmbeddedCloud, name: str) -> None:
    """Until the image was built; without a cache that takes minutes."""
    session = session_of(cloud.credentials)
    endpoint = session.get_endpoint(service_type="image", interface="public")

    def active() -> bool:
        images = session.get(f"{endpoint}/v2/images").json()["images"]
        state = {i["name"]: i["status"] for i in images}[name]
        assert state != "error"
        return bool(state == "active")

    until(active, IMAGE_DEADLINE_S, f"the image {name}")


@pytest.fixture(scope="session")
def embedded_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A cloud without nodes, shared by all tests of a session."""
    cloud = EmbeddedCloud(
        tmp_path_factory.mktemp("cloud") / "state", nodes="none", cloud_port=free_port_pair()
    )
    with cloud:
        yield cloud
