"""Workers of groups go on with the plain ones' numbers, and are sized from their own flavor."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from disco.data_files import data_dir
from disco.errors import InvalidRequest
from disco.spec import Flavor, WorkerGroup
from tests.support.specs import LARGE, rendered, unpacked

SMALL = Flavor("2", "m1.small", 2048, 1, 20)
BIG = WorkerGroup("big", "disco-big", "image-b", LARGE, 2, "anti-affinity")


def test_they_are_numbered_behind_the_plain_ones() -> None:
    stack = rendered({"dask": ""}, workers=1, flavor=Flavor("3", "m", 4096, 2, 40), groups=(BIG,))
    resources = yaml.safe_load(stack.template)["resources"]
    assert [n for n in resources if n.startswith("worker_")] == ["worker_1", "worker_2", "worker_3"]
    plain, big = (resources[n]["properties"] for n in ("worker_1", "worker_2"))
    assert (plain["image"], plain["flavor"]) == ("image-w", "3")
    assert (big["image"], big["flavor"], big["name"]) == ("image-b", "4", "disco-worker-2")
    assert big["user_data"]["str_replace"]["template"] == {"get_file": "worker-big.sh"}
    assert "scheduler_hints" not in plain
    assert big["scheduler_hints"] == {"group": {"get_resource": "group_big"}}
    assert resources["group_big"]["properties"]["policies"] == ["anti-affinity"]
    assert "DISCO_WORKERS=3" in stack.user_data["master"]
    assert set(resources["ready"]["depends_on"]) >= {"worker_2", "worker_3"}


def test_each_script_is_sized_from_its_own_flavor() -> None:
    stack = rendered({"spark": ""}, workers=1, flavor=Flavor("3", "m", 4096, 2, 40), groups=(BIG,))
    assert stack.user_data["worker"] != stack.user_data["worker-big"]


def test_frameworks_offer_a_group_to_tasks_as_a_resource() -> None:
    stack = rendered({"dask": "", "ray": ""}, workers=1, groups=(BIG,))
    made = {name: unpacked(text) for name, text in stack.user_data.items()}
    assert "--nthreads 4 --resources big=4 --memory-limit" in made["worker-big"]
    assert """role+=(--resources '{"big": 4}')""" in made["worker-big"]
    for name in ("master", "worker"):
        assert "--resources" not in made[name]


def test_a_group_with_a_name_of_ray_s_own_has_no_resource_there() -> None:
    memory = WorkerGroup("memory", "disco-memory", "i", LARGE, 1)
    stack = rendered({"ray": ""}, workers=1, groups=(memory,))
    assert "--resources" not in unpacked(stack.user_data["worker-memory"])


def test_without_groups_nothing_is_different() -> None:
    assert "GROUP" not in rendered().user_data["master"].split("disco_alias")[0]
    assert set(rendered().user_data) == {"master", "worker"}


def test_a_group_too_small_for_the_frameworks_is_refused_by_name() -> None:
    tiny = WorkerGroup("tiny", "disco-tiny", "i", Flavor("1", "m1.tiny", 256, 1, 1), 1)
    with pytest.raises(InvalidRequest) as caught:
        rendered({"hadoop": ""}, groups=(tiny,))
    (fault,) = caught.value.faults
    assert fault.attribute == "icclab.disco.components.heat.groups"
    assert "'tiny'" in fault.message


def test_a_group_is_not_called_as_others_are() -> None:
    with pytest.raises(InvalidRequest, match="plain workers"):
        rendered(groups=(WorkerGroup("worker", "disco-worker", "i", SMALL, 1),))


def test_all_nodes_know_the_group_s_names(tmp_path: Path) -> None:
    shell = data_dir() / "frameworks" / "shell"
    facts = {
        "DISCO_ROOT": str(tmp_path),
        "DISCO_NAME": "disco-manager",
        "DISCO_MASTER_NAME": "disco-manager",
        "DISCO_MASTER_ADDRESS": "192.168.16.10",
        "DISCO_WORKERS": "3",
        "DISCO_WORKER_NAME": "disco-worker-",
        "DISCO_WORKER_BASE": "192.168.16.10",
        "DISCO_WORKER_CAPACITY": "4",
        "DISCO_WORKER_GROUPS": "disco-big:1:3",
        "PATH": "/usr/bin:/bin",
    }
    script = f". {shell}/software.sh; . {shell}/library.sh; trap - EXIT; disco_hosts"
    subprocess.run(["bash", "-c", script], env=facts, check=True, capture_output=True)
    lines = (tmp_path / "etc/hosts").read_text().splitlines()
    assert "192.168.16.11 disco-worker-1" in lines
    assert "192.168.16.12 disco-worker-2 disco-big-1" in lines
    assert "192.168.16.13 disco-worker-3 disco-big-2" in lines
    assert "192.168.16.14 disco-worker-4" in lines
