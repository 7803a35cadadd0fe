"""A cluster with a time to live ends by itself, on real nodes, with no DISCO running."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.nodes.launch import detect
from disco.embedded.settings import NODE_SIDE_HOST
from tests.api.conftest import headers_of
from tests.support.cloud import free_port_pair, heat_of, session_of, until, wait_for_image
from tests.support.service import Caller, attributes, running_service

STATUS = detect("auto")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.nodes,
    pytest.mark.skipif(STATUS.mode == "none", reason=STATUS.reason or "nodes do not run here"),
]
IMAGE = "debian-12-disco"
TTL_S = 120


def test_after_two_minutes_nothing_of_it_is_left(tmp_path: Path) -> None:
    cloud = EmbeddedCloud(tmp_path / "state", nodes="auto", cloud_port=free_port_pair())
    with cloud:
        wait_for_image(cloud, IMAGE)
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
