"""The original README's curl commands, run by a shell after ``source openrc``.

Only host, UUID and the names of images and flavors are filled in. Of the create
the attribute lines are joined, as it was meant: as printed there, with the lines
indented, curl takes them for further addresses.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.service import Caller, ServiceProcess

Run = Callable[[str], str]

QUERY = """curl -sS -i -X GET http://<DISCO IP>:8888/-/ \\
-H 'Accept: text/occi' \\
-H "X-Tenant-Name: $OS_TENANT_NAME" \\
-H "X-Auth-Token: $TOKEN"
"""
QUERY_WITHOUT_TOKEN = """curl -sS -i -X GET http://<DISCO IP>:8888/-/ \\
-H 'Accept: text/occi' \\
-H "X-User-Name: $OS_USERNAME" \\
-H "X-Password: $OS_PASSWORD" \\
-H "X-Tenant-Name: $OS_TENANT_NAME"
"""
CREATE = """curl -sS -i -X POST http://<DISCO IP>:8888/disco/ \\
-H 'Category: disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind";' \\
-H 'Content-type: text/occi' \\
-H "X-Tenant-Name: $OS_TENANT_NAME" \\
-H "X-Region-Name: $OS_REGION_NAME" \\
-H "X-User-Name: $OS_USERNAME" \\
-H "X-Password: $OS_PASSWORD" \\
-H "X-Auth-Token: $TOKEN" \\
-H 'X-OCCI-Attribute: icclab.disco.components.heat.networkname="disco-net",\
icclab.disco.components.heat.externalnetworkname="public",\
icclab.disco.components.heat.masterimage="debian-12",\
icclab.disco.components.heat.slaveimage="debian-12",\
icclab.disco.components.heat.masterflavor="m1.medium",\
icclab.disco.components.heat.slaveflavor="m1.small",\
icclab.disco.components.heat.slavecount="2",\
icclab.disco.deployer.username="$OS_USERNAME",\
icclab.disco.deployer.password="$OS_PASSWORD",\
icclab.disco.deployer.region="$OS_REGION_NAME",\
icclab.disco.dependencies.inject="{}"'
"""
LIST = """curl -sS -i -X GET http://<DISCO IP>:8888/disco/ \\
-H 'Accept: text/occi' \\
-H "X-Tenant-Name: $OS_TENANT_NAME" \\
-H "X-Auth-Token: $TOKEN"
"""
SHOW = """curl -sS -i -X GET http://<DISCO IP>:8888/disco/$UUID \\
-H 'Accept: text/occi' \\
-H "X-Tenant-Name: $OS_TENANT_NAME" \\
-H "X-Auth-Token: $TOKEN"
"""
# the tenant between single quotes, as printed there
DELETE = """curl -sS -i -X DELETE http://<DISCO IP>:8888/disco/$UUID \\
-H 'Category: disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind";' \\
-H 'Content-type: text/occi' \\
-H 'X-Tenant-Name: $OS_TENANT_NAME' \\
-H "X-Auth-Token: $TOKEN"
"""
SUSPEND = """curl -sS -i -X POST http://<DISCO IP>:8888/disco/$UUID \\
-H 'Content-type: text/occi' \\
-H "X-Tenant-Name: $OS_TENANT_NAME" \\
-H "X-Auth-Token: $TOKEN" \\
-H 'X-OCCI-Attribute: action="suspend"'
"""


@pytest.fixture(scope="module")
def run(service: ServiceProcess, cloud_openrc: Path, alice_token: str) -> Run:
    def run(command: str) -> str:
        filled = command.replace("<DISCO IP>:8888", f"127.0.0.1:{service.port}")
        done = subprocess.run(
            ["bash", "-c", f"set -eu; source {cloud_openrc}; TOKEN={alice_token}\n{filled}"],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    return run


@pytest.fixture(scope="module")
def uuid(run: Run, service: ServiceProcess, alice_headers: dict[str, str]) -> Iterator[str]:
    """The UUID of a complete cluster, for all commands but the last."""
    caller = Caller(service.base, dict(alice_headers))
    made = created(run, caller)
    yield made
    caller.request("DELETE", f"/disco/{made}")
    caller.wait_until_gone(f"/disco/{made}")


def created(run: Run, caller: Caller) -> str:
    answer = run(CREATE)
    found = re.search(r"^Location: \S+/disco/(\S{36})\r?$", answer, re.M | re.I)
    assert found, answer
    caller.wait_for(f"/disco/{found[1]}", "CREATE_COMPLETE")
    return found[1]


@pytest.mark.parametrize("command", [QUERY, QUERY_WITHOUT_TOKEN], ids=["token", "password"])
def test_the_query_lists_the_kind_and_its_attributes(run: Run, command: str) -> None:
    answer = run(command)
    assert answer.startswith("HTTP/1.1 200")
    assert 'disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind"' in answer
    assert "icclab.disco.components.heat.slavecount" in answer


def test_create_answers_with_ok_and_a_location(run: Run, uuid: str, alice: Caller) -> None:
    shown = alice.show(f"/disco/{uuid}")
    assert shown["icclab.disco.components.heat.slavecount"] == "2"


def test_list_has_the_cluster(run: Run, uuid: str) -> None:
    assert f"/disco/{uuid}" in run(LIST)


def test_show_has_address_and_keys(run: Run, uuid: str) -> None:
    answer = run(SHOW.replace("$UUID", uuid))
    for name in ("external_ip", "ssh_key_name", "ssh_public_key", "ssh_private_key"):
        assert f'{name}="' in answer
    assert "password" not in answer.split("X-OCCI-Attribute", 1)[1].lower()


def test_suspend_and_resume(run: Run, uuid: str, alice: Caller) -> None:
    suspend = SUSPEND.replace("$UUID", uuid)
    assert 'runstate="suspended"' in run(suspend)
    alice.wait_for(f"/disco/{uuid}", "SUSPEND_COMPLETE")
    assert 'runstate="running"' in run(suspend.replace('"suspend"', '"resume"'))
    alice.wait_for(f"/disco/{uuid}", "RESUME_COMPLETE")


def test_delete_frees_everything(run: Run, alice: Caller) -> None:
    uuid = created(run, alice)
    assert run(DELETE.replace("$UUID", uuid)).endswith("OK")
    alice.wait_until_gone(f"/disco/{uuid}")
    assert uuid not in run(LIST)
