"""python-openstackclient against the embedded cloud, with the openrc that it wrote."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.embedded.conftest import Create
from tests.embedded.templates import cluster, with_volume
from tests.support.cloud import stack_at_rest


def openstack(cloud: EmbeddedCloud, command: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("openstack")
    line = f". {shlex.quote(str(cloud.openrc))} && {program} {command}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120)


#: the client's own commands one after the other in one process: loading it takes seconds
SEVERAL = """
import contextlib, io, json, sys
from openstackclient.shell import main
told = {}
for command in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(command.split())
    told[command] = [status, out.getvalue(), err.getvalue()]
json.dump(told, sys.stdout)
"""


def openstacks(cloud: EmbeddedCloud, commands: list[str]) -> dict[str, tuple[int, str, str]]:
    """Status, output and errors of each command."""
    line = f". {shlex.quote(str(cloud.openrc))} && exec {sys.executable} -c {shlex.quote(SEVERAL)}"
    done = subprocess.run(
        ["bash", "-c", line],
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return {command: tuple(told) for command, told in json.loads(done.stdout).items()}


@pytest.mark.slow
def test_what_exists_can_be_listed_and_shown(
    embedded_cloud: EmbeddedCloud, heat: Any, create: Create
) -> None:
    stack_id = create("listed", with_volume(cluster(1, key="listed"), "listed-data"))
    assert stack_at_rest(heat, stack_id, "CREATE").stack_status == "CREATE_COMPLETE"
    expected = {
        "stack list": "listed",
        "flavor list": "m1.large",
        "flavor show m1.medium -c ram": "4096",
        "image list": "debian-12",
        "image show debian-12 -c status": "active",
        "network list": "listed-net-",
        "network list --external": "public",
        "network show public -c router:external": "External",
        "subnet list": "192.168.19.0/24",
        "router list": "listed-router-",
        "port list": "192.168.19.10",
        "floating ip list": "127.100.",
        "security group list": "listed-group-",
        "server list": "debian-12",
        "server show master -c status": "ACTIVE",
        "console log show master": "nothing was booted",
        "keypair list": "listed",
        "keypair show listed -c type": "ssh",
        "quota show": "instances",
        "volume list": "listed-data",
        "volume show listed-data -c status": "in-use",
        "volume type list": "local",
        "catalog list": "orchestration",
    }
    limits, servers = "limits show --absolute -f value", "server list -f value -c ID"
    told = openstacks(embedded_cloud, [*expected, limits, servers])
    there = len(told[servers][1].split())
    assert there >= 2
    # and those that a test before this one has left, if it failed
    expected |= {limits: f"instances_used {there}\n", servers: ""}
    for command, (status, out, err) in told.items():
        assert status == 0, (command, err)
        assert expected[command] in out, command


def test_the_command_as_users_type_it(embedded_cloud: EmbeddedCloud) -> None:
    done = openstack(embedded_cloud, "network list")
    assert done.returncode == 0, done.stderr
    assert "public" in done.stdout


def test_the_catalogue_is_read_only(embedded_cloud: EmbeddedCloud) -> None:
    commands = [
        "network create foo",
        "keypair create foo",
        "server create --flavor m1.tiny --image debian-12 --network public foo",
    ]
    for command, (status, _, err) in openstacks(embedded_cloud, commands).items():
        assert status != 0, command
        assert "read-only" in err, command


def test_an_application_credential_logs_in(embedded_cloud: EmbeddedCloud) -> None:
    done = openstack(
        embedded_cloud,
        "application credential create robot --secret s3cret -f value -c id",
    )
    assert done.returncode == 0, done.stderr
    identifier = done.stdout.strip()
    login = (
        f"--os-auth-type v3applicationcredential --os-application-credential-id {identifier}"
        " --os-application-credential-secret s3cret"
    )
    unset = "OS_USERNAME OS_PASSWORD OS_PROJECT_NAME OS_TENANT_NAME OS_USER_DOMAIN_NAME"
    program = Path(sys.executable).with_name("openstack")
    line = (
        f". {embedded_cloud.openrc} && unset {unset} OS_PROJECT_DOMAIN_NAME"
        f" && {program} {login} stack list"
    )
    used = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120)
    assert used.returncode == 0, used.stderr
