"""Secrets in requests to the real service are in none of its files."""

from __future__ import annotations

import uuid

from tests.support.service import Caller, ServiceProcess, on_network
from tests.support.watched import read_audit_log

#: stands for a secret in every place of a request that takes one
CANARY = "canary7f3a9c"


def test_no_secret_is_in_any_log(
    watched: ServiceProcess, network_of_alice: str, alice_headers: dict[str, str]
) -> None:
    start = len(read_audit_log(watched))
    secret = f"{CANARY}{uuid.uuid4().hex}"
    caller = Caller(watched.base, {})
    project = {"X-Tenant-Name": alice_headers["X-Tenant-Name"]}
    named = {"X-User-Name": alice_headers["X-User-Name"], **project}
    ways: list[dict[str, str]] = [
        {**named, "X-Password": secret},
        {**project, "X-Auth-Token": secret},
        {"X-Application-Credential-Id": "a" * 32, "X-Application-Credential-Secret": secret},
        {**alice_headers, "X-Auth-Token": secret},
        {**alice_headers, "X-Subject-Token": secret, "Authorization": f"Basic {secret}"},
    ]
    attributes = on_network(network_of_alice) | {
        "icclab.disco.deployer.password": secret,
        "icclab.disco.deployer.username": "alice",
        "icclab.disco.components.jupyter.password": secret,
        f"unknown.{secret}": secret,
        "icclab.disco.components.heat.sshkey": secret,
    }
    for way in ways:
        as_one = Caller(watched.base, way)
        as_one.get("/disco/")
        as_one.get(f"/disco/?token={secret}&action={secret}")
        as_one.request(
            "POST", f"/disco/?action={secret}", data=f'X-OCCI-Attribute: action="{secret}"'
        )
        if location := as_one.create(attributes).headers.get("Location"):
            as_one.request("DELETE", location)
            as_one.wait_until_gone(location)
        as_one.request("DELETE", "/v3/auth/tokens", headers={"X-Auth-Token": secret})
        as_one.request("DELETE", f"/disco/{uuid.uuid4()}?secret={secret}")
    for body in ({"auth": {"passwordCredentials": {"username": "u", "password": secret}}}, secret):
        caller.request("POST", "/v2.0/tokens", json=body)
        caller.request("POST", "/v3/auth/tokens", json=body)
    lines = read_audit_log(watched)[start:]
    assert {line["outcome"] for line in lines} == {"success", "failure"}
    assert len(lines) >= 25
    texts = [(watched.folder / name).read_text() for name in ("audit.jsonl", "sm.log")]
    assert not [text for text in texts if CANARY in text]
