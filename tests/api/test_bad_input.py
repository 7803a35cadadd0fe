"""Bad input gets a clear error, names what is wrong, and changes nothing."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.service import KIND, Caller, attributes, join

HEAT = "icclab.disco.components.heat"
INJECT = "icclab.disco.dependencies.inject"
SCHEME = "http://schemas.cloudcomplab.ch/occi/sm#"


@dataclass(frozen=True)
class Row:
    """One wrong request: what must be in the answer, and with which status."""

    id: str
    named: str
    status: int
    method: str = "POST"
    path: str = "/disco/"
    headers: dict[str, str | None] = field(default_factory=dict)
    attributes: dict[str, str] | None = None
    body: bytes | None = None


def create(id: str, named: str, status: int = 400, **changes: str | None) -> Row:
    """A create in which some attributes are wrong."""
    return Row(id, named, status, attributes=attributes(**changes))


def sent(id: str, named: str, status: int = 400, **headers: str | None) -> Row:
    """A create with wrong headers."""
    names = {k.replace("_", "-"): v for k, v in headers.items()}
    return Row(id, named, status, headers=names, attributes=attributes())


DEEP = "{" + "'a':{" * 10_000 + "}" * 10_001

ROWS = [
    # Category
    sent("category missing", "Category", Category=None),
    sent("category empty", "Category", Category=""),
    sent("category without scheme", "Category", Category='disco; class="kind"'),
    sent("category without term", "Category", Category=f'; scheme="{SCHEME}"'),
    sent("category unbalanced", "Category", Category=f'disco; scheme="{SCHEME}; class="kind'),
    sent("category unknown kind", "Category", Category='nope; scheme="http://example.com#"'),
    sent("category of a link", "Category", Category='link; scheme="http://schemas.ogf.org/occi/core#"'),
    sent("category wrong term", "Category", Category=f'disk; scheme="{SCHEME}"; class="kind"'),
    # attributes as text
    sent("attribute without value", f"{HEAT}.slavecount", X_OCCI_Attribute=f"{HEAT}.slavecount"),
    sent("attribute without name", "X-OCCI-Attribute", X_OCCI_Attribute='="2"'),
    sent("unbalanced quotes", f"{HEAT}.slavecount", X_OCCI_Attribute=f'{HEAT}.slavecount="2'),
    sent("duplicate attribute", "a.b", X_OCCI_Attribute='a.b="1",a.b="2"'),
    sent("bad attribute name", "a b", X_OCCI_Attribute='a b="1"'),
    sent("no attribute at all", f"{HEAT}.masterimage", X_OCCI_Attribute=None),
    sent("huge header", "X-OCCI-Attribute", X_OCCI_Attribute=f'a.b="{"x" * 65536}"'),
    sent("control characters", "X-OCCI-Attribute", X_OCCI_Attribute='a.b="x\x07y"'),
    # the injected dictionary
    create("inject is code", INJECT, inject="__import__('os').system('true')"),
    create("inject is a call in a dictionary", INJECT, inject="{'dask': open('/etc/passwd')}"),
    create("inject is a list", INJECT, inject="['dask']"),
    create("inject is broken", INJECT, inject="{'dask': "),
    create("inject has a number", INJECT, inject="{'dask': 5}"),
    create("inject unknown component", INJECT, inject="{'hadop': ''}"),
    create("inject unknown state", INJECT, inject="{'dask': 'flying'}"),
    create("inject unknown version", INJECT, inject="{'dask': '0.0.1'}"),
    create("inject a base component's cycle", INJECT, inject="{'heat': 'end'}"),
    create("inject 10,000 levels deep", INJECT, inject=DEEP),
    # missing and mistyped properties
    create("masterimage missing", f"{HEAT}.masterimage", masterimage=None),
    create("slaveimage missing", f"{HEAT}.slaveimage", slaveimage=None),
    create("masterflavor missing", f"{HEAT}.masterflavor", masterflavor=None),
    create("slaveflavor missing", f"{HEAT}.slaveflavor", slaveflavor=None),
    create("slavecount missing", f"{HEAT}.slavecount", slavecount=None),
    create("external network missing", f"{HEAT}.externalnetworkname", externalnetworkname=None),
    create("slavecount -1", f"{HEAT}.slavecount", slavecount="-1"),
    create("slavecount 0", f"{HEAT}.slavecount", slavecount="0"),
    create("slavecount 1e9", f"{HEAT}.slavecount", slavecount="1e9"),
    create("slavecount 1000000000", f"{HEAT}.slavecount", slavecount="1000000000"),
    create("slavecount two", f"{HEAT}.slavecount", slavecount="two"),
    create("slavecount empty", f"{HEAT}.slavecount", slavecount=""),
    create("cidr is none", f"{HEAT}.cidr", cidr="10.0.0.0/99"),
    create("cidr too small", f"{HEAT}.cidr", cidr="10.0.0.0/29"),
    create("name is no host name", f"{HEAT}.mastername", mastername="-bad name-"),
    create("timeout out of range", f"{HEAT}.timeout", timeout="0"),
    create("waitcondition neither", f"{HEAT}.waitcondition", waitcondition="maybe"),
    # what the cloud does not have
    create("unknown image", f"{HEAT}.masterimage", masterimage="nope"),
    create("unknown worker image", f"{HEAT}.slaveimage", slaveimage=str(uuid.UUID(int=1))),
    create("unknown flavor", f"{HEAT}.masterflavor", masterflavor="m1.nope"),
    create("unknown worker flavor", f"{HEAT}.slaveflavor", slaveflavor="99"),
    create("unknown network", f"{HEAT}.externalnetworkname", externalnetworkname="nowhere"),
    create("unknown key pair", f"{HEAT}.sshkeyname", sshkeyname="nobody"),
    # who asks
    sent("wrong password", "X-Password", 401, X_Password="wrong"),
    sent("wrong user", "X-User-Name", 401, X_User_Name="nobody"),
    sent("wrong tenant", "X-Tenant-Name", 401, X_Tenant_Name="nowhere"),
    sent("no tenant", "X-Tenant-Name", 400, X_Tenant_Name=None),
    sent("no credentials", "X-Auth-Token", 401, X_User_Name=None, X_Password=None),
    sent("malformed token", "X-Auth-Token", 401, X_Auth_Token="x" * 200, X_Password=None),
    sent("unknown region", "X-Region-Name", 400, X_Region_Name="Atlantis"),
    sent("id is no UUID", "Idempotency-Key", 400, Idempotency_Key="hello"),
    # formats
    sent("form body", "Content-Type", 415, Content_type="application/x-www-form-urlencoded"),
    sent("unknown content type", "Content-Type", 415, Content_type="image/png"),
    sent("uri-list as entity", "Category", 400, Content_type="text/uri-list"),
    sent("wrong Accept", "Accept", 406, Accept="image/png"),
    Row("JSON that is none", "Content-Type", 400, headers={"Content-type": "application/json"},
        body=b"{"),
    Row("body no UTF-8", "body", 400, headers={"Content-type": "text/plain"},
        body=b"Category: \xff"),
    # addresses
    Row("GET unknown cluster", "cluster", 404, "GET", f"/disco/{uuid.UUID(int=7)}"),
    Row("GET what is no UUID", "cluster", 404, "GET", "/disco/nope"),
    Row("DELETE unknown cluster", "cluster", 400, "DELETE", f"/disco/{uuid.UUID(int=7)}"),
    Row(
        "POST unknown cluster",
        "cluster",
        400,
        path=f"/disco/{uuid.UUID(int=7)}",
        headers={"Content-type": "text/occi", "X-OCCI-Attribute": 'action="suspend"'},
    ),
    Row("unknown address", "address", 404, "GET", "/nowhere/"),
    Row("PATCH", "PATCH", 405, "PATCH"),
    Row("query as uri-list", "uri-list", 400, "GET", "/-/", {"Accept": "text/uri-list"}),
    Row("query unknown category", "not registered", 400, "GET", "/-/",
        {"Content-type": "text/occi", "Category": 'nope; scheme="http://example.com#"'}),
    Row("action without category", "Category", 400, path="/disco/?action=suspend",
        headers={"Content-type": "text/occi"}),
    Row("unknown action", "action", 400, path="/disco/?action=explode",
        headers={"Content-type": "text/occi", "Category": f'explode; scheme="{SCHEME}"'}),
]  # fmt: skip


def send(caller: Caller, row: Row) -> Any:
    headers: dict[str, Any] = {}
    if row.attributes is not None:
        headers = {
            "Content-type": "text/occi",
            "Category": KIND,
            "X-OCCI-Attribute": join(row.attributes),
        }
    headers.update(
        {n.replace("X-OCCI-ATTRIBUTE", "X-OCCI-Attribute"): v for n, v in row.headers.items()}
    )
    return caller.request(row.method, row.path, headers=headers, data=row.body)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_bad_input_is_refused_by_name_and_changes_nothing(
    row: Row, alice: Caller, stacks: Callable[[], set[str]]
) -> None:
    before = stacks()
    answer = send(alice, row)
    assert answer.status_code == row.status, answer.text
    assert row.named.lower() in answer.text.lower()
    # a stack of an earlier test may still be going; none may have come
    assert stacks() - before == set()


def test_there_are_at_least_forty_rows() -> None:
    assert len({row.id for row in ROWS}) >= 40


def test_all_faults_are_told_at_once(alice: Caller) -> None:
    wrong = attributes(slavecount="two", timeout="0", masterimage=None, inject="{'nope': ''}")
    text = alice.create(wrong).text
    for name in ("slavecount", "timeout", "masterimage", "inject"):
        assert name in text


def test_all_names_the_cloud_does_not_know_are_told_at_once(alice: Caller) -> None:
    text = alice.create(
        attributes(masterimage="nope", slaveflavor="nope", externalnetworkname="nope")
    ).text
    for name in ("masterimage", "slaveflavor", "externalnetworkname"):
        assert name in text


def test_an_error_is_rendered_as_asked(alice: Caller) -> None:
    answer = alice.create(attributes(slavecount="0"), Accept="application/occi+json")
    fault = answer.json()["faults"][0]
    assert answer.status_code == 400
    assert fault["attribute"] == f"{HEAT}.slavecount"
    assert fault["allowed"]


def test_a_password_is_in_no_error(alice: Caller) -> None:
    secret = base64.b32encode(uuid.uuid4().bytes).decode().strip("=")
    answer = alice.create(attributes(), **{"X-Password": secret, "X-Auth-Token": secret})
    assert answer.status_code == 401
    assert secret not in answer.text


def test_another_projects_cluster_is_unknown(
    alice: Caller, bob: Caller, standing_cluster: str
) -> None:
    assert bob.get(standing_cluster).status_code == 404
    assert bob.request("DELETE", standing_cluster).status_code == 400
    assert standing_cluster not in bob.get("/disco/").text
    assert alice.get(standing_cluster).status_code == 200


def test_an_expired_token_is_refused(alice: Caller, revoked_token: str) -> None:
    answer = alice.request(
        "GET",
        "/disco/",
        headers={"X-Auth-Token": revoked_token, "X-User-Name": None, "X-Password": None},
    )
    assert answer.status_code == 401
    assert "X-Auth-Token" in answer.text
