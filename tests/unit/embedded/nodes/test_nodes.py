"""The parts of the node agent that need no node."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import pytest

from disco.embedded.nodes.agent import launch, store
from disco.embedded.nodes.agent.client import AgentClient, AgentError
from disco.embedded.nodes.agent.server import dispatch
from disco.embedded.nodes.container import config_drive, inotify
from disco.embedded.nodes.container.cgroups import hierarchies
from disco.embedded.nodes.container.node import Record
from disco.embedded.nodes.image import recipe
from disco.embedded.nodes.image.images import IMAGE_IDS, ImageError, ImageStore
from disco.embedded.nodes.net import floating_ip, metadata
from disco.embedded.nodes.protocol import HostStatus, IngressRule, NetworkSpec, Nic, NodeSpec

NETWORK = NetworkSpec("net", "10.0.0.0/24", "10.0.0.1", ("9.9.9.9",))
RULES = (IngressRule("tcp", 22, 22), IngressRule("tcp", 8786, 8787, "10.0.0.0/24"))
SPEC = NodeSpec(
    "5f0c7d4e-7c0f-4f5e-9a55-2f1d7a1f6c11",
    "Master_1",
    IMAGE_IDS["debian-12"],
    1,
    512,
    5,
    (Nic("0a1b2c3d-0000-4000-8000-000000000001", "net", "fa:16:3e:00:00:01", "10.0.0.10", RULES),),
    "#!/bin/sh\n",
    "mine",
    "ssh-ed25519 AAAA me",
    {"role": "master"},
    "project",
)


def test_records_survive_the_disk(tmp_path: Path) -> None:
    record = Record(SPEC, "SUSPENDED", None, ("/a", "/b"))
    store.write(tmp_path / "deep/node.json", record)
    assert store.read(Record, tmp_path / "deep/node.json") == record


def test_records_are_private(tmp_path: Path) -> None:
    store.write(tmp_path / "node.json", Record(SPEC))
    assert (tmp_path / "node.json").stat().st_mode & 0o077 == 0


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
    found = config_drive.meta_data(SPEC)
    assert found["uuid"] == SPEC.server_id
    assert found["hostname"] == "master-1.novalocal"
    assert found["public_keys"] == {"mine": "ssh-ed25519 AAAA me"}


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


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/openstack/latest/user_data", b"#!/bin/sh\n"),
        ("/openstack/2018-08-27/vendor_data.json", b"{}"),
        ("/openstack/latest/user_data?x=1", b"#!/bin/sh\n"),
        ("/openstack/1999-01-01/user_data", None),
        ("/latest/meta-data/", None),
        ("/openstack/latest/../../etc/passwd", None),
    ],
)
def test_metadata_service_pages(path: str, body: bytes | None) -> None:
    assert metadata.answer(path, config_drive.documents(SPEC, {"net": NETWORK})) == body


def test_only_rules_for_this_machine_open_ports() -> None:
    assert floating_ip.open_ports(RULES) == (22,)


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        (IngressRule("tcp", 80, 82), (80, 81, 82)),
        (IngressRule("any", 443, 443, "127.0.0.0/8"), (443,)),
        (IngressRule("udp", 53, 53), ()),
        (IngressRule("icmp", 0, 255), ()),
        (IngressRule("tcp", 1, 65535), ()),
        (IngressRule("tcp", 5000, 5255), tuple(range(5000, 5256))),
        (IngressRule("tcp", 5000, 5256), ()),
    ],
)
def test_open_ports(rule: IngressRule, ports: tuple[int, ...]) -> None:
    assert floating_ip.open_ports([rule]) == ports


def test_debian_host_lends_its_mirror() -> None:
    sources = recipe.debian_sources(
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n\n"
        "# deb http://old.example/debian bookworm main\n"
        "deb [signed-by=/k.gpg] http://sec.example/debian-security bookworm-security main\n"
    )
    assert recipe.apt_lines("debian", sources) == [
        "deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb http://sec.example/debian-security bookworm-security main",
    ]


def test_other_hosts_use_debians_default_mirror() -> None:
    lines = recipe.apt_lines("ubuntu", ["http://archive.ubuntu.com/ubuntu"])
    assert lines[0] == "deb http://deb.debian.org/debian bookworm main"


def test_hierarchies_of_a_hybrid_machine() -> None:
    mounts = (
        "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n"
        "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
        "cgroup /sys/fs/cgroup/blkio cgroup rw,blkio 0 0\n"
        "cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0\n"
        "cgroup2 /nowhere/unified cgroup2 rw 0 0\n"
    )
    found = {(str(h.root), h.version, tuple(h.controllers)) for h in hierarchies(mounts)}
    assert found == {
        ("/sys/fs/cgroup/memory", 1, ("memory",)),
        ("/sys/fs/cgroup/systemd", 1, ("name=systemd",)),
        ("/nowhere/unified", 2, ()),
    }


def test_nodes_can_be_switched_off() -> None:
    assert launch.detect("none") == HostStatus("none", "nodes are switched off")


def test_missing_program_is_named_with_its_package() -> None:
    reason = launch.missing_programs({"no-such-program": "some-package", "sh": "dash"})
    assert reason == "programs are missing: apt-get install -y some-package"


def test_agent_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="cannot be reached"):
        AgentClient(tmp_path / "agent.sock").status()


def test_unknown_call_is_refused() -> None:
    answer = dispatch(AgentClient("/nowhere"), {"call": "close", "arguments": {}})
    assert "close" in answer["error"]


def test_images_are_queued_until_they_are_built(tmp_path: Path) -> None:
    images = ImageStore(tmp_path)
    assert {i.name: i.status for i in images.infos()} == {
        "debian-12": "queued",
        "debian-12-disco": "queued",
    }


def test_failed_build_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    images = ImageStore(tmp_path)
    assert not images.build()
    assert {i.status for i in images.infos()} == {"error"}
    with pytest.raises(ImageError, match="mmdebstrap is not installed"):
        images.layers(IMAGE_IDS["debian-12-disco"], lambda: False)


def test_further_images_are_there_for_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCO_EMBEDDED_IMAGES", "debian-13")
    found = {i.name: i.properties["os_version"] for i in ImageStore(tmp_path).infos()}
    assert found == {"debian-12": "12", "debian-12-disco": "12", "debian-13": "13"}
    lines = recipe.apt_lines("debian", [], recipe.DEBIAN_13)
    command = recipe.mmdebstrap_command(tmp_path, lines, recipe.DEBIAN_13)
    assert "trixie" in command
    assert not [word for word in command if "bookworm" in word]
    monkeypatch.setenv("DISCO_EMBEDDED_IMAGES", "debian-13,plan-9")
    with pytest.raises(ImageError, match="plan-9"):
        ImageStore(tmp_path)


def test_documents_are_json() -> None:
    found = config_drive.documents(SPEC, {"net": NETWORK})
    for name in ("meta_data.json", "network_data.json", "vendor_data.json"):
        json.loads(found[name])


def test_what_a_killed_build_left_is_discarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / ".debian-12-old.new/rootfs").mkdir(parents=True)
    ImageStore(tmp_path).build()
    assert not (tmp_path / ".debian-12-old.new").exists()


def test_a_machine_has_room_for_more_than_a_few_nodes(tmp_path: Path) -> None:
    limit = tmp_path / "max_user_instances"
    limit.write_text("128\n")
    assert inotify.make_room(limit) is None
    assert int(limit.read_text()) >= 9 * 400
    limit.write_text("1000000\n")
    assert inotify.make_room(limit) is None
    assert limit.read_text() == "1000000\n"


def test_where_the_limit_cannot_be_raised_it_is_told(tmp_path: Path) -> None:
    limit = mock.Mock(read_text=lambda: "128", write_text=mock.Mock(side_effect=PermissionError))
    said = inotify.make_room(limit)
    assert said
    assert "about 14 nodes" in said
    assert "sysctl -w fs.inotify.max_user_instances=" in said
    assert inotify.make_room(tmp_path / "none") is None
