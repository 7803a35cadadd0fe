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
from disco.embedded.control.config_files import NODE_SIDE_HOST
from tests.api.test_packages import user_data
from tests.api.test_readers import admin, colleague
from tests.api.test_retry import in_state, retry, signal
from tests.api.test_scaling import scale, servers
from tests.support.cloud import session_of, until
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
    (line,) = re.findall(r"<<'DISCO_SIGNAL_END'\n(curl .*)\nDISCO_SIGNAL_END\n", script)
    words = shlex.split(line)
    (token,) = (w.partition(": ")[2] for w in words if w.startswith("X-Auth-Token: "))
    base = words[-1].partition("/stacks/")[0].replace(f"//{NODE_SIDE_HOST}:", "//127.0.0.1:")
    return f"{base}/software_deployments/metadata/{digest(script)[:32]}", token


def digest(script: str) -> str:
    (found,) = re.findall(r"^disco_scripts ([0-9a-f]{128})$", script, re.M)
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
    (found,) = answer.json()["metadata"]
    rest = lzma.decompress(base64.b64decode(found["config"], validate=True))
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
    assert set(given) >= {"disco-manager", "disco-worker-1"}
    for name, script in given.items():
        assert len(base64.b64encode(script.encode())) <= LIMIT
        rest = read(get, script)
        assert SCRIPT in rest and SCRIPT[:200] not in script
        assert name in script
    assert len({access(script)[0] for script in given.values()}) == 2  # of master and workers


def test_a_nodes_token_reads_what_it_knows_the_address_of_and_nothing_else(
    given: dict[str, str], get: Get
) -> None:
    masters, workers = given["disco-manager"], given["disco-worker-1"]
    # a worker's user data does not have the master's address, which nobody can guess
    assert digest(masters)[:32] not in workers
    place, token = access(workers)
    base = place.partition("/software_deployments/")[0]
    for path in ("", "/", "/metadata/", "/metadata"):
        assert get(f"{base}/software_deployments{path}", token).status_code in (403, 404), path
    assert get(f"{base}/software_deployments/metadata/x", token).json() == {"metadata": []}
    (found,) = get(place, token).json()["metadata"]
    for path in ("software_configs", f"software_configs/{found['id']}", "stacks"):
        assert get(f"{base}/{path}", token).status_code == 403, path
    stack_id = next(i["value"] for i in found["inputs"] if i["name"] == "deploy_stack_id")
    for path in ("", "/files", "/template", "/resources"):
        assert get(f"{base}/stacks/{stack_id}{path}", token).status_code in (403, 404), path


def test_nodes_cannot_change_what_others_read(given: dict[str, str], get: Get) -> None:
    place, token = access(given["disco-worker-1"])
    base = place.partition("/software_deployments/")[0]
    (found,) = get(place, token).json()["metadata"]
    with requests.Session() as own:
        own.trust_env = False
        own.headers["X-Auth-Token"] = token
        config = {"name": "x", "group": "x", "config": "x", "server_id": place[-32:]}
        answers = [
            own.delete(f"{base}/software_configs/{found['id']}", timeout=60),
            own.post(f"{base}/software_configs", json=config, timeout=60),
            own.post(
                f"{base}/software_deployments",
                json={"config_id": found["id"], "server_id": place[-32:]},
                timeout=60,
            ),
        ]
    assert [a.status_code for a in answers] == [403, 403, 403]
    assert get(place, token).json()["metadata"] == [found]


def test_others_cannot_read_more_than_they_could_from_user_data(
    cluster: str,
    given: dict[str, str],
    get: Get,
    colleague: Any,
    cloud_auth_url: str,
    alice_session: session.Session,
    alice_heat: Any,
    bob_headers: dict[str, str],
    embedded_cloud: EmbeddedCloud,
) -> None:
    bobs = session_of(embedded_cloud.credentials_of("other"))
    nodes_place, _ = access(given["disco-worker-1"])
    stack = f"disco_{cluster.rpartition('/')[2]}"
    heat = alice_session.get_endpoint(service_type="orchestration", interface="public")
    place = f"{heat}/software_deployments/metadata/{digest(given['disco-worker-1'])[:32]}"
    files = f"{heat}/stacks/{stack}/{alice_heat.stacks.get(stack).id}/files"
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
    # nor at the same address of a project of their own
    theirs = place.replace(alice_session.get_project_id() or "", bobs.get_project_id() or "")
    assert get(theirs, bob).json() == {"metadata": []}
    # who may read a stack reads the files that user data is made of, and these; others neither
    reader = token(colleague("reader"))
    (found,) = get(place, reader).json()["metadata"]
    assert found["config"] == get(files, reader).json()["worker.scripts"]
    assert get(nodes_place, reader).status_code == 403
    other = token(colleague("auditor"))
    assert get(place, other).status_code == get(files, other).status_code


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
    for node in ("disco-manager: workers:done: disco-worker-1 failed at", "disco-worker-1:"):
        name = node.partition(":")[0]
        signal(alice_heat, cluster, "signal", name, f"{node} scripts:fetched: exit 1: {why}")
    failed = in_state(alice, cluster, "CREATE_FAILED")
    assert failed["disco.failure.step"] == "scripts:fetched"
    assert "a retry makes a new token" in failed["disco.failure.hint"]
    stack = f"disco_{cluster.rpartition('/')[2]}"
    kept = scripts_of(alice_heat, stack)
    assert retry(alice, cluster).status_code == 200
    until(
        lambda: alice_heat.resources.get(stack, "ready").resource_status == "CREATE_IN_PROGRESS",
        what="the cluster waits again",
    )
    after = servers()
    assert after["disco-manager"] == before["disco-manager"]
    assert after["disco-worker-1"] != before["disco-worker-1"]
    anew = user_data(embedded_cloud, after["disco-worker-1"])
    first = given["disco-worker-1"]
    assert (access(anew)[0], access(anew)[1] != access(first)[1]) == (access(first)[0], True)
    assert read(get, anew) == read(get, first)
    signal(alice_heat, cluster, "retry_signal_1", "disco-manager", "cluster is ready", good=True)
    in_state(alice, cluster, "UPDATE_COMPLETE")

    assert scale(alice, cluster, slavecount="3").status_code == 200
    until(lambda: len(servers()) == 4, what="new workers")
    grown = servers()
    assert {n: grown[n] for n in after} == after
    tokens = {access(first)[1], access(anew)[1]}
    for name in ("disco-worker-2", "disco-worker-3"):
        joins = user_data(embedded_cloud, grown[name])
        assert access(joins)[1] not in tokens
        assert read(get, joins) == read(get, anew)
        signal(alice_heat, cluster, "join_signal_2", name, "has joined", good=True)
    in_state(alice, cluster, "UPDATE_COMPLETE")
    assert scripts_of(alice_heat, stack) == kept  # Heat has touched none of them


def scripts_of(heat: Any, stack: str) -> dict[str, str]:
    """The resources that have scripts, and what they are in Heat."""
    listed = heat.resources.list(stack)
    found = {r.resource_name: r.physical_resource_id for r in listed}
    return {name: own for name, own in found.items() if name.startswith("scripts_")}
