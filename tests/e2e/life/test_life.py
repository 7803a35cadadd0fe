"""Clusters that are not as usual, on real nodes: their network, their groups, their end."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import requests
import yaml

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.control.config_files import NODE_SIDE_HOST
from tests.frameworks.site import IMAGE, STATUS
from tests.support.cloud import headers_of, heat_of, session_of, stack_at_rest, until
from tests.support.nodes import needs_nodes
from tests.support.pages import Page
from tests.support.service import KIND, Caller, attributes, join, running_service

pytestmark = needs_nodes
DEADLINE_S = 300
TTL_S = 120
#: where 22 cannot be had the embedded cloud offers 20022
SSH = 20022 if STATUS.mode == "user" else 22
ENDS = Page("end-of-life.md")
LIFECYCLE = Page("lifecycle.md")
#: as the original made them: no tags, no parameters, names of its own
OLD = """
heat_template_version: '2014-10-16'
resources:
  hadoop_network: {type: 'OS::Neutron::Net', properties: {name: disco-net}}
  hadoop_subnet:
    type: OS::Neutron::Subnet
    properties: {network_id: {get_resource: hadoop_network}, cidr: 10.9.0.0/24}
  hadoop_router:
    type: OS::Neutron::Router
    properties: {external_gateway_info: {network: public}}
  hadoop_router_interface:
    type: OS::Neutron::RouterInterface
    properties:
      router_id: {get_resource: hadoop_router}
      subnet_id: {get_resource: hadoop_subnet}
  sec_group:
    type: OS::Neutron::SecurityGroup
    properties: {rules: [{protocol: tcp, port_range_min: 22, port_range_max: 22}]}
  hadoop_port:
    type: OS::Neutron::Port
    properties:
      network_id: {get_resource: hadoop_network}
      fixed_ips: [{subnet_id: {get_resource: hadoop_subnet}}]
      security_groups: [{get_resource: sec_group}]
  hadoop_floating_ip:
    type: OS::Neutron::FloatingIP
    depends_on: hadoop_router_interface
    properties: {floating_network_id: public, port_id: {get_resource: hadoop_port}}
  hadoop_master:
    type: OS::Nova::Server
    properties:
      name: disco-manager
      image: debian-12
      flavor: m1.small
      networks: [{port: {get_resource: hadoop_port}}]
      user_data_format: RAW
      user_data: '#!/bin/bash'
outputs:
  external_ip: {value: {get_attr: [hadoop_floating_ip, floating_ip_address]}}
"""


def own_network(heat: Any) -> tuple[str, str]:
    """A network of the user's with a way out; its name, and the id of its stack."""
    name = f"mine-{uuid.uuid4().hex[:8]}"
    template = f"""
    heat_template_version: '2018-08-31'
    resources:
      net: {{type: OS::Neutron::Net, properties: {{name: {name}}}}}
      subnet:
        type: OS::Neutron::Subnet
        properties: {{network: {{get_resource: net}}, cidr: 10.66.0.0/24}}
      router:
        type: OS::Neutron::Router
        properties: {{external_gateway_info: {{network: public}}}}
      interface:
        type: OS::Neutron::RouterInterface
        properties: {{router: {{get_resource: router}}, subnet: {{get_resource: subnet}}}}
    """
    made = heat.stacks.create(stack_name=name, template=yaml.safe_dump(yaml.safe_load(template)))
    stack_id = made["stack"]["id"]
    assert stack_at_rest(heat, stack_id, "CREATE").stack_status == "CREATE_COMPLETE"
    return name, stack_id


def own_key_pair(heat: Any, folder: Path) -> tuple[str, str]:
    """A key pair of the user's at Nova; its name, and the id of its stack."""
    name = f"key-{uuid.uuid4().hex[:8]}"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True
    )
    public = (folder / "key.pub").read_text().strip()
    resource = {"type": "OS::Nova::KeyPair", "properties": {"name": name, "public_key": public}}
    template = {"heat_template_version": "2018-08-31", "resources": {"key": resource}}
    stack_id = heat.stacks.create(stack_name=name, template=template)["stack"]["id"]
    assert stack_at_rest(heat, stack_id, "CREATE").stack_status == "CREATE_COMPLETE"
    return name, stack_id


