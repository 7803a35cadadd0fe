"""Every request meets every fault of every service that it asks.

``make test`` runs a part of the table, ``make faults`` all of it. The page
docs/cloud-faults.md is what is tested; ``DISCO_WRITE_FAULTS=1`` writes it anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.api.cloud_fault_bench import Bench, Call, bench
from tests.api.cloud_fault_rows import (
    CREDENTIALS,
    FAULTS,
    FILES,
    LATER,
    PROGRESS,
    QUOTAS,
    ZONES,
    CloudFault,
    Verb,
    table,
)

PAGE = Path(__file__).parents[2] / "docs" / "cloud-faults.md"
HEAT = "icclab.disco.components.heat."
ALL = bool(os.environ.get("DISCO_ALL_FAULTS"))
ID, ORCH = "identity", "orchestration"
EVERY = ("identity", "orchestration", "compute", "image", "network")
#: in the place of a call that a request can do without: a part of the faults shows that
FEW = ("500", "no answer in time", "null", "other types of members", "token not valid any more")
PASSWORD: dict[str, Any] = {}


def old_login() -> dict[str, Any]:
    who = PASSWORD["old"]
    return {"json": {"auth": {"passwordCredentials": who[0], "tenantName": who[1]}}}


def new_login() -> dict[str, Any]:
    return {"json": {"auth": PASSWORD["new"]}}


VERBS = (
    Verb("list", "GET", "/disco/", (ID, ORCH)),
    Verb("list, with a password", "GET", "/disco/", (ID, ORCH),
         send=lambda: {"headers": {"X-Auth-Token": None, **PASSWORD["headers"]}}),
    Verb("show", "GET", "/disco/{}", (ID, ORCH), "standing", PROGRESS),
    Verb("events", "GET", "/disco/{}/events", (ID, ORCH), "standing"),
    Verb("nodes", "GET", "/disco/{}/nodes", (ID, ORCH), "standing"),
    Verb("health", "GET", "/disco/{}/health", (ID, ORCH), "standing"),
    Verb("metrics", "GET", "/disco/{}/metrics", (ID, ORCH), "standing"),
    Verb("jobs", "GET", "/disco/{}/jobs", (ID, ORCH), "standing"),
    Verb("interfaces", "GET", "/disco/{}/interfaces", (ID, ORCH), "standing", PROGRESS),
    Verb("choices", "GET", "/disco/choices", (ID, "compute", "image", "network", "volume"),
         without=(*QUOTAS, *ZONES)),
    Verb("preview", "POST", "/disco/", EVERY, without=QUOTAS,
         send=lambda: {"action": "preview", "attributes": PASSWORD["wanted"]}),
    Verb("create", "POST", "/disco/", EVERY, changes=True,
         without=(*QUOTAS, *CREDENTIALS, "identity POST", r"orchestration DELETE"),
         send=lambda: {"create": True}),
    Verb("scale", "POST", "/disco/{}", EVERY, "standing", (*QUOTAS, *LATER, *FILES), True,
         send=lambda: {"action": "scale", "attributes": PASSWORD["scaled"]}),
    Verb("suspend", "POST", "/disco/{}", (ID, ORCH), "standing", PROGRESS, True,
         send=lambda: {"action": "suspend"}),
    Verb("resume", "POST", "/disco/{}", (ID, ORCH), "suspended", PROGRESS, True,
         send=lambda: {"action": "resume"}),
    Verb("extend", "POST", "/disco/{}", (ID, ORCH), "standing", (*CREDENTIALS, *PROGRESS), True,
         send=lambda: {"action": "extend", "attributes": {f"{HEAT}ttl": "2d"}}),
    Verb("add packages", "POST", "/disco/{}", (ID, ORCH), "standing", (*PROGRESS, *FILES), True,
         send=lambda: {"attributes": {"icclab.disco.components.packages.pip": "tree"}}),
    Verb("retry", "POST", "/disco/{}", (ID, ORCH, "compute", "network"), "failed",
         (*QUOTAS, *LATER), True,
         send=lambda: {"action": "retry"}),
    Verb("delete", "DELETE", "/disco/{}", (ID, ORCH), "standing", CREDENTIALS, True),
    Verb("delete all", "DELETE", "/disco/?confirm=all", (ID, ORCH), "standing", CREDENTIALS, True),
    Verb("POST /v2.0/tokens", "POST", "/v2.0/tokens", (ID,), send=old_login),
    Verb("POST /v3/auth/tokens", "POST", "/v3/auth/tokens", (ID,), send=new_login),
)  # fmt: skip


@pytest.fixture(scope="module")
def ready(
    tmp_path_factory: pytest.TempPathFactory, embedded_cloud: EmbeddedCloud, network_of_alice: str
) -> Iterator[Bench]:
    who = embedded_cloud.credentials_of("demo")
    user = {"name": who.username, "password": who.password}
    domain = {"domain": {"name": who.domain_name}}
    PASSWORD["old"] = ({"username": who.username, "password": who.password}, who.project_name)
    PASSWORD["new"] = {
        "identity": {"methods": ["password"], "password": {"user": {**user, **domain}}},
        "scope": {"project": {"name": who.project_name, **domain}},
    }
    PASSWORD["headers"] = {"X-User-Name": who.username, "X-Password": who.password}
    folder = tmp_path_factory.mktemp("cloud-faults")
    with bench(folder, embedded_cloud, "demo", network_of_alice) as found:
        PASSWORD["wanted"] = found.wanted("11111111-1111-4111-8111-111111111111")
        PASSWORD["scaled"] = {f"{HEAT}slavecount": "2"}
        yield found
        for cluster in found.ids.values():
            found.remove(cluster)


def test_the_page_is_the_table() -> None:
    if os.environ.get("DISCO_WRITE_FAULTS"):
        PAGE.write_text(table(VERBS))
    assert PAGE.read_text() == table(VERBS), "DISCO_WRITE_FAULTS=1 writes it anew"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_fault_of_a_service_is_told_as_one(
    ready: Bench, verb: Verb, record_property: Callable[[str, object], None]
) -> None:
    if verb.name == "scale":
        ready.make_room(verb.target)
    if ALL:
        calls = ready.calls(verb)
        assert {call.service for call in calls} == set(verb.services)
    else:
        calls = first_calls(verb)
        ready.restore(verb.target)
    cells = list(chosen(verb, calls))
    wrong = []
    for call, fault in cells:
        if problem := ready.judge(verb, call, fault):
            wrong.append(f"{call}, {fault.name}: {problem}")
    record_property("report", f"{verb.name}: {len(cells)} cells, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)


def first_calls(verb: Verb) -> list[Call]:
    """What the request reads first of each service, and what it changes; so nothing is done."""
    if verb.path.endswith("/tokens"):
        return [Call(ID, "POST", "/auth/tokens")]
    # a retry asks Neutron for quotas alone, and choices ask Cinder
    quotas = ("volume", "network") if verb.name == "retry" else ("volume",)
    calls = [Call(service, "GET", "") for service in verb.services if service not in quotas]
    change = {"create": "POST", "scale": "PATCH", "extend": "PATCH", "retry": "PATCH"}
    change["add packages"] = "PATCH"
    if verb.changes:
        method = change.get(verb.name, verb.method)
        calls.append(Call(ORCH, method, "/stacks"))
    return calls


def chosen(verb: Verb, calls: list[Call]) -> Iterator[tuple[Call, CloudFault]]:
    """All cells of a request's row; or a few of each call, other ones for each request."""
    at = VERBS.index(verb)
    closed: set[str] = set()
    for number, call in enumerate(calls):
        optional = any(re.search(pattern, str(call)) for pattern in verb.without)
        for place, fault in enumerate(FAULTS):
            if fault.happens is None:
                if call.service in (ID, *closed):
                    continue  # one for each service; Keystone has a test of its own
                closed.add(call.service)
            # a delete is answered without a body, which has no members
            if fault.is_change and (call.before or call.method == "DELETE"):
                continue
            if optional and fault.name not in FEW:
                continue
            few = 1 if verb.changes else 3
            if not ALL and (place - 5 * at - number) % len(FAULTS) >= few:
                continue
            if not ALL and fault.reads and call.method != "GET":
                fault = FAULTS[1]
            yield call, fault
