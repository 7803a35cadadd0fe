"""A cluster that an earlier DISCO made is a cluster to this one: see tests/support/old_stacks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import nodes_say, stack_at_rest, until
from tests.support.service import Caller, join, running_service

STORED = Path(__file__).parents[1] / "support" / "old_stacks"
HEAT = "icclab.disco.components.heat"
PASSWORD = "icclab.disco.components.jupyter.password"
ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"
TWO_DAYS = 2 * 86400


@dataclass(frozen=True)
class Old:
    """What an earlier service made, and what must be seen of it."""

    revision: str
    workers: int
    frameworks: str
    interface: str
    #: characters of a password that it made
    password: int = 0


OLD = (
    Old("20d6917", 3, "hadoop+spark", "YARN"),
    Old("c7913bf", 2, "dask+jupyter", "JupyterLab", password=24),
)


@pytest.fixture(scope="module", params=OLD, ids=lambda old: old.revision)
def old(request: pytest.FixtureRequest) -> Old:
    found: Old = request.param
    return found


@pytest.fixture(scope="module")
def old_cluster(alice_heat: Any, old: Old) -> Iterator[str]:
    """The path of the cluster, made of the stored stack, whose nodes said that they work."""
    folder = STORED / old.revision
    stack = json.loads((folder / "stack.json").read_text())
    parameters = stack["parameters"]
    _, *rest = parameters["disco_end"].split()
    parameters["disco_end"] = " ".join((str(int(time.time()) + TWO_DAYS), *rest))
    answer = alice_heat.stacks.create(
        stack_name=stack["name"],
        template=(folder / "template.yaml").read_text(),
        files={f"{n}.sh": (folder / f"{n}.sh.txt").read_text() for n in ("master", "worker")},
        parameters=parameters,
        tags=",".join(stack["tags"]),
        disable_rollback=True,
    )
    nodes_say(alice_heat, stack["cluster"], status="SUCCESS", reason="", id="disco-manager")
    made = stack_at_rest(alice_heat, answer["stack"]["id"], "CREATE")
    assert made.stack_status == "CREATE_COMPLETE", made.stack_status_reason
    yield f"/disco/{stack['cluster']}"
    if alice_heat.stacks.get(made.id).stack_status != "DELETE_COMPLETE":
        alice_heat.stacks.delete(made.id)


@pytest.fixture(scope="module")
def alice(
    tmp_path_factory: pytest.TempPathFactory,
    cloud_auth_url: str,
    alice_headers: dict[str, str],
    old: Old,
) -> Iterator[Caller]:
    """The user, at a service that has the earlier one's secret."""
    folder = tmp_path_factory.mktemp("upgraded")
    secret = STORED / old.revision / "key_secret"
    if secret.exists():
        (folder / "disco-key-secret").write_bytes(secret.read_bytes())
        (folder / "disco-key-secret").chmod(0o600)
    with running_service(folder, cloud_auth_url) as service:
        yield Caller(service.base, dict(alice_headers))


def send(alice: Caller, path: str, **values: str) -> Any:
    wanted = join({f"{HEAT}.{name}": value for name, value in values.items()})
    headers = {"Content-type": "text/occi", "X-OCCI-Attribute": wanted}
    if term := path.partition("?action=")[2]:
        headers["Category"] = f'{term}; scheme="{ACTION}"; class="action"'
    return alice.request("POST", path, headers=headers)


def test_a_cluster_of_an_earlier_service_lives_on(
    alice: Caller, alice_heat: Any, old: Old, old_cluster: str
) -> None:
    # listed, with what the tags tell
    listed = alice.request("GET", "/disco/", headers={"Accept": "application/occi+json"}).json()
    (mine,) = [one for one in listed if old_cluster in json.dumps(one)]
    assert mine["attributes"][f"{HEAT}.slavecount"] == str(old.workers)
    assert mine["attributes"]["disco.frameworks"] == old.frameworks

    # shown
    shown = alice.show(old_cluster)
    assert shown["stack_status"] == "CREATE_COMPLETE"
    assert shown["disco.phase"] == "complete"
    assert shown[f"{HEAT}.masterimage"] == "debian-12"
    assert shown["external_ip"]
    assert len(shown.get(PASSWORD, "")) == old.password
    # what that service noted among the attributes is no attribute of the client's
    assert not {"disco.generated", "disco_end_secret"} & shown.keys()
    nodes = alice.get(f"{old_cluster}/nodes").json()["nodes"]
    assert [(n["name"], n["address"].rpartition(".")[2]) for n in nodes] == [
        ("disco-manager", "10"),
        *((f"disco-worker-{number}", str(10 + number)) for number in range(1, old.workers + 1)),
    ]
    pages = alice.get(f"{old_cluster}/interfaces", Accept="application/json").json()["interfaces"]
    assert old.interface in {page["name"] for page in pages}

    # extended
    before = int(alice_heat.stacks.get(stack(old_cluster)).parameters["disco_end"].split()[0])
    answer = send(alice, f"{old_cluster}?action=extend", ttl="5d")
    assert answer.status_code == 200, answer.text
    alice.wait_for(old_cluster, "UPDATE_COMPLETE")
    after = int(alice_heat.stacks.get(stack(old_cluster)).parameters["disco_end"].split()[0])
    assert after - before > TWO_DAYS

    # scaled out: those that were there stay, and the new one is like them
    servers = resources(alice_heat, old_cluster)
    answer = send(alice, old_cluster, slavecount=str(old.workers + 1))
    assert answer.status_code == 200, answer.text
    until(lambda: "joined_1" in resources(alice_heat, old_cluster), 60, "the new worker's signal")
    said = {"status": "SUCCESS", "reason": "", "data": "", "id": f"disco-worker-{old.workers + 1}"}
    until(lambda: ready(alice_heat, old_cluster, "joined_1"), 60, "waiting for the new worker")
    alice_heat.resources.signal(stack(old_cluster), "join_signal_1", data=said)
    shown = alice.wait_for(old_cluster, "UPDATE_COMPLETE")
    count = str(old.workers + 1)
    assert (shown["disco.workers"], shown[f"{HEAT}.slavecount"]) == (f"1-{count}", count)
    assert len(shown.get(PASSWORD, "")) == old.password
    grown = resources(alice_heat, old_cluster)
    assert grown.items() >= {n: i for n, i in servers.items() if n.startswith("worker_")}.items()
    assert grown["master"] == servers["master"] and f"worker_{count}" in grown

    # deleted
    assert alice.request("DELETE", old_cluster).ok
    alice.wait_until_gone(old_cluster)


def stack(path: str) -> str:
    return f"disco_{path.rpartition('/')[2]}"


def resources(heat: Any, path: str) -> dict[str, str]:
    """Ids by the resources' names."""
    return {r.resource_name: r.physical_resource_id for r in heat.resources.list(stack(path))}


def ready(heat: Any, path: str, name: str) -> bool:
    """Whether Heat waits at this resource."""
    state = heat.resources.get(stack(path), name).resource_status
    return bool(state == "CREATE_IN_PROGRESS")
