"""Stacks on the embedded cloud: the life of a cluster, and what is refused."""

from __future__ import annotations

import contextlib
import json
import shlex
import sqlite3
import subprocess
from typing import Any

import pytest
from heatclient import exc

from disco.embedded.cloud import EmbeddedCloud
from tests.embedded.conftest import Create
from tests.embedded.templates import cluster, get, network, port, server, text
from tests.support.cloud import heat_of, session_of, stack_at_rest, until


def catalogue(cloud: EmbeddedCloud, service: str, path: str, account: str = "demo") -> Any:
    """A GET at one of the cloud's APIs."""
    answer = session_of(cloud.credentials_of(account)).get(
        path, endpoint_filter={"service_type": service}
    )
    return answer.json()


def of_clusters(cloud: EmbeddedCloud, account: str = "demo") -> dict[str, list[Any]]:
    """Everything that stacks of the project have made and not removed."""
    resources = {"servers": catalogue(cloud, "compute", "/servers", account)["servers"]}
    resources["keypairs"] = catalogue(cloud, "compute", "/os-keypairs", account)["keypairs"]
    for path in ("networks", "subnets", "routers", "ports", "floatingips", "security-groups"):
        plural = path.replace("-", "_")
        items = catalogue(cloud, "network", f"/v2.0/{path}", account)[plural]
        shared = ("public", "public-subnet", "default")
        resources[plural] = [item for item in items if item.get("name") not in shared]
    return resources


def outputs(stack: Any) -> dict[str, Any]:
    return {output["output_key"]: output.get("output_value") for output in stack.outputs}


def test_a_cluster_lives_from_create_to_delete(
    embedded_cloud: EmbeddedCloud, heat: Any, create: Create
) -> None:
    before = of_clusters(embedded_cloud)
    stack_id = create("life", cluster(2, key="life"), tags="disco")
    stack = stack_at_rest(heat, stack_id, "CREATE")
    assert stack.stack_status == "CREATE_COMPLETE", stack.stack_status_reason
    assert outputs(stack)["internal_ip"] == "192.168.19.10"
    assert outputs(stack)["external_ip"].startswith("127.100.")
    assert [stack.id for stack in heat.stacks.list(tags="disco")] == [stack_id]

    def states() -> set[str]:
        servers = catalogue(embedded_cloud, "compute", "/servers/detail")["servers"]
        return {item["status"] for item in servers}

    assert states() == {"ACTIVE"}
    heat.actions.suspend(stack_id)
    assert stack_at_rest(heat, stack_id, "SUSPEND").stack_status == "SUSPEND_COMPLETE"
    assert states() == {"SUSPENDED"}
    heat.actions.resume(stack_id)
    assert stack_at_rest(heat, stack_id, "RESUME").stack_status == "RESUME_COMPLETE"
    assert states() == {"ACTIVE"}
    heat.stacks.delete(stack_id)
    assert stack_at_rest(heat, stack_id, "DELETE").stack_status == "DELETE_COMPLETE"
    assert of_clusters(embedded_cloud) == before


def test_metadata_of_a_server_changes_in_place(
    embedded_cloud: EmbeddedCloud, heat: Any, create: Create
) -> None:
    def template(**metadata: str) -> str:
        servers = {"one": server(networks=[{"network": get("net")}], metadata=metadata)}
        return text({**network(), **servers})

    def servers() -> list[Any]:
        servers_shown = catalogue(embedded_cloud, "compute", "/servers/detail")["servers"]
        return [(item["id"], item["metadata"]) for item in servers_shown]

    stack_id = create("metadata", template(role="worker", old="x"))
    assert stack_at_rest(heat, stack_id, "CREATE").stack_status == "CREATE_COMPLETE"
    ((before, _),) = servers()
    heat.stacks.update(stack_id, template=template(role="worker", leaves="y" * 255))
    assert stack_at_rest(heat, stack_id, "UPDATE").stack_status == "UPDATE_COMPLETE"
    assert servers() == [(before, {"role": "worker", "leaves": "y" * 255})]
    heat.stacks.update(stack_id, template=template(leaves="y" * 256))
    until(lambda: heat.stacks.get(stack_id).stack_status == "UPDATE_FAILED", what="refused")
    assert "at most 255 characters" in heat.stacks.get(stack_id).stack_status_reason


