"""A line of the audit log and a number for every verb, from the real service."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.support.service import Caller, ServiceProcess, on_network
from tests.support.watched import Numbers, read_audit_log, sum_of

ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"


@pytest.fixture
def user(watched: ServiceProcess, alice_headers: dict[str, str]) -> Caller:
    return Caller(watched.base, dict(alice_headers))


def act(caller: Caller, path: str, term: str) -> requests.Response:
    category = f'{term}; scheme="{ACTION}"; class="action"'
    headers = {"Content-Type": "text/occi", "Category": category}
    return caller.request("POST", f"{path}?action={term}", headers=headers)


def test_a_life_is_counted_once_and_audited(
    user: Caller,
    watched: ServiceProcess,
    number: Numbers,
    scrape: Callable[[], str],
    network_of_alice: str,
    alice_project_id: str,
    alice_session: Any,
) -> None:
    start = len(read_audit_log(watched))
    wanted = on_network(network_of_alice, inject="{'dask': ''}")
    preview = user.request(
        "POST",
        "/disco/?action=preview",
        json={"kind": "http://schemas.cloudcomplab.ch/occi/sm#disco", "attributes": wanted},
    )
    assert preview.status_code == 200, preview.text
    counted = ("disco_clusters_created_total", "disco_cluster_complete_seconds_count")
    before = [number(name, framework="dask") for name in counted]
    own_id = f"req-{uuid.uuid4()}"
    answer = user.create(wanted, **{"X-Openstack-Request-Id": own_id})
    assert answer.status_code == 201, answer.text
    assert answer.headers["X-Openstack-Request-Id"] == own_id
    path = answer.headers["Location"].removeprefix(user.base)
    user.wait_for(path, "CREATE_COMPLETE")
    for _ in range(6):
        assert user.get(path).status_code == user.get("/disco/").status_code == 200
    after = [number(name, framework="dask") for name in counted]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1]
    for end in ("/events", "/nodes", "/interfaces", "/health", "/metrics", "/jobs", "/logs"):
        user.get(f"{path}{end}")
    user.get("/disco/choices")
    assert act(user, path, "suspend").status_code == 200
    user.wait_for(path, "SUSPEND_COMPLETE")
    scaled = user.request(
        "POST", path,
        headers={
            "Content-Type": "text/occi",
            "X-OCCI-Attribute": 'icclab.disco.components.heat.slavecount="2"',
        },
    )  # fmt: skip
    assert scaled.status_code == 409, scaled.text
    packages = {"X-OCCI-Attribute": 'icclab.disco.components.packages.pip="tree"'}
    user.request("POST", path, headers={"Content-Type": "text/occi", **packages})
    assert act(user, "/disco/", "extend").status_code in (200, 409)
    assert user.request("DELETE", path).status_code == 200
    user.wait_until_gone(path)
    assert user.request("DELETE", "/disco/").status_code == 200
    log_in(user)

    lines = read_audit_log(watched)[start:]
    cluster = path.rpartition("/")[2]
    by_action = {line["action"]: line for line in lines}
    assert set(by_action) == {
        *("evaluate/preview", "create", "read", "read/list", "read/events", "read/nodes"),
        *("read/interfaces", "read/choices", "read/health", "read/metrics"),
        *("read/jobs", "read/logs"),
        *("update/suspend", "update/scale", "update/packages"),
        *("update/extend/all", "delete", "delete/all", "authenticate", "revoke"),
    }
    created = by_action["create"]
    assert created["requestId"] == own_id
    assert created["target"] == {"typeURI": "compute/cluster", "id": cluster}
    assert created["outcome"] == "success"
    assert created["reason"]["reasonCode"] == "201"
    assert created["initiator"]["id"] == alice_session.get_user_id()
    assert created["initiator"]["project_id"] == alice_project_id
    assert created["initiator"]["delegated"] is False
    assert created["initiator"]["host"] == {"address": "127.0.0.1"}
    assert sorted(wanted) == created["attributes"]
    assert created["attributesOmitted"] == 0
    assert by_action["update/scale"]["outcome"] == "failure"
    assert by_action["delete/all"]["target"]["id"] == alice_project_id
    for name in ("read/events", "read/nodes", "update/suspend", "delete"):
        assert by_action[name]["target"]["id"] == cluster
    assert by_action["authenticate"]["initiator"]["id"] == alice_session.get_user_id()
    assert len({line["id"] for line in lines}) == len(lines)

    told = scrape()
    names = (cluster, alice_project_id, alice_session.get_user_id(), "demo", "127.0.0.1")
    labels = " ".join(re.findall(r"\{(.*?)\} ", told))
    assert not [name for name in names if name in labels]


def log_in(user: Caller) -> None:
    """Through both of the token interfaces, and out again."""
    name, password = user.headers["X-User-Name"], user.headers["X-Password"]
    project = user.headers["X-Tenant-Name"]
    domain = {"name": "Default"}
    auth = {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": name, "password": password, "domain": domain}},
        },
        "scope": {"project": {"name": project, "domain": domain}},
    }
    given = user.request("POST", "/v3/auth/tokens", json={"auth": auth})
    assert given.status_code == 201
    old = {
        "passwordCredentials": {"username": name, "password": password},
        "tenantName": project,
    }
    assert user.request("POST", "/v2.0/tokens", json={"auth": old}).status_code == 200
    token = {"X-Auth-Token": given.headers["X-Subject-Token"]}
    assert user.request("DELETE", "/v3/auth/tokens", headers=token).status_code == 204


PREVIEW = {"kind": "http://schemas.cloudcomplab.ch/occi/sm#disco", "attributes": {}}
#: of no cluster
NONE = "00000000-0000-4000-8000-000000000000"
#: verb: method, address, operation in the numbers, action in the audit log
VERBS: dict[str, tuple[str, str, str, str | None]] = {
    "list": ("GET", "/disco/", "/disco/", "read/list"),
    "list by HEAD": ("HEAD", "/disco/", "/disco/", "read/list"),
    "list of everything": ("GET", "/", "/", "read/list"),
    "members": ("GET", "/component/dask/", "/component/{name}/", "read/list"),
    "create": ("POST", "/disco/", "/disco/", "create"),
    "create by PUT": ("PUT", "/disco/{id}", "/disco/{uuid}", "create"),
    "preview": ("POST", "/disco/?action=preview", "/disco/", "evaluate/preview"),
    "show": ("GET", "/disco/{id}", "/disco/{uuid}", "read"),
    "events": ("GET", "/disco/{id}/events", "/disco/{uuid}/events", "read/events"),
    "nodes": ("GET", "/disco/{id}/nodes", "/disco/{uuid}/nodes", "read/nodes"),
    "health of a cluster": (*("GET", "/disco/{id}/health", "/disco/{uuid}/health", "read/health"),),
    "metrics of a cluster": (
        *("GET", "/disco/{id}/metrics", "/disco/{uuid}/metrics", "read/metrics"),
    ),
    "jobs": ("GET", "/disco/{id}/jobs", "/disco/{uuid}/jobs", "read/jobs"),
    "logs": ("GET", "/disco/{id}/logs", "/disco/{uuid}/logs", "read/logs"),
    "interfaces": (
        *("GET", "/disco/{id}/interfaces", "/disco/{uuid}/interfaces", "read/interfaces"),
    ),
    "choices": ("GET", "/disco/choices", "/disco/choices", "read/choices"),
    "delete": ("DELETE", "/disco/{id}", "/disco/{uuid}", "delete"),
    "delete all": ("DELETE", "/disco/", "/disco/", "delete/all"),
    **{
        term: ("POST", f"/disco/{{id}}?action={term}", "/disco/{uuid}", f"update/{term}")
        for term in ("suspend", "resume", "extend", "retry", "scale", "check")
    },
    **{
        f"{term} all": ("POST", f"/disco/?action={term}", "/disco/", f"update/{term}/all")
        for term in ("suspend", "resume", "extend", "retry", "scale")
    },
    "an action that is none": (
        *("POST", "/disco/{id}?action=explode", "/disco/{uuid}", "update/unknown"),
    ),
    "log in, v2": ("POST", "/v2.0/tokens", "/v2.0/tokens", "authenticate"),
    "log in, v3": ("POST", "/v3/auth/tokens", "/v3/auth/tokens", "authenticate"),
    "log out": ("DELETE", "/v3/auth/tokens", "/v3/auth/tokens", "revoke"),
    # public: a number, and no line
    "query": ("GET", "/-/", "/-/", None),
    "add a mixin": ("POST", "/-/", "/-/", None),
    "remove a mixin": ("DELETE", "/-/", "/-/", None),
    "openapi": ("GET", "/openapi.json", "/openapi.json", None),
    "health": ("GET", "/health", "/health", None),
    "ready": ("GET", "/ready", "/ready", None),
    "dashboard": ("GET", "/dashboard/", "/dashboard/", None),
}


@pytest.mark.parametrize(("method", "path", "form", "action"), VERBS.values(), ids=VERBS)
@pytest.mark.parametrize("known", [True, False], ids=["member", "stranger"])
def test_each_verb_has_a_number_and_a_line(
    user: Caller,
    watched: ServiceProcess,
    scrape: Callable[[], str],
    alice_session: Any,
    method: str,
    path: str,
    form: str,
    action: str | None,
    known: bool,
) -> None:
    """Of a cluster that there is not: what becomes of the act is not looked at here."""
    own_id = f"req-{uuid.uuid4()}"
    headers = {"X-Openstack-Request-Id": own_id, "User-Agent": "disco-client/1"}
    if not known:
        headers |= {"X-Password": "wrong", "X-Auth-Token": "wrong"}
    before = scrape()
    answer = user.request(method, path.format(id=NONE), headers=headers)
    labels = {"operation": f"{method} {form}", "status": str(answer.status_code)}
    counted = "disco_request_seconds_count"
    assert sum_of(scrape(), counted, **labels) == sum_of(before, counted, **labels) + 1
    lines = [line for line in read_audit_log(watched) if line["requestId"] == own_id]
    assert [line["action"] for line in lines] == ([action] if action else [])
    for line in lines:
        assert line["reason"]["reasonCode"] == str(answer.status_code)
        assert line["outcome"] == ("success" if answer.ok else "failure")
        if known and "token" not in path:
            assert line["initiator"]["id"] in (alice_session.get_user_id(), "unknown")
        if not known:
            assert line["initiator"]["id"] == "unknown"


def test_the_verbs_are_all_that_there_are(user: Caller) -> None:
    document = user.get("/openapi.json").json()
    described = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
        if method in ("get", "post", "put", "delete")
    }
    tested = {f"{method} {form}" for method, _, form, _ in VERBS.values()}
    assert {line.rstrip("/") for line in described} <= {line.rstrip("/") for line in tested}
