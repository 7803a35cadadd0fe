import base64
import json
import re

import pytest
import yaml

from disco.errors import InvalidRequest
from disco.heat.template.stack import MAX_RESOURCES, MAX_TEMPLATE_SIZE
from disco.spec import Flavor, Volume, WorkerGroup
from tests.support.specs import (
    HUGE,
    ID,
    LARGE,
    PUBLIC_KEY,
    SHIPPED,
    framework,
    rendered,
    sent_resources,
    unpacked,
    with_base,
)

HEAT = "icclab.disco.components.heat."


def template(stack):
    return yaml.safe_load(stack.template)


def resources(stack):
    return template(stack)["resources"]


def types(stack):
    return sorted(r["type"] for r in resources(stack).values())


def fault_attributes(**kwargs):
    with pytest.raises(InvalidRequest) as caught:
        rendered(**kwargs)
    return [f.attribute for f in caught.value.faults]


def test_the_resources_of_a_cluster():
    assert types(rendered(workers=1)) == [
        "OS::Heat::WaitCondition",
        "OS::Heat::WaitConditionHandle",
        "OS::Neutron::FloatingIP",
        "OS::Neutron::FloatingIPAssociation",
        "OS::Neutron::Net",
        "OS::Neutron::Port",
        "OS::Neutron::Port",
        "OS::Neutron::Router",
        "OS::Neutron::RouterInterface",
        "OS::Neutron::SecurityGroup",
        "OS::Neutron::Subnet",
        "OS::Nova::KeyPair",
        "OS::Nova::Server",
        "OS::Nova::Server",
    ]


def test_references_lead_somewhere():
    stack = rendered()
    document = template(stack)
    text = json.dumps(document)
    for name in re.findall(r'"get_resource": "(\w+)"', text):
        assert name in document["resources"]
    for name in re.findall(r'"get_attr": \["(\w+)"', text):
        assert name in document["resources"]
    assert set(re.findall(r'"get_file": "([^"]+)"', text)) == set(stack.files)
    for resource in document["resources"].values():
        wanted = resource.get("depends_on", [])
        assert set([wanted] if isinstance(wanted, str) else wanted) <= set(document["resources"])


def test_rendering_is_a_function_of_the_request():
    assert rendered({"dask": "", "jupyter": ""}) == rendered({"jupyter": "", "dask": ""})


def test_addresses_are_decided_beforehand():
    stack = rendered(cidr="10.1.0.0/24")
    subnet = resources(stack)["subnet"]["properties"]
    assert subnet["gateway_ip"] == "10.1.0.1"
    assert subnet["allocation_pools"] == [{"start": "10.1.0.239", "end": "10.1.0.254"}]
    addresses = {
        name: r["properties"]["fixed_ips"][0]["ip_address"]
        for name, r in resources(stack).items()
        if r["type"] == "OS::Neutron::Port"
    }
    assert addresses == {
        "master_port": "10.1.0.10",
        "port_1": "10.1.0.11",
        "port_2": "10.1.0.12",
    }
    worker = resources(stack)["worker_2"]["properties"]
    assert worker["name"] == "disco-worker-2"
    facts = worker["user_data"]["str_replace"]["params"]
    assert facts["@@NAME@@"] == "disco-worker-2"
    assert facts["@@ADDRESS@@"] == "10.1.0.12"
    assert facts["@@INDEX@@"] == "2"


def test_more_workers_change_none_that_there_are():
    few, many = rendered({"dask": ""}, workers=2), rendered({"dask": ""}, workers=50)
    there, then = resources(few), resources(many)
    ready = there.pop("ready"), then.pop("ready")
    assert {name: then[name] for name in there} == there
    assert ready[0]["properties"] == ready[1]["properties"]
    for name in ("master", "worker_1"):  # scripts differ, and Heat is told not to mind
        assert there[name]["properties"]["user_data_update_policy"] == "IGNORE"


def test_nothing_makes_the_master_wait_for_workers():
    stack = resources(rendered())
    assert stack["master"]["depends_on"] == "router_interface"
    assert "worker" not in json.dumps(stack["master"]["properties"])


def test_attributes_travel_and_come_back():
    stack = rendered()
    assert json.loads(stack.parameters["disco_attributes"]) == {"a": '1, "2"', "b": "ü"}
    assert template(stack)["parameters"]["disco_attributes"]["default"] == "{}"


def test_outputs():
    outputs = {n: o["value"] for n, o in template(rendered())["outputs"].items()}
    assert outputs["ssh_public_key"] == PUBLIC_KEY
    assert outputs["ssh_key_name"] == "disco-key"
    assert outputs["master_private_ip"] == "192.168.16.10"
    assert "external_ip" in outputs
    assert "private_key" not in rendered().template


def test_an_own_key_pair_is_used_and_none_is_made():
    stack = rendered(ssh_public_key=None, ssh_key_name="mine")
    assert "OS::Nova::KeyPair" not in types(stack)
    assert resources(stack)["master"]["properties"]["key_name"] == "mine"
    assert resources(stack)["worker_1"]["properties"]["key_name"] == "mine"


def test_without_a_wait_nothing_signals():
    stack = rendered(wait=False)
    assert not [t for t in types(stack) if "WaitCondition" in t]
    assert "curl_cli" not in stack.template
    assert not any("@@SIGNAL@@" in text for text in stack.files.values())


def test_the_wait_is_longer_than_the_nodes_own_deadline():
    wait = resources(rendered(timeout_s=1800))["ready"]["properties"]
    assert wait["count"] == 1
    assert 1800 < wait["timeout"] <= 43200
    assert resources(rendered(timeout_s=43200))["ready"]["properties"]["timeout"] == 43200


