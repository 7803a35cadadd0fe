"""Clouds whose flavors have no disk: nodes boot from volumes, which are counted and go with them.

The proxy takes the disks from the flavors; volumes and servers are the embedded cloud's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from disco.embedded.cloud import EmbeddedCloud
from tests.api.bent_cloud import Bent, faults_of, preview, previewed, without_disk
from tests.api.test_retry import in_state, retry
from tests.api.test_scaling import scale
from tests.support.cloud_faults import says
from tests.support.cloud_proxy import change_json
from tests.support.service import attributes

Volumes = Callable[[], list[dict[str, Any]]]
SMALL = ("m1.small",)


@pytest.fixture
def all_volumes(alice_session: Any) -> Volumes:
    """The project's volumes, as Cinder shows them; those that Nova makes have no name."""

    def read() -> list[dict[str, Any]]:
        base = alice_session.get_endpoint(service_type="block-storage", interface="public")
        listed: list[dict[str, Any]] = alice_session.get(f"{base}/volumes/detail").json()["volumes"]
        return listed

    return read


@pytest.fixture
def no_small_disk(bent: Bent) -> Iterator[None]:
    """The flavor ``m1.small`` has no disk."""
    with bent.proxy.answers("compute", r"^/v2.1/flavors/detail", without_disk(*SMALL)):
        yield