def said_by_ssh(address: str, key: Path, command: str) -> str:
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    words = ["ssh", "-i", str(key), "-p", str(SSH), *options, f"ubuntu@{address}", command]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_a_group_of_workers_on_an_existing_network_computes(
    cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    heat = heat_of(cloud.credentials)
    network, mine = own_network(heat)
    key_name, key_stack = own_key_pair(heat, tmp_path)
    with running_service(tmp_path, cloud.auth_url, waitcondition="True") as service:
        alice = Caller(service.base, headers_of(cloud.credentials))
        wanted = attributes(
            masterimage=IMAGE,
            slaveimage=IMAGE,
            networkname=None,
            externalnetworkname=None,
            network=network,
            groups="{'big': {'count': 1, 'flavor': 'm1.medium', 'antiaffinity': 'soft'}}",
            inject="{'dask': ''}",
            floatingip="all",
            volumesize="1",
            sshkeyname=key_name,
        )
        sent = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(wanted)}
        wrong, _ = LIFECYCLE.blocks("Before anything is created")
        refused = LIFECYCLE.run(wrong, cloud.openrc, service.base)
        assert {"timeout", "sshkeyname"} <= {
            f["attribute"].rpartition(".")[2] for f in json.loads(refused)["faults"]
        }
        preview = alice.request("POST", "/disco/?action=preview", headers=sent).json()
        answer = alice.create(wanted)
        assert answer.status_code == 201, answer.text
        location = answer.headers["Location"]
        # complete is when Dask's smoke job has run on both workers
        shown = alice.wait_for(location, "CREATE_COMPLETE", seconds=DEADLINE_S)
        assert shown["master_private_ip"] == "10.66.0.2"
        planned = yaml.safe_load(preview["template"])["resources"]
        made = heat.resources.list(f"disco_{location[-36:]}")
        assert {r.resource_name for r in made} == set(planned)
        # the user's own key lets in, and there is no other to show
        assert "ssh_private_key" not in shown
        assert said_by_ssh(shown["external_ip"], tmp_path / "key", "hostname") == "disco-manager"
        log = f"http://{shown['external_ip']}:8084/nodes/disco-worker-2/status.json"
        assert json_of(log)["status"] == "done"
        for address in shown["worker_external_ips"].split(","):
            assert json_of(f"http://{address}:8084/status.json")["status"] == "done"
            # the frameworks' data are on a disk of its own, as large as was asked for
            told = requests.get(f"http://{address}:8084/deployment.log", timeout=10).text
            if STATUS.mode == "system":
                assert re.search(r"the volume \S+ is at /srv/disco: ext4, 9\d\dM", told)
        assert alice.request("DELETE", location).status_code == 200
        alice.wait_until_gone(location, 120)
        assert not list((cloud.state_dir / "volumes").glob("*"))
    for stack in (mine, key_stack):
        heat.stacks.delete(stack)
        assert stack_at_rest(heat, stack, "DELETE").stack_status == "DELETE_COMPLETE"


def json_of(url: str) -> Any:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, url
    return answer.json()


def test_after_two_minutes_without_disco_nothing_is_left(
    cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    """And what was idle for as long is gone, too, but not what was given more time."""
    heat = heat_of(cloud.credentials)
    settings = {"waitcondition": "False", "node_host": NODE_SIDE_HOST}
    with running_service(tmp_path, cloud.auth_url, **settings) as service:
        alice = Caller(service.base, headers_of(cloud.credentials))

        def create(**changes: str) -> str:
            wanted = attributes(masterimage=IMAGE, slaveimage=IMAGE, inject=None, **changes)
            answer = alice.create(wanted)
            assert answer.status_code == 201, answer.text
            return answer.headers["Location"]

        began = time.monotonic()
        ends = create(ttl=f"{TTL_S}s", networkname="ends")
        idle = create(idle="2m", floatingip="none", networkname="idle")
        longer = create(ttl=f"{TTL_S - 30}s", networkname="longer")
        for location in (ends, idle, longer):
            shown = alice.wait_for(location, "CREATE_COMPLETE")
            assert shown["disco.ending"] == "delete"
        (command,) = ENDS.blocks("Living longer")
        ENDS.run(command, cloud.openrc, service.base, UUID=longer[-36:])
        alice.wait_for(longer, "UPDATE_COMPLETE")
    assert service.process is not None
    assert service.process.poll() is not None
    left = f"disco_{longer[-36:]}"
    states = sorted(s.stack_status for s in heat.stacks.list())
    assert states == ["CREATE_COMPLETE", "CREATE_COMPLETE", "UPDATE_COMPLETE"]
    until(lambda: {s.stack_name for s in heat.stacks.list()} == {left}, TTL_S + 300, "their end")
    assert time.monotonic() - began >= TTL_S - 5
    (kept,) = heat.stacks.list()
    heat.stacks.delete(kept.id)
    assert stack_at_rest(heat, kept.id, "DELETE").stack_status == "DELETE_COMPLETE"
    nothing_is_left(cloud)


def nothing_is_left(cloud: EmbeddedCloud) -> None:
    session = session_of(cloud.credentials)
    compute = session.get_endpoint(service_type="compute", interface="public")
    network = session.get_endpoint(service_type="network", interface="public")
    assert session.get(f"{compute}/servers").json()["servers"] == []
    assert session.get(f"{network}/v2.0/ports").json()["ports"] == []
    assert session.get(f"{network}/v2.0/floatingips").json()["floatingips"] == []


def test_a_cluster_of_an_older_disco_is_shown_and_deleted(
    cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    heat = heat_of(cloud.credentials)
    key = str(uuid.uuid4())
    heat.stacks.create(stack_name=f"disco_{key}", template=yaml.safe_load(OLD))
    with running_service(tmp_path, cloud.auth_url) as service:
        alice = Caller(service.base, headers_of(cloud.credentials))
        address = alice.wait_for(f"/disco/{key}", "CREATE_COMPLETE")["external_ip"]
        until(lambda: reachable(address), DEADLINE_S, "the old cluster's ssh")
        (commands,) = LIFECYCLE.blocks("Clusters of an older DISCO")
        said = LIFECYCLE.run(commands, cloud.openrc, service.base, UUID=key)
        assert f'external_ip="{address}"' in said
        alice.wait_until_gone(f"/disco/{key}", 120)
    until(lambda: not reachable(address), 30, "its node to be gone")
    nothing_is_left(cloud)


def reachable(address: str) -> bool:
    """Whether ssh answers there."""
    with contextlib.suppress(OSError), socket.create_connection((address, SSH), 5) as found:
        return found.recv(4) == b"SSH-"
    return False
