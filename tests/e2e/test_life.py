"""Clusters that are not as usual, on real nodes: their network, their groups, their end."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.nodes.launch import detect
from disco.embedded.settings import NODE_SIDE_HOST
from tests.api.conftest import headers_of
from tests.support.cloud import (
    free_port_pair,
    heat_of,
    session_of,
    stack_at_rest,
    until,
    wait_for_image,
)
from tests.support.service import Caller, attributes, running_service

STATUS = detect("auto")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.nodes,
    pytest.mark.skipif(STATUS.mode == "none", reason=STATUS.reason or "nodes do not run here"),
]
IMAGE = "debian-12-disco"
DEADLINE_S = 300
TTL_S = 120


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    folder = tmp_path_factory.mktemp("life")
    with EmbeddedCloud(folder / "state", nodes="auto", cloud_port=free_port_pair()) as cloud:
        wait_for_image(cloud, IMAGE)
        yield cloud


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


def test_a_group_of_workers_on_an_existing_network_computes(
    cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    heat = heat_of(cloud.credentials)
    network, mine = own_network(heat)
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
        )
        answer = alice.create(wanted)
        assert answer.status_code == 201, answer.text
        location = answer.headers["Location"]
        # complete is when Dask's smoke job has run on both workers
        shown = alice.wait_for(location, "CREATE_COMPLETE", seconds=DEADLINE_S)
        assert shown["master_private_ip"] == "10.66.0.2"
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
    heat.stacks.delete(mine)
    assert stack_at_rest(heat, mine, "DELETE").stack_status == "DELETE_COMPLETE"


def json_of(url: str) -> Any:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, url
    return answer.json()


def test_after_two_minutes_without_disco_nothing_is_left(
    cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    heat = heat_of(cloud.credentials)
    settings = {"waitcondition": "False", "node_host": NODE_SIDE_HOST}
    with running_service(tmp_path, cloud.auth_url, **settings) as service:
        alice = Caller(service.base, headers_of(cloud.credentials))
        began = time.monotonic()
        answer = alice.create(
            attributes(masterimage=IMAGE, slaveimage=IMAGE, ttl=f"{TTL_S}s", inject=None)
        )
        assert answer.status_code == 201, answer.text
        shown = alice.wait_for(answer.headers["Location"], "CREATE_COMPLETE")
        assert shown["disco.ending"] == "delete"
    assert service.process is not None
    assert service.process.poll() is not None
    assert [s.stack_status for s in heat.stacks.list()] == ["CREATE_COMPLETE"]
    until(lambda: not list(heat.stacks.list()), TTL_S + 300, "the end of the stack")
    assert time.monotonic() - began >= TTL_S - 5
    session = session_of(cloud.credentials)
    compute = session.get_endpoint(service_type="compute", interface="public")
    network = session.get_endpoint(service_type="network", interface="public")
    assert session.get(f"{compute}/servers").json()["servers"] == []
    assert session.get(f"{network}/v2.0/ports").json()["ports"] == []
    assert session.get(f"{network}/v2.0/floatingips").json()["floatingips"] == []