def test_signals_complete_a_stack(embedded_cloud: EmbeddedCloud, heat: Any, create: Create) -> None:
    stack_id = create("signals", cluster(1, wait=True, key="signals"))
    command = until(lambda: outputs(heat.stacks.get(stack_id)).get("curl"), what="curl_cli")
    port_number = embedded_cloud.ports[1]
    assert f"http://169.254.169.254:{port_number}/" in command
    command = command.replace("169.254.169.254", "127.0.0.1")
    for node in ("master", "worker"):
        assert heat.stacks.get(stack_id).stack_status == "CREATE_IN_PROGRESS"
        data = json.dumps({"status": "SUCCESS", "id": node, "data": "up"})
        done = subprocess.run(
            [*shlex.split(command), "--data-binary", data, "-sS", "--fail"],
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr
    assert stack_at_rest(heat, stack_id, "CREATE").stack_status == "CREATE_COMPLETE"


def test_projects_do_not_see_each_other(
    embedded_cloud: EmbeddedCloud, heat: Any, create: Create
) -> None:
    stack_id = create("mine", cluster(1, key="mine"))
    assert stack_at_rest(heat, stack_id, "CREATE").stack_status == "CREATE_COMPLETE"
    other = heat_of(embedded_cloud.credentials_of("other"))
    # a test before may have left it one of its own
    assert stack_id not in [stack.id for stack in other.stacks.list()]
    with pytest.raises((exc.HTTPForbidden, exc.HTTPNotFound)):
        other.stacks.get(f"mine/{stack_id}")
    mine, others = (of_clusters(embedded_cloud, name) for name in ("demo", "other"))
    assert any(mine.values())
    assert not any(set(map(str, mine[kind])) & set(map(str, others[kind])) for kind in mine)
    (own,) = [
        item
        for item in catalogue(embedded_cloud, "compute", "/servers")["servers"]
        if item["name"] == "master"
    ]
    answer = session_of(embedded_cloud.credentials_of("other")).get(
        f"/servers/{own['id']}", endpoint_filter={"service_type": "compute"}, raise_exc=False
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("flavor", "m1.nope", "No Flavor matching {'name': 'm1.nope'}"),
        ("image", "nope", "nope"),
        ("key_name", "nope", "nope"),
        ("networks", [{"network": "nope"}], "nope"),
    ],
)
def test_unknown_names_are_refused_when_the_stack_is_posted(
    heat: Any, name: str, value: Any, words: str
) -> None:
    with pytest.raises(exc.HTTPBadRequest) as refusal:
        heat.stacks.create(stack_name="refused", template=text({"s": server(**{name: value})}))
    assert words in str(refusal.value)
    assert not [stack for stack in heat.stacks.list() if stack.stack_name == "refused"]


def test_a_key_pair_without_public_key_is_refused(heat: Any) -> None:
    pair = {
        "type": "OS::Nova::KeyPair",
        "properties": {"name": "none", "save_private_key": True},
    }
    with pytest.raises(exc.HTTPBadRequest, match="public_key property is required"):
        heat.stacks.create(stack_name="refused", template=text({"key": pair}))


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        (
            {"instances": 1},
            "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances",
        ),
        ({"key_pairs": 0}, "Quota exceeded, too many key pairs"),
        ({"router": 0}, "Quota exceeded for resources: ['router']."),
        ({"network": 0}, "Quota exceeded for resources: ['network']."),
        ({"port": 1}, "Quota exceeded for resources: ['port']."),
        ({"security_group": 1}, "Quota exceeded for resources: ['security_group']."),
        ({"floatingip": 0}, "Quota exceeded for resources: ['floatingip']."),
    ],
)
def test_quotas_fail_the_stack_with_the_services_words(
    embedded_cloud: EmbeddedCloud, heat: Any, create: Create, quota: dict[str, int], words: str
) -> None:
    file = embedded_cloud.state_dir / "quota.json"
    file.write_text(json.dumps(quota))
    try:
        name = "quota-" + next(iter(quota))
        stack = stack_at_rest(heat, create(name, cluster(1, key=name)), "CREATE")
    finally:
        file.unlink()
    assert stack.stack_status == "CREATE_FAILED"
    assert words in stack.stack_status_reason


@pytest.mark.parametrize(
    ("ports", "words"),
    [
        ({"a": port("192.168.19.7"), "b": port("192.168.19.7")}, "already allocated"),
        ({"a": port("192.168.20.7")}, "not a valid IP for the specified subnet"),
    ],
)
def test_impossible_addresses_fail_the_stack(
    heat: Any, create: Create, ports: dict[str, Any], words: str
) -> None:
    # a name is free only a moment after its stack is gone
    stack_id = create(f"addresses-{len(words)}", text({**network(), **ports}))
    stack = stack_at_rest(heat, stack_id, "CREATE")
    assert stack.stack_status == "CREATE_FAILED"
    assert words in stack.stack_status_reason


def test_user_data_beyond_novas_limit_fails_with_a_reason(heat: Any, create: Create) -> None:
    long = server(user_data="#" * 50_000, networks=[{"network": get("net")}])
    long["depends_on"] = "subnet"
    stack_id = create("long", text({**network(), "s": long}))
    stack = stack_at_rest(heat, stack_id, "CREATE")
    assert stack.stack_status == "CREATE_FAILED"
    assert "user_data" in stack.stack_status_reason
    assert "too long" in stack.stack_status_reason


def test_addresses_come_from_the_pool_when_none_is_asked_for(heat: Any, create: Create) -> None:
    value = {"get_attr": ["p", "fixed_ips", 0, "ip_address"]}
    stack_id = create("pool", text({**network(), "p": port()}, {"address": {"value": value}}))
    stack = stack_at_rest(heat, stack_id, "CREATE")
    assert outputs(stack)["address"] == "192.168.19.200"


def test_no_resource_has_the_number_of_one_that_was(embedded_cloud: EmbeddedCloud) -> None:
    heat = heat_of(embedded_cloud.credentials)
    database = embedded_cloud.state_dir / "heat" / "heat.db"

    def numbers(name: str) -> set[int]:
        """Those of a stack that has come and gone, as Heat's threads know its resources."""
        made = heat.stacks.create(stack_name=name, template=text(network()))["stack"]["id"]
        assert stack_at_rest(heat, made, "CREATE").stack_status == "CREATE_COMPLETE"
        with contextlib.closing(sqlite3.connect(database)) as connection:
            rows = connection.execute("select id from resource where stack_id = ?", (made,))
            numbers_used = {row[0] for row in rows}
        heat.stacks.delete(made)
        assert stack_at_rest(heat, made, "DELETE").stack_status == "DELETE_COMPLETE"
        return numbers_used

    assert numbers("numbers-3").isdisjoint(numbers("numbers-4"))
