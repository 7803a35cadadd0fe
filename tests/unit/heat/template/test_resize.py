"""Templates with other workers: what is added and taken away, and that the rest stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from disco.clusters import capacity
from disco.heat.template import resize
from disco.spec import Volume, WorkerGroup
from tests.support.specs import HUGE, rendered


def present(workers: int = 2, **more: Any) -> dict[str, Any]:
    """A template as Heat gives it back."""
    text = rendered({"dask": ""}, workers=workers, **more).template
    found: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return found


def changed(
    template: dict[str, Any],
    wanted: set[int],
    fresh: set[int] = frozenset(),
    **more: Any,  # type: ignore[assignment]
) -> dict[str, Any]:
    return resize.with_workers(template, wanted, fresh, more.get("drained", ()), 600, 900)


def test_a_new_worker_is_what_a_larger_create_would_have_made() -> None:
    made = changed(present(2), {1, 2, 3, 4}, {3, 4})
    larger = present(4)
    for name in ("worker_3", "port_3", "worker_4", "port_4"):
        mine, theirs = made["resources"][name], larger["resources"][name]
        if name.startswith("worker"):
            params = mine["properties"]["user_data"]["str_replace"]["params"]
            assert params.pop("@@SIGNAL@@") == {"get_attr": ["join_signal_1", "curl_cli"]}
            joins = {"list_join": [" ", ["yes", {"get_param": "disco_added"}]]}
            assert params.pop("@@JOINS@@") == joins
            wanted = theirs["properties"]["user_data"]["str_replace"]["params"]
            del wanted["@@SIGNAL@@"], wanted["@@JOINS@@"]
        assert mine == theirs


def test_a_new_worker_has_a_volume_like_the_others() -> None:
    template = present(2, volume=Volume(10, "fast"))
    made = changed(template, {1, 2, 3}, {3})["resources"]
    assert made["volume_3"]["properties"]["name"] == "disco-worker-3"
    assert made["volume_3"]["properties"]["size"] == 10
    assert made["volume_attachment_3"]["properties"] == {
        "instance_uuid": {"get_resource": "worker_3"},
        "volume_id": {"get_resource": "volume_3"},
    }
    params = made["worker_3"]["properties"]["user_data"]["str_replace"]["params"]
    assert params["@@VOLUME@@"] == {"get_resource": "volume_3"}
    shrunk = changed(template, {1})["resources"]
    assert not [name for name in shrunk if name.endswith("_2")]
    # Heat deletes them after the workers were drained
    assert "volume_attachment_1" in shrunk["ready"]["depends_on"]


def test_what_stays_is_not_changed() -> None:
    template = present(3)
    before = json.dumps(template)
    made = changed(template, {1, 3, 5}, {5})
    assert json.dumps(template) == before
    assert list(resize.workers(made)) == [1, 3, 5]
    # the master is told who joins, which changes nothing but its metadata
    assert made["resources"]["master"]["properties"]["metadata"].pop("disco_joining") == "1 5"
    for name in set(template["resources"]) - {"ready", "worker_2", "port_2"}:
        assert made["resources"][name] == template["resources"][name], name
    assert made["outputs"] == template["outputs"]
    assert made["parameters"] == template["parameters"]


def test_leaving_workers_go_after_the_master_has_said_so() -> None:
    made = changed(present(4), {1}, drained=[2, 3, 4])["resources"]
    metadata = made["master"]["properties"]["metadata"]
    assert metadata["disco_leaving"] == "1 2-4"
    assert metadata["disco_token"] == {"get_attr": ["drain_signal_1", "token"]}
    assert metadata["disco_endpoint"] == {"get_attr": ["drain_signal_1", "endpoint"]}
    assert made["drained_1"]["depends_on"] == ["master"]
    # "ready" needed all workers: Heat deletes them after it has passed "ready" again
    assert made["ready"]["depends_on"] == ["master", "worker_1", "drained_1"]


def test_floating_ips_of_workers_come_and_go_with_them() -> None:
    template = present(2, floating="all")
    made = changed(template, {1, 3, 4}, {3, 4}, drained=[2])
    larger = present(4, floating="all")
    for name in ("floating_ip_3", "floating_ip_association_4"):
        assert made["resources"][name] == larger["resources"][name]
    assert not [name for name in made["resources"] if name.endswith("_2")]
    listed = made["outputs"]["worker_external_ips"]["value"]["list_join"][1]
    assert [item["get_attr"][0] for item in listed] == [f"floating_ip_{n}" for n in (1, 3, 4)]
    # what leaves is there until the worker is empty
    assert "floating_ip_association_2" in template["resources"]["ready"]["depends_on"]
    assert made["resources"]["ready"]["depends_on"][-1] == "drained_1"
    assert "floating_ip_association_4" in made["resources"]["ready"]["depends_on"]


def test_what_else_the_cluster_waited_for_is_still_waited_for() -> None:
    template = present(2)
    template["resources"]["worker_gpu_1"] = {"type": "OS::Nova::Server"}
    template["resources"]["ready"]["depends_on"].append("worker_gpu_1")
    made = changed(template, {1}, drained=[2])["resources"]
    assert made["ready"]["depends_on"] == ["master", "worker_1", "worker_gpu_1", "drained_1"]


def test_a_later_change_clears_away_what_an_earlier_one_needed() -> None:
    grown = changed(present(1), {1, 2}, {2})
    shrunk = changed(grown, {1, 2}, drained=[])
    # worker 2 was told to signal this handle; without it its definition would change
    assert set(shrunk["resources"]) - set(present(2)["resources"]) == {"join_signal_1"}
    gone = changed(grown, {1}, drained=[2])
    assert resize.serial(gone) == 2
    again = changed(gone, {1, 2}, {2})
    extra = set(again["resources"]) - set(present(2)["resources"])
    assert extra == {"join_signal_3", "joined_3"}
    told = again["resources"]["master"]["properties"]["metadata"]
    assert (told["disco_leaving"], told["disco_joining"]) == ("3 ", "3 2")
    # so that the same number that joins again is news
    assert resize.serial(changed(present(1, wait=False), {1, 2}, {2})) == 1


def test_a_worker_that_was_to_leave_is_described_as_it_was() -> None:
    template = present(3)
    back = changed(changed(template, {1}, drained=[2, 3]), {1, 2}, drained=[3])
    assert back["resources"]["worker_2"] == template["resources"]["worker_2"]
    assert back["resources"]["port_2"] == template["resources"]["port_2"]


def test_without_a_wait_condition_nothing_is_waited_for() -> None:
    made = changed(present(1, wait=False), {1, 2}, {2})
    kinds = {resource["type"] for resource in made["resources"].values()}
    assert not {kind for kind in kinds if "Wait" in kind}
    assert "disco_leaving" not in str(changed(made, {2}, drained=[1]))


def test_resources_that_hang_on_a_worker_go_and_come_with_it() -> None:
    template = present(2)
    for number in (1, 2):
        template["resources"][f"address_{number}"] = {"type": "OS::Neutron::FloatingIP"}
        template["resources"][f"plug_{number}"] = {
            "type": "OS::Neutron::FloatingIPAssociation",
            "properties": {
                "floatingip_id": {"get_resource": f"address_{number}"},
                "port_id": {"get_resource": f"port_{number}"},
            },
        }
    template["resources"]["worker_gpu_1"] = {"type": "OS::Nova::Server"}
    made = changed(template, {2, 3}, {3})["resources"]
    assert {"address_3", "plug_3", "worker_gpu_1"} <= set(made)
    assert not {"address_1", "plug_1", "worker_1", "port_1"} & set(made)
    assert made["plug_3"]["properties"]["port_id"] == {"get_resource": "port_3"}


def with_groups(**more: Any) -> dict[str, Any]:
    """Workers 1 and 2 are plain, 3 and 4 big."""
    big = WorkerGroup("big", "disco-big", "image-2", HUGE, 2, "anti-affinity")
    return present(2, groups=(big,), **more)


def test_a_new_worker_of_a_group_is_like_the_others_of_it() -> None:
    template = with_groups()
    assert resize.workers(template) == {1: "", 2: "", 3: "big", 4: "big"}
    made = resize.with_workers(template, {1, 2, 3, 4, 5, 6}, {5, 6}, (), 600, 900, {6: "big"})
    assert resize.workers(made) == {1: "", 2: "", 3: "big", 4: "big", 5: "", 6: "big"}
    old, new = (made["resources"][f"worker_{n}"]["properties"] for n in (3, 6))
    for name in ("image", "flavor", "scheduler_hints"):
        assert new[name] == old[name]
    assert new["name"] == "disco-worker-6"
    assert made["resources"]["port_6"]["properties"]["fixed_ips"][0]["ip_address"].endswith(".16")
    assert made["resources"]["joined_1"]["properties"]["count"] == 2


def test_a_group_that_grows_has_all_its_members() -> None:
    template = with_groups()
    made = resize.with_workers(template, {1, 2, 3, 4, 5}, {5}, (), 600, 900, {5: "big"})
    demand = capacity._demand(template, made, {5: "big"}, 3, [HUGE])
    assert (demand.total["instances"], demand.total["server_group_members"]) == (1, 3)


def test_floating_ips_are_listed_of_all_groups() -> None:
    template = with_groups(floating="all")
    made = resize.with_workers(template, {1, 3}, (), (), 600, 900)
    listed = made["outputs"]["worker_external_ips"]["value"]["list_join"][1]
    assert [item["get_attr"][0] for item in listed] == ["floating_ip_1", "floating_ip_3"]


def test_what_frameworks_decided_was_decided_for_all_workers() -> None:
    # ZooKeeper's quorum of five is on the master and workers 1 to 4, two of which are big
    big = WorkerGroup("big", "disco-big", "image-2", HUGE, 2)
    script = rendered({"zookeeper": ""}, workers=3, groups=(big,)).files["worker.sh"]
    assert capacity.created_with(script) == 5
    assert capacity.created_with("#!/bin/bash\n") is None


# -- templates that somebody else made ------------------------------------------


@pytest.mark.parametrize(
    "note", ["x", "9" * 5000, "9" * 5000 + " 1-2", "-1 1", "", None, 7, ["1"], "\u0661 1"]
)
def test_a_serial_that_cannot_be_read_is_none(note: object) -> None:
    metadata = {resize.LEAVING: note, resize.JOINING: "3 1-2"}
    told = {"master": {"type": "T", "properties": {"metadata": metadata}}}
    assert resize.serial({"resources": told}) == 3
    del metadata[resize.JOINING]
    assert resize.serial({"resources": told}) == 0


@pytest.mark.parametrize(
    "master", [{}, {"properties": None}, {"properties": {"metadata": "x"}}], ids=str
)
def test_a_master_without_metadata_has_no_serial(master: dict[str, Any]) -> None:
    resources = {"master": {"type": "T", **master}, "joined_" + "9" * 5000: {"type": "T"}}
    assert resize.serial({"resources": resources}) == 0


def worker(address: object) -> dict[str, Any]:
    params = {"@@NAME@@": "w-1", "@@ADDRESS@@": address}
    properties = {"user_data": {"str_replace": {"params": params}}}
    return {"type": "OS::Nova::Server", "properties": properties}


@pytest.mark.parametrize(
    "one",
    [
        *({"type": "T"}, {"type": "T", "properties": None}, {"type": "T", "properties": {}}),
        {"type": "T", "properties": {"user_data": "#!/bin/sh"}},
        {"type": "T", "properties": {"user_data": {"str_replace": ["x"]}}},
        *(worker("x"), worker(None), worker("9" * 5000), worker({})),
    ],
    ids=lambda _: "worker",
)
def test_a_worker_that_cannot_be_copied_is_said_so(one: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        resize.Model.of({"resources": {"worker_1": one}})
    resize.Model.of({"resources": {"worker_1": worker("10.0.0.2")}})
