"""What a node is told about itself, as cloud-init reads it."""

from __future__ import annotations

import json

import pytest

from disco.embedded.nodes.container import config_drive
from disco.embedded.nodes.protocol import NetworkSpec, Nic, NodeSpec
from tests.unit.embedded.nodes.specs import NETWORK, SPEC


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("master", "master"),
        ("Worker_1 a", "worker-1-a"),
        ("a.b.c", "a"),
        ("--x--", "x"),
        ("äö", "server"),
        ("w" * 80, "w" * 63),
    ],
)
def test_host_names_are_dns_labels(name: str, host: str) -> None:
    assert config_drive.hostname(name) == host


def test_metadata_has_what_cloud_init_reads() -> None:
    documents = config_drive.meta_data(SPEC)
    assert documents["uuid"] == SPEC.server_id
    assert documents["hostname"] == "master-1.novalocal"
    assert documents["public_keys"] == {"mine": "ssh-ed25519 AAAA me"}


def test_first_interface_alone_has_the_default_route() -> None:
    second = Nic("0a1b2c3d-0000-4000-8000-000000000002", "net", "fa:16:3e:00:00:02", "10.0.0.11")
    spec = NodeSpec(**{**vars(SPEC), "nics": (*SPEC.nics, second)})
    routes = [n["routes"] for n in config_drive.network_data(spec, {"net": NETWORK})["networks"]]
    assert [len(r) for r in routes] == [1, 0]
    assert routes[0][0]["gateway"] == "10.0.0.1"


def test_network_without_name_servers_gets_the_hosts() -> None:
    plain = NetworkSpec("net", "10.0.0.0/24", "10.0.0.1")
    services = config_drive.network_data(SPEC, {"net": plain}, "10.0.0.1")["services"]
    assert services == [{"type": "dns", "address": "10.0.0.1"}]


def test_documents_are_json() -> None:
    documents = config_drive.documents(SPEC, {"net": NETWORK})
    for name in ("meta_data.json", "network_data.json", "vendor_data.json"):
        json.loads(documents[name])
