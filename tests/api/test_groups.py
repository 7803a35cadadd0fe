"""Groups of workers: checked like everything else, and made by Heat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.pages import Page
from tests.support.service import KIND, Caller, ServiceProcess, attributes, join

GROUPS = "icclab.disco.components.heat.groups"
PAGE = Page("groups.md")


def scale(alice: Caller, url: str, **values: str) -> requests.Response:
    """A partial update."""
    sent = join({f"icclab.disco.components.heat.{n}": value for n, value in values.items()})
    headers = {"Content-type": "text/occi", "X-OCCI-Attribute": sent, "Accept": "application/json"}
    return alice.request("POST", url, headers=headers)


def test_the_page_s_groups_are_made(
    alice: Caller, service: ServiceProcess, cloud_openrc: Path, alice_heat: Any, quota: Any
) -> None:
    (command,) = PAGE.blocks("Asking for groups")
    location = PAGE.run(command, cloud_openrc, service.base).strip()
    shown = alice.wait_for(location, "CREATE_COMPLETE")
    assert "'big'" in shown[GROUPS]
    stack = f"disco_{location.rpartition('/')[2]}"
    found = {r.resource_name: r.resource_type for r in alice_heat.resources.list(stack)}
    assert found["group_big"] == "OS::Nova::ServerGroup"
    assert found["worker_3"] == "OS::Nova::Server"

    (command,) = PAGE.blocks("Scaling groups")
    uuid = location.rpartition("/")[2]
    assert PAGE.run(command, cloud_openrc, service.base, UUID=uuid)
    shown = alice.wait_for(location, "UPDATE_COMPLETE")
    assert (shown["disco.workers"], shown["disco.workers.groups"]) == ("1", "big:2-4")
    assert "'count': 3" in shown[GROUPS]
    found = {r.resource_name: r for r in alice_heat.resources.list(stack)}
    assert "worker_4" in found
    flavors = {
        n: alice_heat.resources.get(stack, f"worker_{n}").attributes["flavor"]["original_name"]
        for n in (1, 2, 4)
    }
    assert (flavors[2], flavors[4]) == ("m1.medium", "m1.medium") != (flavors[1],) * 2

    # down again, together with the plain ones, and by name
    asked = {"slavecount": "2", "remove": "disco-worker-2"}
    assert scale(alice, location, **asked).status_code == 200
    shown = alice.wait_for(location, "UPDATE_COMPLETE")
    assert (shown["disco.workers"], shown["disco.workers.groups"]) == ("1,5", "big:3-4")
    assert "'count': 2" in shown[GROUPS]
    for asked, said in (
        ({"groups": "{'gpu': {'count': 1}}"}, "has no group 'gpu'"),
        ({"groups": "{'big': {'count': 1, 'flavor': 'm1.small'}}"}, "another flavor"),
        ({"remove": "3 4"}, 'all workers of the group "big" would be removed'),
        ({"groups": "{'big': {'count': 0}}"}, "is 0"),
    ):
        answer = scale(alice, location, **asked)
        assert answer.status_code == 400
        assert said in answer.json()["message"]
    quota(instances=6)
    answer = scale(alice, location, groups="{'big': {'count': 5}}")
    (fault,) = answer.json()["faults"]
    assert (fault["attribute"], fault["code"]) == (GROUPS, "quota-exceeded")
    assert "at most 3 workers" in fault["allowed"]
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


def test_a_preview_tells_nodes_and_quotas_of_groups(alice: Caller) -> None:
    wanted = attributes(groups="{'big': {'count': 2, 'flavor': 'm1.medium'}}")
    headers = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(wanted)}
    shown = alice.request("POST", "/disco/?action=preview", headers=headers).json()
    last = shown["nodes"][-1]
    assert (last["name"], last["group"], last["flavor"]) == ("disco-worker-3", "big", "m1.medium")
    assert shown["user_data"][last["user_data"]].startswith("#!")
    needed = {q["name"]: q["needed"] for q in shown["quotas"]}
    assert (needed["instances"], needed["port"]) == (4, 5)
    assert needed["ram"] == sum(node["ram_mb"] for node in shown["nodes"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{'big': {'count': 2, 'flavor': 'm9.huge'}}", "m9.huge"),
        ("{'big': {'count': 2, 'image': 'windows'}}", "windows"),
        ("{'big': {'count': 0}}", "is 0"),
        ("{'worker': {'count': 1}}", "plain workers"),
        ("{'big': __import__('os').system('true')}", "not a dictionary"),
    ],
)
def test_wrong_groups_are_refused_in_words(alice: Caller, text: str, said: str) -> None:
    answer = alice.create(attributes(groups=text), Accept="application/json")
    assert answer.status_code == 400
    (fault,) = answer.json()["faults"]
    assert fault["attribute"] == GROUPS
    assert said in fault["message"]
