"""Scripts that user data has no room for: nodes read them from a real Heat, and who else can."""

from __future__ import annotations

import base64
import gzip
import hashlib
import lzma
import random
import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from keystoneauth1 import session

from disco.embedded.cloud import EmbeddedCloud
from tests.api.conftest import heat_of
from tests.api.test_packages import user_data
from tests.api.test_readers import admin, colleague
from tests.api.test_retry import in_state, retry, signal
from tests.api.test_scaling import scale, servers
from tests.support.cloud import until
from tests.support.service import KIND, Caller, ServiceProcess, attributes

__all__ = ["admin", "colleague", "servers"]

#: is not made smaller by packing, so that no node's script fits
SCRIPT = "# " + base64.b64encode(random.Random(1).randbytes(36_000)).decode() + "\necho hello\n"
LIMIT = 65_535
Get = Callable[[str, str], requests.Response]


def create(caller: Caller, **changes: str) -> str:
    """The address of a cluster whose nodes have no room for their scripts."""
    wanted = attributes(waitcondition="true", **changes)
    packed = base64.b64encode(gzip.compress(SCRIPT.encode())).decode()
    wanted["icclab.disco.components.packages.bootstrap"] = packed
    lines = [f"Category: {KIND}", *(f'X-OCCI-Attribute: {n}="{v}"' for n, v in wanted.items())]
    answer = caller.request(
        "POST", "/disco/", headers={"Content-type": "text/plain"}, data="\n".join(lines).encode()
    )
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"].removeprefix(caller.base))


def access(script: str) -> tuple[str, str]:
    """The address and the token with which a node fetches the rest of its script."""
    (line,) = re.findall(r"<<'DISCO_SCRIPTS_END'\n(.*)\nDISCO_SCRIPTS_END\n", script)
    words = shlex.split(line)
    (token,) = (w.partition(": ")[2] for w in words if w.startswith("X-Auth-Token: "))
    return words[-1].removesuffix("/signal") + "/metadata", token


def digest(script: str) -> str:
    (found,) = re.findall(r"^disco_scripts ([0-9a-f]{128}) ", script, re.M)
    return str(found)


@pytest.fixture(scope="module")
def get() -> Iterator[Get]:
    with requests.Session() as own:
        own.trust_env = False
        yield lambda url, token: own.get(url, headers={"X-Auth-Token": token}, timeout=60)


def read(get: Get, script: str) -> str:
    """What a node with this user data fetches, checked as it does."""
    answer = get(*access(script))
    assert answer.status_code == 200, answer.text
    rest = lzma.decompress(base64.b64decode(answer.json()["metadata"]["script"], validate=True))
    assert hashlib.sha512(rest).hexdigest() == digest(script)
    return rest.decode()


@pytest.fixture(scope="module")
def cluster(service: ServiceProcess, alice_headers: dict[str, str]) -> Iterator[str]:
    """A cluster whose nodes are to install themselves."""
    alice = Caller(service.base, dict(alice_headers))
    path = create(alice)
    until(lambda: alice.show(path)["disco.phase"] == "installing", what="the nodes' turn")
    yield path
    alice.request("DELETE", path)
    alice.wait_until_gone(path)


@pytest.fixture
def given(
    cluster: str, servers: Callable[[], dict[str, str]], embedded_cloud: EmbeddedCloud
) -> dict[str, str]:
    """What the cloud gave the nodes to run."""
    return {name: user_data(embedded_cloud, server) for name, server in servers().items()}


def test_nodes_read_the_rest_of_their_scripts_with_what_is_in_user_data(
    given: dict[str, str], get: Get
) -> None:
    assert set(given) == {"disco-manager", "disco-worker-1"}
    for name, script in given.items():
        assert len(base64.b64encode(script.encode())) <= LIMIT
        rest = read(get, script)
        assert SCRIPT in rest and SCRIPT[:200] not in script
        assert ("disco_wait_for_workers\n" in rest) is True
        assert name in script
    first, second = (access(script) for script in given.values())
    assert first[0] != second[0] and first[1] != second[1]


def test_a_nodes_token_reads_its_own_script_and_nothing_else(
    given: dict[str, str], get: Get
) -> None:
    (masters, token), (workers, other) = (access(script) for script in given.values())
    assert get(workers, token).status_code == get(masters, other).status_code == 403
    stack = masters.partition("/resources/")[0]
    for path in ("", "/files", "/template", "/resources", "/resources/signal/metadata"):
        assert get(f"{stack}{path}", other).status_code == 403, path
    # nor does what the nodes signal with read scripts
    (signals,) = re.findall(
        r"DISCO_SIGNAL_END'\ncurl .*X-Auth-Token: (\S+)'", given["disco-worker-1"]
    )
    assert get(workers, signals).status_code == 403


