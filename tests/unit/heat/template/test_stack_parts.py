"""What servers boot from, and where; ports on networks without port security."""

from __future__ import annotations

import base64
import random
from dataclasses import replace
from typing import Any

import pytest
import yaml

from disco.heat.template.resize import with_workers
from disco.heat.template.stack import render_again, render_stack
from disco.node_network import NodeNetwork
from disco.openstack.demand import boots_from_volumes, count, image_of
from disco.spec import Volume, WorkerGroup
from tests.support.specs import HUGE, LARGE, SHIPPED, draft, fetched, sent_resources, unpacked

ROOT = Volume(20, "type-id")
NAMES = ("a,b=c;d", 'q "x"', "it's", "ü 🚀", "# x: y", "{get_resource: x}", "yes", "\ufeffx", "-")


def properties(resources: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["properties"]
    return found


def rooted(**changes: Any) -> Any:
    plan, spec = draft({"dask": ""}, workers=2)
    master = replace(spec.master, root=ROOT, zone="z")
    workers = replace(spec.workers, root=ROOT, zone="z", volume=Volume(5, "type-id", "z"))
    return render_stack(SHIPPED, plan, replace(spec, master=master, workers=workers, **changes))


def test_new_workers_boot_as_the_others_do() -> None:
    template = {"resources": sent_resources(rooted()), "outputs": {}}
    made = with_workers(template, [1, 2, 3], [3], [], 60, 60)["resources"]
    first, third = properties(made, "worker_1"), properties(made, "worker_3")
    same = ("block_device_mapping_v2", "availability_zone", "flavor")
    assert [third[name] for name in same] == [first[name] for name in same]
    assert first["block_device_mapping_v2"] == [
        {
            "image": "image-w",
            "volume_size": 20,
            "volume_type": "type-id",
            "boot_index": 0,
            "delete_on_termination": True,
        }
    ]
    assert properties(made, "volume_3")["availability_zone"] == "z"
    added = {n: r for n, r in made.items() if n not in template["resources"]}
    taken = count(added, [LARGE])
    assert (taken["volumes"], taken["gigabytes"], taken["volumes_type-id"]) == (2, 25, 2)
    assert taken["per_volume_gigabytes"] == 20
    assert image_of(third) == "image-w"
    assert not boots_from_volumes(added)


def test_a_server_has_nothing_that_was_not_asked_for() -> None:
    plain = properties(sent_resources(render_stack(SHIPPED, *draft({"dask": ""}))), "worker_1")
    assert plain["image"] == image_of(plain) == "image-w"
    assert not {"block_device_mapping_v2", "availability_zone", "config_drive"} & set(plain)
    assert "image" not in properties(sent_resources(rooted()), "worker_1")
    for name in ("master", "worker_1"):
        assert properties(sent_resources(rooted(config_drive=True)), name)["config_drive"] is True


def test_without_port_security_there_is_no_group() -> None:
    plan, spec = draft({"dask": ""})
    network = replace(spec.network, id="n", subnet="s", room=9)
    for guarded in (True, False):
        own = replace(spec, network=replace(network, guarded=guarded))
        resources = sent_resources(render_stack(SHIPPED, plan, own))
        assert ("security_group" in resources) is guarded
        for name in ("master_port", "port_1"):
            assert ("security_groups" in properties(resources, name)) is guarded


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_as_it_is_and_the_template_is_ascii(name: str) -> None:
    plan, spec = draft({"dask": ""}, ssh_key_name=name, ssh_public_key=None)
    network = replace(spec.network, name=name, external=name)
    master = replace(spec.master, zone=name, image=name)
    rendered = render_stack(SHIPPED, plan, replace(spec, network=network, master=master))
    assert rendered.template.isascii()
    resources = yaml.safe_load(rendered.template)["resources"]
    assert properties(resources, "network")["name"] == name
    assert properties(resources, "router")["external_gateway_info"] == {"network": name}
    server = properties(resources, "master")
    assert [server[n] for n in ("availability_zone", "image", "key_name")] == [name] * 3


SETS = [(), ("jupyter",), ("hadoop", "spark", "jupyter"), SHIPPED.frameworks]


@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_scripts_with_other_secrets_are_as_if_they_were_rendered_anew(
    names: tuple[str, ...],
) -> None:
    plan, spec = draft(dict.fromkeys(names, ""), flavor=HUGE)
    group = WorkerGroup("big", "disco-big", "i", HUGE, 1)
    spec = replace(spec, groups=(group,))
    other = replace(spec, secrets={n: dict.fromkeys(own, "***") for n, own in spec.secrets.items()})
    first = render_stack(SHIPPED, plan, spec)
    assert render_again(SHIPPED, plan, other, first) == render_stack(SHIPPED, plan, other).files
    unchanged = [n for n, t in first.files.items() if "s3cr3t-value" not in unpacked(t)]
    again = render_again(SHIPPED, plan, other, first)
    assert all(again[n] is first.files[n] for n in unchanged if n.startswith("worker"))


def test_what_is_in_heat_has_other_secrets_too() -> None:
    noise = base64.b64encode(random.Random(2).randbytes(12_000)).decode()
    outside = NodeNetwork(ca=f"-----BEGIN CERTIFICATE-----\n{noise}\n-----END CERTIFICATE-----\n")
    plan, spec = draft(dict.fromkeys(SHIPPED.frameworks, ""), flavor=HUGE, outside=outside)
    other = replace(spec, secrets={n: dict.fromkeys(own, "***") for n, own in spec.secrets.items()})
    first = render_stack(SHIPPED, plan, spec)
    again = render_again(SHIPPED, plan, other, first)
    assert again == render_stack(SHIPPED, plan, other).files
    assert fetched(first, "master") != fetched(replace(first, files=again), "master")
    assert "s3cr3t-value" not in fetched(replace(first, files=again), "master")
    assert again["master.sh"] != first.files["master.sh"]  # which has the digest
