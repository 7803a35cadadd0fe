"""``disco operate`` deletes what is past its end, and nothing else."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from keystoneclient.v3 import client

from disco.embedded.cloud import EmbeddedCloud
from disco.openstack.credentials import Credentials
from disco.openstack.delete_credential import END, DeleteCredentials, End
from disco.openstack.session import Login, Sessions
from tests.cli.conftest import shell_of
from tests.support.cloud import heat_of, make_network, session_of, until
from tests.support.service import ServiceProcess
from tests.support.shell import NETWORK, SMALL, Shell

Ends = Callable[..., str]


def move_end(heat: Any, cluster: str, at: float) -> None:
    """As if the cluster had been created with another time."""
    stack = f"disco_{cluster}"
    there = End.read(heat.stacks.get(stack).parameters)
    assert there is not None
    moved = {END: str(End(int(at), there.credential, there.key))}
    heat.stacks.update(stack, existing=True, parameters=moved)
    until(lambda: heat.stacks.get(stack).stack_status == "UPDATE_COMPLETE", what="the update")


@pytest.fixture
def ends(shell: Shell, demo_heat: Any) -> Iterator[Ends]:
    """Makes clusters with a time to live; those that are over have one of a minute ago."""
    made = []

    def make(over: bool, *words: str) -> str:
        cluster = shell.create(*SMALL, *(words or ("--ttl", "1h")))
        made.append(cluster)
        if over:
            move_end(demo_heat, cluster, time.time() - 60)
        return cluster

    yield make
    for cluster in made:
        shell.call("delete", cluster)


@pytest.fixture(scope="module")
def demo(embedded_cloud: EmbeddedCloud) -> Login:
    who = embedded_cloud.credentials_of("demo")
    return Sessions(embedded_cloud.auth_url, True, 60).open(
        Credentials(username=who.username, password=who.password, tenant=who.project_name)
    )


def credentials_of(login: Login, cluster: str) -> list[dict[str, Any]]:
    url = f"{login.session.auth.auth_url}/users/{login.user_id}/application_credentials"  # type: ignore[union-attr]
    found = login.session.get(url).json()["application_credentials"]
    return [one for one in found if cluster in one["name"]]


def is_gone(shell: Shell, cluster: str) -> bool:
    return shell.call("show", cluster).status == 3


def test_what_is_over_is_deleted_with_its_credential_and_nothing_else(
    shell: Shell, ends: Ends, demo: Login
) -> None:
    over, later = ends(True), ends(False)
    without = ends(False, "--name", "without an end")
    assert len(credentials_of(demo, over)) == 1

    dry = shell.call("operate", "--dry-run", "-f", "json")
    assert dry.status == 0, dry.err
    assert [one["id"] for one in dry.json["would_delete"]] == [over]
    assert "deleted" not in dry.json
    shown = shell.call("show", over, "-o", "json").json
    assert shown["status"] == "UPDATE_COMPLETE" and len(credentials_of(demo, over)) == 1

    done = shell.call("operate")
    assert done.status == 0, done.err
    (line, summary) = done.out.splitlines()
    assert line.startswith(f"{over} is being deleted: its time was over at 20")
    assert summary.endswith("1 deleted")
    until(lambda: is_gone(shell, over), what="the delete")
    assert credentials_of(demo, over) == []

    again = shell.call("operate", "-o", "json")
    assert (again.status, again.json["deleted"], again.json["failed"]) == (0, [], [])
    assert {c["id"] for c in shell.call("list", "-o", "json").json} >= {later, without}


def test_two_at_once_do_no_harm(shell: Shell, ends: Ends) -> None:
    over = [ends(True) for _ in range(2)]
    running = [shell.start("operate", "-f", "json") for _ in range(3)]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    deleted = {one["id"] for out, _ in said for one in json.loads(out)["deleted"]}
    assert deleted == set(over)
    until(lambda: all(is_gone(shell, one) for one in over), what="the deletes")


def test_a_suspended_cluster_whose_time_is_over_is_deleted(
    shell: Shell, ends: Ends, demo_heat: Any
) -> None:
    cluster = ends(True)
    assert shell.call("suspend", cluster).status == 0
    assert shell.call("operate").status == 0
    until(lambda: is_gone(shell, cluster), what="the delete")


def test_a_credential_of_a_cluster_that_deleted_itself_is_removed(
    shell: Shell, ends: Ends, demo: Login, demo_heat: Any
) -> None:
    gone, later = ends(False), ends(False)
    demo_heat.stacks.delete(f"disco_{gone}")  # as the cluster itself does
    until(lambda: is_gone(shell, gone), what="the delete")
    assert shell.call("operate", "-f", "json").json["credentials_removed"] == []
    assert len(credentials_of(demo, gone)) == 1  # the time is not over: a create may be under way
    DeleteCredentials(demo).remove([gone])
    made = DeleteCredentials(demo).prepare(gone, "s" * 43, int(time.time()) - 60)
    assert made is not None
    assert shell.call("operate", "--dry-run", "-f", "json").json["credentials_removed"] == []
    assert shell.call("operate", "-f", "json").json["credentials_removed"] == [gone]
    assert credentials_of(demo, gone) == [] and len(credentials_of(demo, later)) == 1


def test_it_goes_on_until_it_is_told_to_stop(shell: Shell, ends: Ends, demo_heat: Any) -> None:
    cluster = ends(False)
    process = shell.start("operate", "--watch", "5s", "-f", "json")
    try:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["deleted"] == []
        move_end(demo_heat, cluster, time.time() - 1)
        looks = (json.loads(line) for line in iter(process.stdout.readline, ""))
        deleted = next(look["deleted"] for look in looks if look["deleted"])
        assert [one["id"] for one in deleted] == [cluster]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()
    until(lambda: is_gone(shell, cluster), what="the delete")


def test_all_projects_of_the_user(
    shell: Shell,
    ends: Ends,
    embedded_cloud: EmbeddedCloud,
    cli_service: ServiceProcess,
    tmp_path: Path,
) -> None:
    """They are found by the user's roles; others' projects are not looked at."""
    who = embedded_cloud.credentials_of("other")
    make_network(heat_of(who), NETWORK)
    other = shell_of(who, tmp_path, cli_service)
    theirs = other.create(*SMALL, "--ttl", "1h")
    move_end(heat_of(who), theirs, time.time() - 60)
    mine = ends(True)
    operator = operator_of(embedded_cloud, tmp_path, cli_service)
    listed = operator.call("list", "--all-projects", "-f", "json").json
    assert {(mine, "demo"), (theirs, who.project_name)} <= {(c["id"], c["project"]) for c in listed}
    done = operator.call("operate", "--all-projects", "-f", "json")
    assert done.status == 0, done.err
    assert {(one["id"], one["project"]) for one in done.json["deleted"]} == {
        (mine, "demo"),
        (theirs, who.project_name),
    }
    until(lambda: is_gone(other, theirs), what="the delete")


def operator_of(cloud: EmbeddedCloud, home: Path, service: ServiceProcess) -> Shell:
    """A user with a role in the projects of two others."""
    who = cloud.add_project("operator", "operators-password")
    keystone: Any = client.Client(
        session=session_of(cloud.credentials_of("admin")), interface="public"
    )
    (role,) = keystone.roles.list(name="member")
    (user,) = keystone.users.list(domain="default", name="operator")
    for name in ("demo", "other"):
        (project,) = keystone.projects.list(domain="default", name=name)
        keystone.roles.grant(role, user=user, project=project)
    return shell_of(who, home, service)


def test_an_application_credential_is_enough_for_its_project(
    shell: Shell, ends: Ends, demo: Login
) -> None:
    over = ends(True)
    url = f"{demo.session.auth.auth_url}/users/{demo.user_id}/application_credentials"  # type: ignore[union-attr]
    body = {"application_credential": {"name": "operator", "secret": "a secret of mine"}}
    made = demo.session.post(url, json=body).json()["application_credential"]
    names: dict[str, str | None] = dict.fromkeys(k for k in shell.env if k.startswith("OS_"))
    names |= {
        "OS_AUTH_URL": shell.env["OS_AUTH_URL"],
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_APPLICATION_CREDENTIAL_ID": made["id"],
        "OS_APPLICATION_CREDENTIAL_SECRET": "a secret of mine",
    }
    try:
        everywhere = shell.call("operate", "--all-projects", **names)
        assert everywhere.status == 4 and "without --all-projects" in everywhere.err
        done = shell.call("operate", "-f", "json", **names)
    finally:
        demo.session.delete(f"{url}/{made['id']}")
    assert done.status == 0, done.err
    assert [one["id"] for one in done.json["deleted"]] == [over]
    until(lambda: is_gone(shell, over), what="the delete")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--watch", "soon"), 2, 'Invalid duration "soon"'),
        (("--watch", "0"), 2, "too short"),
        (("--watch", "-5"), 2, ""),
        (("-f", "xml"), 2, 'Invalid value "xml"'),
        (("--endpoint", "http://127.0.0.1:9"), 6, "Is it running?"),
        (("--os-password", "wrong"), 4, ""),
        (("--os-password", "wrong", "--watch"), 4, ""),
    ],
)
def test_what_cannot_be_done_is_said(
    shell: Shell, words: tuple[str, ...], status: int, said: str
) -> None:
    done = shell.call("operate", *words)
    assert (done.status, said in done.err) == (status, True), done.err
    assert "Traceback" not in done.err


def test_the_time_is_of_the_service(shell: Shell, ends: Ends) -> None:
    later = ends(False)
    done = shell.call("operate", "-f", "json")
    looked = datetime.fromisoformat(done.json["time"].replace("Z", "+00:00"))
    assert abs((datetime.now(UTC) - looked).total_seconds()) < 60
    assert shell.call("show", later).status == 0
