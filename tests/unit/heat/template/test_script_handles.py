"""Servers that are made later read their scripts with tokens that are made then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from disco.heat.template import replace_servers, resize
from disco.heat.template.script_handles import give_new_tokens, is_scripts_resource
from disco.spec import WorkerGroup
from tests.support.specs import HUGE, noisy_framework, rendered

TYPE = "OS::Heat::WaitConditionHandle"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As Heat gives it back, of two plain workers and one of a group, none of which fits."""
    catalogue = noisy_framework(tmp_path_factory.mktemp("big"), 60_000)
    group = WorkerGroup("gpu", "gpu", "image-w", HUGE, 1)
    text = rendered({"big": ""}, workers=2, catalogue=catalogue, groups=(group,)).template
    found: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return found


def reads(template: dict[str, Any]) -> dict[str, str]:
    """The handle that each server reads."""
    found = {}
    for name, resource in template["resources"].items():
        if resource["type"] == "OS::Nova::Server":
            place = resource["properties"]["user_data"]["str_replace"]["params"]["@@SCRIPTS@@"]
            handle, attribute = place["get_attr"]
            assert attribute == "curl_cli"
            found[name] = handle
    return found


def handles(template: dict[str, Any]) -> set[str]:
    return {n for n, r in template["resources"].items() if is_scripts_resource(n, r)}


def test_workers_that_come_later_read_what_the_first_ones_did(template: dict[str, Any]) -> None:
    before = json.dumps(template)
    groups = {1: "", 2: "", 3: "gpu", 4: "", 5: "gpu"}
    made = resize.with_workers(template, groups, {4, 5}, (), 600, 900, groups)
    assert json.dumps(template) == before
    assert reads(made) == {
        "master": "scripts_master",
        **{f"worker_{n}": "scripts_worker" for n in (1, 2)},
        "worker_3": "scripts_worker-gpu",
        "worker_4": "scripts_worker_1",
        "worker_5": "scripts_worker-gpu_1",
    }
    resources = made["resources"]
    for fresh, first in (("worker_1", "worker"), ("worker-gpu_1", "worker-gpu")):
        assert resources[f"scripts_{fresh}"] == template["resources"][f"scripts_{first}"]
        assert resources[f"scripts_{fresh}"]["metadata"] == {
            "script": {"get_file": f"{first}.scripts"}
        }
    # nothing of what was there is touched
    for name in ("worker_1", "worker_2", "worker_3", "scripts_master", "scripts_worker"):
        assert resources[name] == template["resources"][name]


def test_handles_go_with_the_last_worker_that_has_read_them(template: dict[str, Any]) -> None:
    groups = {1: "", 2: "", 3: "gpu", 4: ""}
    made = resize.with_workers(template, groups, {4}, (), 600, 900, groups)
    left = {3: "gpu", 4: ""}
    made = resize.with_workers(made, left, (), (), 600, 900, left)
    assert handles(made) == {"scripts_master", "scripts_worker_1", "scripts_worker-gpu"}
    # one that comes now is like the one that is left, whose first handle is gone
    again = {3: "gpu", 4: "", 5: ""}
    made = resize.with_workers(made, again, {5}, (), 600, 900, again)
    assert reads(made)["worker_5"] == "scripts_worker_3"
    fresh = made["resources"]["scripts_worker_3"]
    assert fresh == {"type": TYPE, "metadata": {"script": {"get_file": "worker.scripts"}}}


def test_a_server_that_is_made_anew_reads_with_a_new_token(template: dict[str, Any]) -> None:
    made = replace_servers.retried(template, {"worker_2"})
    assert reads(made)["worker_2"] == "scripts_worker_1"
    assert reads(made)["worker_1"] == "scripts_worker"
    again = replace_servers.retried(made, {"master", "worker_1", "worker_2", "worker_3"})
    assert set(reads(again).values()) == handles(again)
    assert handles(again) == {"scripts_master_2", "scripts_worker_2", "scripts_worker-gpu_2"}


def test_clusters_that_fit_get_no_handle() -> None:
    found = yaml.safe_load(rendered(workers=2).template)
    assert handles(found) == set()
    made = resize.with_workers(found, {1, 2, 3}, {3}, (), 600, 900)
    assert handles(made) == set()
    assert handles(replace_servers.retried(found, {"worker_1"})) == set()


def test_what_only_has_such_a_name_is_left_alone() -> None:
    place = {"get_attr": ["another", "curl_cli"]}
    params = {"@@SCRIPTS@@": place}
    server = {"properties": {"user_data": {"str_replace": {"params": params}}}}
    resources = {"worker_1": server, "another": {"type": TYPE}}
    give_new_tokens(resources, ["worker_1"], 3)
    assert set(resources) == {"worker_1", "another"}
    assert params == {"@@SCRIPTS@@": place}
    assert not is_scripts_resource("scripts_worker", {"type": "OS::Nova::Server"})
    assert not is_scripts_resource("signal", {"type": TYPE})


def test_a_group_of_any_name_has_its_own(tmp_path: Path) -> None:
    """Names end in numbers, too, and have hyphens."""
    catalogue = noisy_framework(tmp_path, 36_000)
    groups = tuple(WorkerGroup(n, n, "i", HUGE, 1) for n in ("a", "a-1", "x1"))
    text = rendered({"big": ""}, workers=1, catalogue=catalogue, groups=groups).template
    found = yaml.safe_load(text)
    made = replace_servers.retried(found, {"worker_2", "worker_3", "worker_4"})
    assert list(reads(made).values())[2:] == [
        f"scripts_worker-{n}_1" for n in ("a", "a-1", "x1")
    ]  # fmt: skip
    files = {made["resources"][h]["metadata"]["script"]["get_file"] for h in handles(made)}
    assert files == {f"{n}.scripts" for n in ("master", "worker", "worker-a", "worker-a-1",
                                              "worker-x1")}  # fmt: skip