def test_others_cannot_read_more_than_they_could_from_user_data(
    cluster: str,
    given: dict[str, str],
    get: Get,
    colleague: Any,
    cloud_auth_url: str,
    alice_session: session.Session,
    bob_headers: dict[str, str],
    embedded_cloud: EmbeddedCloud,
) -> None:
    nodes_place, _ = access(given["disco-worker-1"])
    stack = f"disco_{cluster.rpartition('/')[2]}"
    heat = alice_session.get_endpoint(service_type="orchestration", interface="public")
    stack_id = heat_of(embedded_cloud.credentials_of("demo")).stacks.get(stack).id
    place = f"{heat}/stacks/{stack}/{stack_id}/resources/scripts_worker/metadata"
    files = f"{heat}/stacks/{stack}/{stack_id}/files"
    for url in (nodes_place, place):
        assert get(url, "").status_code == 401

    def token(headers: dict[str, str]) -> str:
        who = {"name": headers["X-User-Name"], "password": headers["X-Password"],
               "domain": {"id": "default"}}  # fmt: skip
        scope = {"project": {"name": headers["X-Tenant-Name"], "domain": {"id": "default"}}}
        body = {"identity": {"methods": ["password"], "password": {"user": who}}, "scope": scope}
        with requests.Session() as own:
            own.trust_env = False
            answer = own.post(f"{cloud_auth_url}/auth/tokens", json={"auth": body}, timeout=60)
        return str(answer.headers["X-Subject-Token"])

    bob = token(bob_headers)
    for url in (nodes_place, place, files):
        assert get(url, bob).status_code in (403, 404), url
    # who may read a stack reads the files that user data is made of, and these; others neither
    reader = token(colleague("reader"))
    shown = get(files, reader).json()["worker.scripts"]
    assert get(place, reader).json()["metadata"]["script"] == shown
    assert get(nodes_place, reader).status_code == 403
    other = token(colleague("auditor"))
    assert get(place, other).status_code == get(files, other).status_code


def test_what_a_node_signals_to_the_place_is_not_taken_for_a_script(
    cluster: str, given: dict[str, str], get: Get
) -> None:
    """Who has a worker's token can spoil the place, and no more: user data has the digest."""
    script = given["disco-worker-1"]
    place, token = access(script)
    before = read(get, script)
    with requests.Session() as own:
        own.trust_env = False
        answer = own.post(
            f"{place.removesuffix('/metadata')}/signal",
            json={"id": "other", "status": "SUCCESS", "reason": "x", "data": "x"},
            headers={"X-Auth-Token": token},
            timeout=60,
        )
    assert answer.ok
    until(lambda: "other" in get(place, token).json()["metadata"], what="the signal")
    assert read(get, script) == before


def test_nodes_that_are_made_later_have_tokens_that_are_made_then(
    alice: Caller,
    alice_heat: Any,
    cluster: str,
    given: dict[str, str],
    servers: Callable[[], dict[str, str]],
    embedded_cloud: EmbeddedCloud,
    get: Get,
) -> None:
    before = servers()
    why = "cannot fetch the node's scripts from Heat: it answered 401"
    said = f"disco-worker-1: scripts:fetched: exit 1: {why}"
    signal(alice_heat, cluster, "signal", "disco-worker-1", said)
    failed = in_state(alice, cluster, "CREATE_FAILED")
    assert failed["disco.failure.step"] == "scripts:fetched"
    assert "a retry makes a new token" in failed["disco.failure.hint"]
    assert retry(alice, cluster).status_code == 200
    stack = f"disco_{cluster.rpartition('/')[2]}"
    until(
        lambda: alice_heat.resources.get(stack, "ready").resource_status == "CREATE_IN_PROGRESS",
        what="the cluster waits again",
    )
    after = servers()
    assert after["disco-manager"] == before["disco-manager"]
    assert after["disco-worker-1"] != before["disco-worker-1"]
    anew = user_data(embedded_cloud, after["disco-worker-1"])
    assert "/scripts_worker_1/metadata" in access(anew)[0]
    assert read(get, anew) == read(get, given["disco-worker-1"])
    signal(alice_heat, cluster, "retry_signal_1", "disco-manager", "cluster is ready", good=True)
    in_state(alice, cluster, "UPDATE_COMPLETE")

    assert scale(alice, cluster, slavecount="3").status_code == 200
    until(lambda: len(servers()) == 4, what="new workers")
    grown = servers()
    assert {n: grown[n] for n in after} == after
    for number in (2, 3):
        joins = user_data(embedded_cloud, grown[f"disco-worker-{number}"])
        assert "/scripts_worker_2/metadata" in access(joins)[0]
        assert read(get, joins) == read(get, anew)
        name = f"disco-worker-{number}"
        signal(alice_heat, cluster, "join_signal_2", name, "has joined", good=True)
    in_state(alice, cluster, "UPDATE_COMPLETE")
    # the first token is of nobody any more: what it was for is gone
    names = {r.resource_name for r in alice_heat.resources.list(stack)}
    assert {n for n in names if n.startswith("scripts_")} == {
        "scripts_master", "scripts_worker_1", "scripts_worker_2",
    }  # fmt: skip
    assert get(*access(given["disco-worker-1"])).status_code in (401, 403, 404)