def servers_of(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    resources = yaml.safe_load(shown["template"])["resources"]
    return {
        name: resource["properties"]
        for name, resource in resources.items()
        if resource["type"] == "OS::Nova::Server"
    }


# -- refused, with what would do ----------------------------------------------


@pytest.mark.usefixtures("no_small_disk")
def test_a_flavor_without_a_disk_is_refused_with_the_two_ways_out(bent: Bent) -> None:
    found = faults_of(preview(bent.alice, attributes()))
    assert set(found) == {"masterflavor", "slaveflavor"}
    for fault in found.values():
        assert "'m1.small' has no disk (0 GiB)" in fault["message"]
        assert "rootvolumesize" in fault["allowed"]
        assert "m1.medium" in fault["allowed"]
        assert "m1.small" not in fault["allowed"]
    groups = "{'big': {'count': 1, 'flavor': 'm1.small'}}"
    plain = {"masterflavor": "m1.medium", "slaveflavor": "m1.medium"}
    found = faults_of(preview(bent.alice, attributes(groups=groups, **plain)))
    assert set(found) == {"groups"}
    assert "no disk" in found["groups"]["message"]


@pytest.mark.usefixtures("no_small_disk")
def test_a_flavor_without_a_disk_is_recommended_only_with_a_root_volume(bent: Bent) -> None:
    def allowed(**wanted: str) -> str:
        return faults_of(preview(bent.alice, attributes(**wanted)))["masterflavor"]["allowed"]

    assert "m1.small" not in allowed(masterflavor="m1.smal")
    assert "m1.small" in allowed(masterflavor="m1.smal", rootvolumesize="10")
    needy = change_json(lambda said: [i.update(min_ram=1024) for i in said["images"]] and said)
    tiny = {"masterflavor": "m1.tiny", "slaveflavor": "m1.medium"}
    with bent.proxy.answers("image", "^/v2/images", needy):
        advice = faults_of(preview(bent.alice, attributes(**tiny)))["masterimage"]["allowed"]
        assert "m1.medium" in advice
        assert "m1.small" not in advice
        found = faults_of(preview(bent.alice, attributes(rootvolumesize="10", **tiny)))
        assert "m1.small" in found["masterimage"]["allowed"]


@pytest.mark.usefixtures("no_small_disk")
def test_an_advice_for_quotas_has_no_flavor_without_a_disk(
    bent: Bent, quota: Callable[..., object]
) -> None:
    quota(cores=5)
    plain = {"masterflavor": "m1.medium", "slaveflavor": "m1.large"}
    found = faults_of(preview(bent.alice, attributes(slavecount="1", **plain)))
    assert "m1.medium" in found["slaveflavor"]["allowed"]
    assert "m1.small" not in found["slaveflavor"]["allowed"]


@pytest.mark.usefixtures("no_small_disk")
def test_without_a_volume_service_only_flavors_are_an_advice(bent: Bent) -> None:
    with bent.proxy.catalog(lambda all_: [s for s in all_ if "volume" not in s["type"]]):
        alice = bent.anew()
        found = faults_of(preview(alice, attributes()))
        assert "rootvolumesize" not in found["masterflavor"]["allowed"]
        found = faults_of(preview(alice, attributes(rootvolumesize="10")))
        assert found["rootvolumesize"]["code"] == "no-volume-service"


def test_what_does_not_fit_on_the_volume_is_refused(bent: Bent) -> None:
    big = change_json(lambda said: [i.update(min_disk=30) for i in said["images"]] and said)
    with bent.proxy.answers("image", "^/v2/images", big):
        assert set(faults_of(preview(bent.alice, attributes()))) == {"masterimage", "slaveimage"}
        found = faults_of(preview(bent.alice, attributes(rootvolumesize="20")))
        assert set(found) == {"rootvolumesize"}
        assert "needs 30 GiB of disk" in found["rootvolumesize"]["message"]
        assert found["rootvolumesize"]["allowed"] == "at least 30"
        # the flavor's 20 GiB do not count then
        assert preview(bent.alice, attributes(rootvolumesize="30")).status_code == 200
        groups = "{'big': {'count': 1, 'rootvolumesize': 5}}"
        found = faults_of(preview(bent.alice, attributes(rootvolumesize="30", groups=groups)))
        assert set(found) == {"groups"}


@pytest.mark.parametrize("wrong", ["-1", "0x10", "10GB", "70000", "1e3"])
def test_a_size_is_a_number_of_gib(bent: Bent, wrong: str) -> None:
    assert "rootvolumesize" in faults_of(preview(bent.alice, attributes(rootvolumesize=wrong)))


def test_a_type_is_one_of_the_clouds_and_needs_a_size(bent: Bent) -> None:
    found = faults_of(preview(bent.alice, attributes(rootvolumesize="5", rootvolumetype="gold")))
    assert found["rootvolumetype"]["allowed"] == "local"
    found = faults_of(preview(bent.alice, attributes(rootvolumetype="local")))
    assert "rootvolumesize" in found["rootvolumetype"]["allowed"]


# -- counted and rendered -----------------------------------------------------


def test_all_nodes_have_one_and_groups_their_own(bent: Bent) -> None:
    groups = (
        "{'big': {'count': 1, 'rootvolumesize': 50, 'rootvolumetype': 'local'},"
        " 'disk': {'count': 1, 'rootvolumesize': 0}, 'same': {'count': 1}}"
    )
    shown = previewed(bent.alice, attributes(rootvolumesize="10", groups=groups))
    assert [n["root_volume_gb"] for n in shown["nodes"]] == [10, 10, 50, 0, 10]
    needed = {q["name"]: q["needed"] for q in shown["quotas"]}
    assert (needed["volumes"], needed["gigabytes"]) == (4, 80)
    servers = servers_of(shown)
    (device,) = servers["master"]["block_device_mapping_v2"]
    assert device["volume_size"] == 10
    assert device["delete_on_termination"] is True
    assert "image" not in servers["master"]
    assert servers["worker_2"]["block_device_mapping_v2"][0]["volume_type"]
    assert "block_device_mapping_v2" not in servers["worker_3"]
    assert servers["worker_3"]["image"] == device["image"]


@pytest.mark.usefixtures("no_small_disk")
def test_only_flavors_without_a_disk_have_one_if_that_is_asked_for(bent: Bent) -> None:
    wanted = attributes(
        rootvolumesize="10",
        rootvolumenodes="diskless",
        slaveflavor="m1.medium",
        groups="{'small': {'count': 1, 'flavor': 'm1.small'}}",
    )
    shown = previewed(bent.alice, wanted)
    assert [n["root_volume_gb"] for n in shown["nodes"]] == [10, 0, 10]


def test_quotas_of_volumes_hold_for_them_and_for_one_type(
    bent: Bent, quota: Callable[..., object]
) -> None:
    def refused(**more: str) -> tuple[set[str], str]:
        found = faults_of(preview(bent.alice, attributes(rootvolumesize="10", **more)))
        return set(found), " ".join(f["message"] for f in found.values())

    for limits, words in (
        ({"volumes": 1}, "may have 1 volume,"),
        ({"gigabytes": 19}, "19 GB of volumes"),
        ({"volumes_local": 1}, "1 volume of the type 'local'"),
        ({"gigabytes_local": 19}, "19 GB of volumes of the type 'local'"),
        ({"per_volume_gigabytes": 9}, "a volume may have 9 GB"),
    ):
        quota(**limits)
        for more in ({}, {"rootvolumetype": "local"}):
            where, said = refused(**more)
            assert where == {"rootvolumesize"}, limits
            assert words in said
    quota(gigabytes_local=30)
    where, said = refused(volumesize="20")
    assert where == {"volumesize"}
    quota(gigabytes=20, volumes=2, gigabytes_local=20, per_volume_gigabytes=10)
    shown = previewed(bent.alice, attributes(rootvolumesize="10"))
    told = {q["name"]: (q["needed"], q["limit"]) for q in shown["quotas"]}
    assert told["gigabytes_local"] == (20, 20)


def test_a_volume_service_that_tells_no_quotas_of_types_is_no_fault(bent: Bent) -> None:
    hidden = says(403, {"forbidden": {"code": 403, "message": "no"}})
    with bent.proxy.fails("volume", "os-quota-sets", hidden):
        shown = previewed(bent.alice, attributes(rootvolumesize="10"))
    names = [q["name"] for q in shown["quotas"]]
    assert "volumes" in names
    assert not [n for n in names if n.endswith("_local") or "__DEFAULT__" in n]


# -- a whole life -------------------------------------------------------------


@pytest.mark.usefixtures("no_small_disk")
def test_servers_boot_from_volumes_that_come_and_go_with_them(
    bent: Bent, all_volumes: Volumes, alice_session: Any, quota: Callable[..., object]
) -> None:
    alice = bent.alice
    wanted = attributes(rootvolumesize="12", volumesize="5", volumetype="local")
    answer = alice.create(wanted)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    path = location.removeprefix(alice.base)
    alice.wait_for(location, "CREATE_COMPLETE")
    roots = [v for v in all_volumes() if v["bootable"] == "true"]
    assert [v["size"] for v in roots] == [12, 12]
    assert {v["attachments"][0]["device"] for v in roots} == {"/dev/vda"}
    base = alice_session.get_endpoint(service_type="compute", interface="public")
    servers = alice_session.get(f"{base}/servers/detail").json()["servers"]
    assert [s["image"] for s in servers] == ["", ""]
    quota(gigabytes=29 + 16)
    found = faults_of(scale(alice, path, slavecount="2"))
    assert found["volumesize"]["code"] == "quota-exceeded"
    quota()
    assert scale(alice, path, slavecount="2").status_code == 200
    alice.wait_for(location, "UPDATE_COMPLETE")
    assert len([v for v in all_volumes() if v["bootable"] == "true"]) == 3
    for action, state in (("suspend", "SUSPEND_COMPLETE"), ("resume", "RESUME_COMPLETE")):
        category = f'{action}; scheme="http://schemas.cloudcomplab.ch/occi/sm/action#"'
        done = alice.request(
            "POST", f"{path}?action={action}",
            headers={"Content-type": "text/occi", "Category": f'{category}; class="action"'},
        )  # fmt: skip
        assert done.status_code == 200, done.text
        alice.wait_for(location, state)
    assert scale(alice, path, remove="disco-worker-1").status_code == 200
    alice.wait_for(location, "UPDATE_COMPLETE")
    assert len([v for v in all_volumes() if v["bootable"] == "true"]) == 2
    alice.request("DELETE", location)
    alice.wait_until_gone(location)
    assert all_volumes() == []


def test_a_create_that_failed_is_retried_with_new_volumes(
    bent: Bent, all_volumes: Volumes, quota: Callable[..., object]
) -> None:
    """Nova finds out while it builds: the volume of one server is over the quota."""
    alice = bent.alice
    quota(gigabytes=15)
    answer = alice.create(attributes(rootvolumesize="10", skipquota="true"))
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    failed = in_state(alice, location, "CREATE_FAILED")
    assert "gigabytes" in failed["disco.failure.reason"]
    quota(gigabytes=40)
    assert retry(alice, location).status_code == 200
    alice.wait_for(location, "UPDATE_COMPLETE")
    assert [(v["size"], v["status"]) for v in all_volumes()] == [(10, "in-use")] * 2
    alice.request("DELETE", location)
    alice.wait_until_gone(location)
    assert all_volumes() == []


def test_one_server_that_is_made_anew_has_a_volume_of_its_own(
    bent: Bent, all_volumes: Volumes, embedded_cloud: EmbeddedCloud
) -> None:
    faults = embedded_cloud.state.path / "faults.json"
    alice = bent.alice
    wrong = {"state": "ERROR", "message": "No valid host was found."}
    faults.write_text(json.dumps({"create disco-worker-1": wrong}))
    try:
        location = alice.create(attributes(rootvolumesize="10")).headers["Location"]
        in_state(alice, location, "CREATE_FAILED")
    finally:
        faults.unlink()
    before = {v["id"] for v in all_volumes()}
    assert retry(alice, location).status_code == 200
    alice.wait_for(location, "UPDATE_COMPLETE")
    after = {v["id"] for v in all_volumes()}
    assert len(after) == 2
    assert len(after & before) == 1  # the master's
    alice.request("DELETE", location)
    alice.wait_until_gone(location)
    assert all_volumes() == []
