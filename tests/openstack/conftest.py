"""The running cloud of ``make openstack``, DISCO before it, and a user's project."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from tests.openstack import leftovers
from tests.openstack.box import Box
from tests.openstack.catalogue import connect
from tests.openstack.settings import ADMIN, IMAGE, REGION, USER, Account, State
from tests.support.service import Caller, attributes, running_service
from tests.support.shell import Shell

#: what a project has more than before, by kind
Left = Callable[[], dict[str, list[str]]]
SWITCH = "DISCO_OPENSTACK"
HERE = Path(__file__).parent
PREFIX = "icclab.disco.components."
HEAT = f"{PREFIX}heat."
SCHEME = "http://schemas.cloudcomplab.ch/occi/sm/action#"
#: on a machine where others compute, too
DEADLINE = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests are of ``make openstack``; elsewhere they are named, and not run."""
    skip = pytest.mark.skip(reason="a whole OpenStack, root, half an hour: make openstack")
    for item in items:
        needs = {"box", "stage", "admin"} & set(getattr(item, "fixturenames", ()))
        if HERE in item.path.parents and needs and not os.environ.get(SWITCH):
            item.add_marker(skip)


@dataclass
class Stage:
    """A service for the user of one region, and what the tests took."""

    state: State
    folder: Path
    caller: Caller
    region: str
    #: the file that makes the cloud's certificate good
    ca: Path | None = None
    who: Account = USER

    @property
    def openrc(self) -> dict[str, str]:
        """The user's environment."""
        return {**self.who.openrc(self.region), "DISCO": self.caller.base}

    def shell(self) -> Shell:
        """A shell of the user's."""
        names = ("PATH", "LANG")
        env = {name: os.environ[name] for name in names if name in os.environ}
        env |= {"HOME": str(self.folder), "PYTHONPATH": str(HERE.parents[1]), "LANG": "C.UTF-8"}
        return Shell({**env, **self.openrc}, self.folder)

    def create(self, inject: str = "{}", **changes: str | None) -> str:
        """Ask for a cluster of this image; its address."""
        nodes = {"masterimage": IMAGE, "slaveimage": IMAGE, "inject": inject}
        answer = self.caller.create(attributes(**nodes | changes))
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def act(self, cluster: str, action: str, **asked: str) -> None:
        """An action of OCCI, with attributes of ``heat``; it must be accepted."""
        answer = self.ask(cluster, action, **asked)
        assert answer.status_code == 200, answer.text

    def ask(self, cluster: str, action: str, **asked: str) -> requests.Response:
        """An action of OCCI, with attributes of ``heat``; the answer, whatever it is."""
        headers = {
            "Content-type": "text/occi",
            "Category": f'{action}; scheme="{SCHEME}"; class="action"',
        }
        if asked:
            sent = ",".join(f'{HEAT}{name}="{value}"' for name, value in asked.items())
            headers["X-OCCI-Attribute"] = sent
        return self.caller.request("POST", f"{cluster}?action={action}", headers=headers)

    def wait(self, what: str, cluster: str, *states: str) -> dict[str, str]:
        """The attributes when the cluster is in one of the states; noted as ``what``."""
        began = time.monotonic()
        shown = self.caller.wait_for(cluster, *states, seconds=DEADLINE)
        self.note(what, time.monotonic() - began)
        return shown

    def delete(self, cluster: str, what: str = "delete") -> None:
        """Delete it, and wait until it is unknown."""
        began = time.monotonic()
        answer = self.caller.request("DELETE", cluster)
        assert answer.status_code in (200, 204), answer.text
        self.caller.wait_until_gone(cluster, seconds=DEADLINE)
        self.note(what, time.monotonic() - began)

    def note(self, what: str, seconds: float) -> None:
        """For the report."""
        self.state.note(**{f"{self.region}: {what}": seconds})

    def servers(self) -> dict[str, str]:
        """The states of the project's servers by name, as Nova has them."""
        return {
            one.name: one.status
            for one in connect(self.who, self.region, self.ca).compute.servers()
        }


@pytest.fixture(scope="session")
def state() -> State:
    return State(Path(os.environ[SWITCH]))


@pytest.fixture(scope="session")
def box(state: State) -> Box:
    """The running cloud; this process is in its network from now on."""
    found = Box.find(state)
    assert found, "it does not run: python -m tests.openstack up"
    found.enter_network()
    return found


@pytest.fixture(scope="session")
def admin(box: Box) -> Any:
    """The operator's client."""
    return connect(ADMIN)


@contextlib.contextmanager
def running_stage(state: State, folder: Path, region: str, **settings: str) -> Iterator[Stage]:
    """A service for one region, with the wait condition on."""
    address = USER.openrc(region)["OS_AUTH_URL"]
    with running_service(folder, address, waitcondition="True", **settings) as service:
        headers = {
            "X-User-Name": USER.name,
            "X-Password": USER.password,
            "X-Tenant-Name": USER.project,
            "X-Region-Name": region,
        }
        ca = Path(settings["verify"]) if "verify" in settings else None
        yield Stage(state, folder, Caller(service.base, headers), region, ca)
        (state.logs / f"disco-{region}.log").write_text((folder / "sm.log").read_text())


@pytest.fixture(scope="session")
def stage(box: Box, state: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """DISCO for the first region."""
    with running_stage(state, tmp_path_factory.mktemp("disco"), REGION) as found:
        yield found


@pytest.fixture(scope="module")
def nothing_left(stage: Stage) -> Iterator[Left]:
    """What the project has more than before this module's tests."""
    with compared(stage) as found:
        yield found


class ShortLived(NamedTuple):
    """A cluster whose time is over soon."""

    address: str
    #: when its time was set, in seconds since 1970
    extended: float
    nothing_left: Left


@pytest.fixture(scope="session")
def short_lived(stage: Stage) -> Iterator[ShortLived]:
    """A cluster of 1 + 1 that works and has 60 seconds left: other tests run meanwhile."""
    with compared(stage) as left:
        cluster = stage.create(ttl="1h")
        shown = stage.wait("create 1 + 1 with ttl", cluster, "CREATE_COMPLETE")
        assert shown["disco.ending"] == "poweroff"
        extended = time.time()
        stage.act(cluster, "extend", ttl="60")
        stage.wait("extend", cluster, "UPDATE_COMPLETE")
        yield ShortLived(cluster, extended, left)
        stage.caller.request("DELETE", cluster)
        stage.caller.wait_until_gone(cluster, seconds=DEADLINE)


@contextlib.contextmanager
def compared(stage: Stage) -> Iterator[Left]:
    """What there is more than now, when it is asked for."""
    before = leftovers.things(stage.who, stage.region, stage.ca)
    yield lambda: leftovers.more(before, leftovers.things(stage.who, stage.region, stage.ca))
