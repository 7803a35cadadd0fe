"""Everything that can be known is checked before anything is created, and told at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from disco.embedded.cloud import Credentials, EmbeddedCloud
from tests.api.cloud_writes import CloudWrites
from tests.support.cloud import headers_of, until
from tests.support.pages import Page
from tests.support.service import KIND, Caller, ServiceProcess, attributes, join

HEAT = "icclab.disco.components.heat"
INJECT = "icclab.disco.dependencies.inject"
PAGE = Page("lifecycle.md")
SetQuota = Callable[..., None]

#: what the cluster of ``attributes()`` takes: a master, a worker, and their network
TAKEN = {
    "instances": 2,
    "cores": 2,
    "ram": 4096,
    "key_pairs": 1,
    "network": 1,
    "subnet": 1,
    "router": 1,
    "port": 3,
    "floatingip": 1,
    "security_group": 1,
    "security_group_rule": 4,
}


@pytest.fixture(scope="module")
def credentials(embedded_cloud: EmbeddedCloud) -> Credentials:
    """A project of its own, in which nothing is used yet."""
    return embedded_cloud.add_project("preflight", "preflight-pw")


@pytest.fixture
def carol(service: ServiceProcess, credentials: Credentials) -> Caller:
    return Caller(service.base, headers_of(credentials))


@pytest.fixture
def quota(embedded_cloud: EmbeddedCloud) -> Iterator[SetQuota]:
    """Sets quotas of the cloud; they are the default again afterwards."""
    file = embedded_cloud.state_dir / "quota.json"

    def change(**limits: int) -> None:
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(limits))
        draft.replace(file)

    yield change
    file.unlink(missing_ok=True)


@pytest.fixture
def writes(embedded_cloud: EmbeddedCloud) -> Iterator[CloudWrites]:
    found = CloudWrites(embedded_cloud.state_dir)
    yield found
    found.close()


@dataclass(frozen=True)
class Wrong:
    """A create that must be refused; what must be named, and what must be said."""

    id: str
    named: tuple[str, ...]
    said: str = ""
    quota: dict[str, int] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=attributes)


def wrong(id: str, *named: str, said: str = "", **changes: str | None) -> Wrong:
    return Wrong(id, named, said, {}, attributes(**changes))


def over(id: str, named: str, said: str, workers: int = 1, **quota: int) -> Wrong:
    return Wrong(id, (named,), said, quota, attributes(slavecount=str(workers)))


GROUPED = attributes(groups="{'big': {'count': 3, 'antiaffinity': True}}")
ROWS = [
    wrong("image", f"{HEAT}.masterimage", said="no image", masterimage="nope"),
    wrong("worker image", f"{HEAT}.slaveimage", said="no image", slaveimage="nope"),
    wrong("flavor", f"{HEAT}.masterflavor", said="m1.small", masterflavor="m1.smal"),
    wrong("worker flavor", f"{HEAT}.slaveflavor", said="no flavor", slaveflavor="nope"),
    wrong("network", f"{HEAT}.externalnetworkname", said="public", externalnetworkname="nope"),
    wrong("key pair", f"{HEAT}.sshkeyname", said="no key pair", sshkeyname="nope"),
    wrong("all names", f"{HEAT}.masterimage", f"{HEAT}.slaveflavor", f"{HEAT}.sshkeyname",
          f"{HEAT}.externalnetworkname", masterimage="nope", slaveflavor="nope",
          sshkeyname="nope", externalnetworkname="nope"),
    wrong("subnet too small", f"{HEAT}.cidr", said="larger", cidr="10.0.0.0/27", slavecount="20"),
    wrong("too little memory", f"{HEAT}.masterflavor", said="MiB", masterflavor="m1.tiny",
          inject="{'spark': '', 'dask': '', 'jupyter': ''}"),
    wrong("stack too large", f"{HEAT}.slavecount", slavecount="4000"),
    wrong("component", INJECT, said="hadop", inject="{'hadop': ''}"),
    over("instances", f"{HEAT}.slavecount", "at most 7 workers", 9, instances=8),
    over("cores", f"{HEAT}.slavecount", "at most 3 workers of m1.small", 9, cores=4),
    over("memory", f"{HEAT}.slaveflavor", "a smaller flavor: m1.tiny", 2, ram=5000),
    over("ports", f"{HEAT}.slavecount", "at most 2 workers", 3, port=4),
    over("floating IPs", f"{HEAT}.externalnetworkname", "0 floating IPs", floatingip=0),
    over("networks", f"{HEAT}.networkname", "0 networks", network=0),
    over("subnets", f"{HEAT}.networkname", "0 subnets", subnet=0),
    over("routers", f"{HEAT}.externalnetworkname", "0 routers", router=0),
    over("security groups", f"{HEAT}.networkname", "security groups", security_group=0),
    over("security group rules", INJECT, "3 security group rules", security_group_rule=3),
    over("key pairs", f"{HEAT}.sshkeyname", "of your own", key_pairs=0),
    Wrong("server groups", (f"{HEAT}.groups",), "0 server groups", {"server_groups": 0}, GROUPED),
    Wrong("servers in a group", (f"{HEAT}.groups",), "one of the cluster's has 3",
          {"server_group_members": 2}, GROUPED),
]  # fmt: skip


def test_there_are_at_least_twenty_rows() -> None:
    assert len({row.id for row in ROWS}) >= 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_wrong_request_is_refused_without_a_single_write(
    row: Wrong, carol: Caller, quota: SetQuota, writes: CloudWrites
) -> None:
    assert carol.get("/disco/").status_code == 200  # logged in
    quota(**row.quota)
    before = writes.at_rest()
    answer = carol.create(row.attributes, Accept="application/occi+json")
    assert answer.status_code == 400, answer.text
    faults = answer.json()["faults"]
    assert {fault["attribute"] for fault in faults} >= set(row.named), faults
    assert all(fault["allowed"] for fault in faults), faults
    assert row.said in answer.text
    assert writes.since(before) == {}


def test_what_is_counted_as_written_is_what_is_written(carol: Caller, writes: CloudWrites) -> None:
    before = writes.at_rest()
    location = carol.create(attributes()).headers["Location"]
    assert writes.since(before)
    carol.wait_for(location, "CREATE_COMPLETE")
    carol.request("DELETE", location)
    carol.wait_until_gone(location)
    assert writes.since(before)


def test_faults_of_names_sizes_and_quotas_are_told_at_once(carol: Caller, quota: SetQuota) -> None:
    quota(instances=1, floatingip=0, cores=1)
    answer = carol.create(
        attributes(masterimage="nope", timeout="0", inject="{'nope': ''}"),
        Accept="application/occi+json",
    )
    named = {fault["attribute"] for fault in answer.json()["faults"]}
    assert named >= {f"{HEAT}.masterimage", f"{HEAT}.timeout", INJECT}
    assert named >= {f"{HEAT}.slavecount", f"{HEAT}.externalnetworkname"}


def test_a_network_too_small_and_a_quota_are_told_at_once(carol: Caller, quota: SetQuota) -> None:
    quota(instances=3)
    answer = carol.create(
        attributes(cidr="10.0.0.0/27", slavecount="20"), Accept="application/occi+json"
    )
    codes = {fault["code"] for fault in answer.json()["faults"]}
    assert codes == {"network-too-small", "quota-exceeded"}


def test_a_quota_fault_says_limit_use_and_need(
    carol: Caller, quota: SetQuota, cluster_of_carol: str
) -> None:
    quota(instances=5)
    text = carol.create(attributes(slavecount="3")).text
    assert "the project may have 5 instances, 2 are used, and the cluster needs 4" in text
    assert "at most 2 workers" in text


@pytest.fixture
def cluster_of_carol(carol: Caller) -> Iterator[str]:
    answer = carol.create(attributes())
    location = answer.headers["Location"]
    carol.wait_for(location, "CREATE_COMPLETE")
    yield location
    carol.request("DELETE", location)
    carol.wait_until_gone(location)


def test_what_is_counted_is_exactly_what_the_cloud_counts(carol: Caller, quota: SetQuota) -> None:
    """With room for exactly this the cluster comes up; with one less of anything it is refused."""
    used = _used(carol)
    exact = {name: taken + used[name] for name, taken in TAKEN.items()}
    for name in exact:
        quota(**{**exact, name: exact[name] - 1})
        answer = carol.create(attributes())
        assert answer.status_code == 400, name
    quota(**exact)
    answer = carol.create(attributes())
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    try:
        carol.wait_for(location, "CREATE_COMPLETE")
    finally:
        carol.request("DELETE", location)
        carol.wait_until_gone(location)


def _used(caller: Caller) -> dict[str, int]:
    """What the project uses now, as a preview says."""
    answer = caller.request(
        "POST",
        "/disco/?action=preview",
        headers={
            "Content-type": "text/occi",
            "Category": KIND,
            "X-OCCI-Attribute": join(attributes()),
        },
    )
    return {quota["name"]: quota["used"] for quota in answer.json()["quotas"]}


def test_skipquota_leaves_it_to_the_cloud(
    carol: Caller,
    credentials: Credentials,
    quota: SetQuota,
    service: ServiceProcess,
    cloud_openrc: Path,
) -> None:
    quota(instances=1)
    _, command = PAGE.blocks("Before anything is created")
    who = {
        "OS_USERNAME": credentials.username,
        "OS_PASSWORD": credentials.password,
        "OS_TENANT_NAME": credentials.project_name,
    }
    location = PAGE.run(command, cloud_openrc, service.base, **who).strip()
    try:
        failed = until(lambda: _failed(carol, location))
        assert "Quota exceeded" in failed["stack_status_reason"]
    finally:
        quota()
        carol.request("DELETE", location)
        carol.wait_until_gone(location)


def _failed(caller: Caller, location: str) -> dict[str, str] | None:
    shown = caller.show(location)
    return shown if shown["stack_status"] == "CREATE_FAILED" else None


def test_a_repeated_create_is_not_refused_for_what_the_first_took(
    carol: Caller, quota: SetQuota
) -> None:
    key = str(uuid.uuid4())
    first = carol.create(attributes(), **{"Idempotency-Key": key})
    location = first.headers["Location"]
    try:
        carol.wait_for(location, "CREATE_COMPLETE")
        quota(instances=2)
        again = carol.create(attributes(), **{"Idempotency-Key": key})
        assert again.status_code == 201, again.text
        assert again.headers["Location"] == location
    finally:
        quota()
        carol.request("DELETE", location)
        carol.wait_until_gone(location)


def test_the_openstack_client_shows_quotas_and_limits(
    embedded_cloud: EmbeddedCloud, credentials: Credentials, quota: SetQuota
) -> None:
    quota(instances=7, router=6)
    environment = {
        "PATH": os.environ["PATH"],
        "OS_AUTH_URL": credentials.auth_url,
        "OS_USERNAME": credentials.username,
        "OS_PASSWORD": credentials.password,
        "OS_PROJECT_NAME": credentials.project_name,
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_REGION_NAME": credentials.region_name,
        "OS_IDENTITY_API_VERSION": "3",
    }

    def client(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "openstackclient.shell", *words],
            capture_output=True, text=True, timeout=120, env=environment, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    shown = client("quota", "show", "-f", "json")
    found = {row["Resource"]: row["Limit"] for row in json.loads(shown)}
    assert found["instances"] == 7
    assert found["routers"] == 6
    limits = json.loads(client("limits", "show", "--absolute", "-f", "json"))
    told = {row["Name"].lower(): row["Value"] for row in limits}
    # older clients have Nova's own name
    assert 7 in (told.get("instances"), told.get("maxtotalinstances")), told
