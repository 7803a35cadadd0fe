"""python-openstackclient against the embedded cloud, with the openrc that it wrote."""

from __future__ import annotations

import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.cloud.embedded.conftest import Create
from tests.cloud.embedded.templates import cluster
from tests.support.cloud import stack_at_rest


def openstack(cloud: EmbeddedCloud, command: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("openstack")
    line = f". {shlex.quote(str(cloud.openrc))} && {program} {command}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_what_exists_can_be_listed_and_shown(
    embedded_cloud: EmbeddedCloud, heat: Any, create: Create
) -> None:
    stack_id = create("listed", cluster(1, key="listed"))
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
        "limits show --absolute": "instances_used             | 2",
        "quota show": "instances",
        "catalog list": "orchestration",
    }
    # two at a time: loading the client takes seconds
    with ThreadPoolExecutor(2) as pool:
        told = dict(
            zip(expected, pool.map(lambda c: openstack(embedded_cloud, c), expected), strict=True)
        )
    for command, done in told.items():
        assert done.returncode == 0, (command, done.stderr)
        assert expected[command] in done.stdout, command


@pytest.mark.parametrize(
    "command",
    [
        "network create foo",
        "keypair create foo",
        "server create --flavor m1.tiny --image debian-12 --network public foo",
    ],
)
def test_the_catalogue_is_read_only(embedded_cloud: EmbeddedCloud, command: str) -> None:
    done = openstack(embedded_cloud, command)
    assert done.returncode != 0
    assert "read-only" in done.stderr


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
