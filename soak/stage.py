"""The cloud, the service and the users of a run: all real, on this machine's loopback."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from disco.embedded.cloud import Credentials, EmbeddedCloud
from soak.attacks import Scene
from soak.processes import Holdings, look
from tests.support.cloud import free_port_pair, headers_of, heat_of, make_network, session_of, until
from tests.support.service import Caller, ServiceProcess, attributes, running_service

WORKERS = 2
#: seconds that sessions are kept: connections to the cloud must go with them, also in short runs
SESSION_S = 10


@dataclass
class Tenant:
    """A project of the cloud with a user, and a network for small clusters."""

    credentials: Credentials
    caller: Caller
    network: str


@dataclass
class Stage:
    """What a run plays on."""

    service: ServiceProcess
    tenants: list[Tenant]
    #: the first tenant's project again, by a token alone
    by_token: Caller = field(repr=False)
    heat: Any = field(repr=False)

    def look(self, clients: bool = False) -> Holdings:
        """What the service's workers hold now; its ``clients`` only where asked for."""
        assert self.service.process is not None
        return look(self.service.process.pid, self.service.port, clients)

    def touch(self) -> None:
        """Let each user be seen by each worker, which forgets old sessions then."""
        for caller in (*(tenant.caller for tenant in self.tenants), self.by_token):
            for _ in range(3 * WORKERS):
                caller.get("/disco/")

    @contextlib.contextmanager
    def scene(self) -> Iterator[Scene]:
        """For attacks by the first tenant, with a cluster that waits for its nodes."""
        caller = self.tenants[0].caller
        location = caller.create(attributes(waitcondition="true")).headers["Location"]
        path = location.removeprefix(caller.base)
        address = until(lambda: caller.show(path).get("external_ip"), 60, "an address")
        yield Scene(caller, self.heat, path, address or "")
        caller.request("DELETE", path)
        caller.wait_until_gone(path)


@contextlib.contextmanager
def set_up() -> Iterator[Stage]:
    """A cloud without nodes, and a service of two processes with the limits of its defaults."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="disco-soak-")))
        cloud = EmbeddedCloud(folder / "cloud", nodes="none", cloud_port=free_port_pair())
        stack.enter_context(cloud)
        (folder / "service").mkdir()
        service = stack.enter_context(
            running_service(
                folder / "service",
                cloud.auth_url,
                workers=str(WORKERS),
                limit_followers="6",
                session_cache=str(SESSION_S),
                metrics=f"127.0.0.1:{free_port_pair()}",
                audit_log="audit.jsonl",
            )
        )
        accounts = [cloud.credentials_of(name) for name in ("demo", "other")]
        accounts.append(cloud.add_project("third", "third-password"))
        tenants = [_tenant(service, account) for account in accounts]
        token = {"X-Auth-Token": session_of(accounts[0]).get_token() or ""}
        yield Stage(service, tenants, Caller(service.base, token), heat_of(accounts[0]))


def _tenant(service: ServiceProcess, account: Credentials) -> Tenant:
    headers = headers_of(account)
    network = make_network(heat_of(account), f"network-of-{account.username}")
    return Tenant(account, Caller(service.base, headers), network)