def ingress(stack):
    rules = resources(stack)["security_group"]["properties"]["rules"]
    return {
        (r.get("port_range_min"), r["remote_ip_prefix"])
        for r in rules
        if r["direction"] == "ingress"
    }


def test_ports_are_open_to_whom_they_may_be(tmp_path):
    ports = """\
ports:
  - {port: 8888, role: master, expose: public}
  - {port: 8787, role: master, expose: restricted}
  - {port: 7077, role: master, expose: cluster}
"""
    framework(tmp_path, "tool", ports)
    catalogue = with_base(tmp_path)
    base = {(22, "0.0.0.0/0"), (8084, "0.0.0.0/0"), (None, "192.168.16.0/20")}
    assert ingress(rendered()) == base
    closed = rendered({"tool": ""}, catalogue=catalogue)
    assert ingress(closed) == base | {(8888, "0.0.0.0/0")}
    opened = rendered({"tool": ""}, catalogue=catalogue, allowed_cidr="203.0.113.0/24")
    assert ingress(opened) == base | {(8888, "0.0.0.0/0"), (8787, "203.0.113.0/24")}


@pytest.mark.parametrize("workers", [1, 10, 100, 400])
def test_sizes_are_within_the_clouds_limits(workers):
    everything = dict.fromkeys(SHIPPED.frameworks, "")
    stack = rendered(everything, workers=workers, flavor=HUGE)
    sizes = [len(text.encode()) for text in (stack.template, *stack.files.values())]
    assert sum(sizes) <= MAX_TEMPLATE_SIZE
    assert len(resources(stack)) <= MAX_RESOURCES
    for text in stack.user_data.values():
        assert len(base64.b64encode(text.encode())) <= 65535


def test_what_does_not_fit_is_refused_with_its_attribute(tmp_path):
    assert set(fault_attributes(workers=500)) == {f"{HEAT}slavecount"}
    assert fault_attributes(workers=5, cidr="10.0.0.0/27") == [f"{HEAT}cidr"]
    assert "worker_4" in resources(rendered(workers=4, cidr="10.0.0.0/27"))
    framework(
        tmp_path,
        "tool",
        "roles: {master: {}, worker: {}}\n"
        "resources: {master: {min_ram_mb: 600}, worker: {min_ram_mb: 600}}\n",
    )
    small = Flavor("1", "m1.tiny", 1024, 1, 5)
    assert fault_attributes(injected={"tool": ""}, catalogue=with_base(tmp_path), flavor=small) == [
        f"{HEAT}masterflavor",
        f"{HEAT}slaveflavor",
    ]


def test_tags_say_what_a_list_shows(tmp_path):
    assert rendered(workers=7, wait=False).tags == ("disco", "disco-workers=7")
    assert rendered(workers=7).tags == ("disco", "disco-workers=7", "disco-checks")
    names = [f"{c}{'x' * 30}" for c in "abcde"]
    for name in names:
        framework(tmp_path, name)
    tags = rendered(dict.fromkeys(names, ""), catalogue=with_base(tmp_path)).tags
    assert all(len(tag) <= 80 and "," not in tag for tag in tags)
    told = "+".join(t.partition("=")[2] for t in tags if t.startswith("disco-frameworks="))
    assert told.split("+") == names


def test_odd_values_stay_values():
    odd = 'ssh-ed25519 AAAA it\'s: "{get_attr: [x]}" # {{ 7*7 }}'
    stack = rendered(ssh_public_key=odd)
    assert resources(stack)["key_pair"]["properties"]["public_key"] == odd


def test_servers_say_whose_they_are():
    stack = rendered()
    assert resources(stack)["master"]["properties"]["metadata"] == {
        "disco_cluster": ID,
        "disco_role": "master",
    }
    worker = resources(stack)["worker_1"]["properties"]
    assert worker["metadata"]["disco_role"] == "worker"
    assert worker["user_data_format"] == "RAW"


def test_servers_run_the_very_script_that_is_shown():
    stack = rendered({"dask": ""})
    for name, role in (("master", "master"), ("worker_1", "worker")):
        given = resources(stack)[name]["properties"]["user_data"]["str_replace"]
        script = stack.files[given["template"]["get_file"]]
        assert script == stack.user_data[role]
        assert set(re.findall("@@[A-Z]+@@", script)) == set(given["params"])


def test_each_worker_has_its_volume_and_the_master_none():
    group = WorkerGroup("big", "disco-big", "image-b", LARGE, 1, volume=Volume(100))
    bare = WorkerGroup("bare", "disco-bare", "image-b", LARGE, 1)
    stack = rendered({"zookeeper": ""}, volume=Volume(10, "fast"), groups=(group, bare))
    volumes = {
        n: r["properties"] for n, r in sent_resources(stack).items() if n.startswith("volume_")
    }
    assert [volumes[f"volume_{n}"]["size"] for n in (1, 2, 3)] == [10, 10, 100]
    assert volumes["volume_1"]["volume_type"] == "fast"
    assert "volume_type" not in volumes["volume_3"]
    assert "volume_4" not in volumes
    params = sent_resources(stack)["worker_2"]["properties"]["user_data"]["str_replace"]["params"]
    assert params["@@VOLUME@@"] == {"get_resource": "volume_2"}
    for role, has in (("master", 0), ("worker", 1), ("worker-big", 1), ("worker-bare", 0)):
        assert ("DISCO_VOLUME='@@VOLUME@@'" in stack.user_data[role]) == bool(has), role


def test_a_node_without_frameworks_has_its_volume_mounted_all_the_same():
    script = unpacked(rendered({}, volume=Volume(10)).user_data["worker"])
    assert "disco_volume() {" in script
    assert "disco_base_setup\ndisco_volume" in script
