"""Nodes as a user sees them; skipped with the reason on machines that cannot run them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import stat
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from disco.embedded.nodes.agent.client import AgentError
from disco.embedded.nodes.agent.host import cgroup_name
from disco.embedded.nodes.net.floating_ip import ssh_port
from tests.nodes.host.cloud import SSH_OPTIONS, Cloud, until
from tests.nodes.host.conftest import NAMES, WORDS, Cluster


@pytest.fixture
def port(cloud: Cloud) -> int:
    """Where ssh to a floating IP is."""
    return ssh_port()


def beacons(cloud: Cloud) -> list[str]:
    return cloud.signals.bodies("beacon")


def test_user_data_runs_with_name_and_address(cloud: Cloud, cluster: Cluster) -> None:
    assert sorted(cloud.signals.bodies("started"))[:2] == [
        "master 10.77.0.10",
        "worker 10.77.0.11",
    ]


def test_floating_ip_leads_to_ssh(cloud: Cloud, cluster: Cluster, port: int) -> None:
    with socket.create_connection((cluster.floating_ip, port), timeout=5) as connection:
        assert connection.recv(8).startswith(b"SSH-2.0")


@pytest.mark.parametrize("user", ["ubuntu", "debian"])
def test_key_pair_opens_the_default_account(
    cloud: Cloud, cluster: Cluster, port: int, user: str
) -> None:
    assert cloud.ssh(cluster.floating_ip, "sudo id -un; hostname", user, port) == "root\nmaster"


def test_a_node_takes_no_passwords_and_speaks_utf_8(
    cloud: Cloud, cluster: Cluster, port: int
) -> None:
    stranger = [*SSH_OPTIONS, "-p", str(port), "-o", "PubkeyAuthentication=no"]
    refused = subprocess.run(
        ["ssh", *stranger, f"ubuntu@{cluster.floating_ip}", "true"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Permission denied (publickey)" in refused.stderr
    assert cloud.ssh(cluster.floating_ip, "sudo -i locale charmap", port=port) == "UTF-8"


def test_floating_ip_opens_only_what_rules_open(cloud: Cloud, cluster: Cluster) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((cluster.floating_ip, 8786), timeout=5)


def test_nodes_reach_each_other(cloud: Cloud, cluster: Cluster, port: int) -> None:
    script = "nc -w 5 10.77.0.11 22 </dev/null | head -c7"
    assert cloud.ssh(cluster.floating_ip, script, port=port) == "SSH-2.0"


def test_metadata_knows_who_asks(cloud: Cloud, cluster: Cluster, port: int) -> None:
    url = "http://169.254.169.254/openstack/latest"

    def document(name: str) -> dict[str, Any]:
        text = cloud.ssh(cluster.floating_ip, f"curl -sSf {url}/{name}.json", port=port)
        return dict(json.loads(text))

    meta_data = document("meta_data")
    assert meta_data["uuid"] == cluster.master
    assert meta_data["meta"] == {"role": "master"}
    cloud.client.node_metadata(cluster.master, {"role": "master", "leaves": "w"})
    assert document("meta_data")["meta"] == {"role": "master", "leaves": "w"}
    addresses = [n["ip_address"] for n in document("network_data")["networks"]]
    assert addresses == ["10.77.0.10"]


def test_flavor_limits_memory(cloud: Cloud, cluster: Cluster) -> None:
    name = cgroup_name(cloud.state)
    files = [
        *Path("/sys/fs/cgroup").glob(f"memory/{name}/{cluster.master}/memory.limit_in_bytes"),
        *Path("/sys/fs/cgroup").glob(f"{name}/{cluster.master}/memory.max"),
    ]
    if not files:
        pytest.skip("this machine has no memory controller that the agent may use")
    assert int(files[0].read_text()) == 512 << 20


def test_console_log_holds_what_user_data_said(cloud: Cloud, cluster: Cluster) -> None:
    until(lambda: WORDS in cloud.client.console_log(cluster.master), "the console shows it")
    assert len(cloud.client.console_log(cluster.master, 3).splitlines()) == 3


def test_suspend_stops_and_resume_goes_on(cloud: Cloud, cluster: Cluster) -> None:
    script = "while true; do tell tick $RANDOM; sleep 0.1; done"
    node = cloud.node(cluster.network, 61, "ticker", script)

    def ticks() -> int:
        return len(cloud.signals.bodies("tick"))

    until(lambda: ticks() > 2, "the node ticks")
    cloud.client.node_suspend(node)
    assert cloud.client.node_get(node).state == "SUSPENDED"
    # a request under way when the node froze may still arrive; after that, silence
    settled = until(lambda: (n := ticks()) and (_pause(), ticks() == n)[1] and n, "silence", 10)
    _pause()
    assert ticks() == settled
    cloud.client.node_resume(node)
    assert cloud.client.node_get(node).state == "ACTIVE"
    until(lambda: ticks() > settled + 2, "the node ticks again")
    cloud.client.node_delete(node)


def _pause() -> None:
    """Long enough for a running ticker to tick."""
    with socket.socket() as nobody:
        nobody.settimeout(1.0)
        nobody.bind(("127.0.0.1", 0))
        nobody.listen()
        with pytest.raises(TimeoutError):
            nobody.accept()


def test_reboot_keeps_the_disk(cloud: Cloud, cluster: Cluster, port: int) -> None:
    before = len([b for b in beacons(cloud) if b.startswith("master ")])
    cloud.client.node_reboot(cluster.master)
    until(
        lambda: len([b for b in beacons(cloud) if b.startswith("master ")]) > before,
        "enabled units come up after a reboot",
    )
    until(lambda: _ssh_answers(cluster, port), "ssh answers")
    runs = cloud.ssh(cluster.floating_ip, "wc -l < /var/lib/user-data-runs", port=port)
    assert runs == "1", "user data runs once in a node's life"


def test_a_volume_is_a_disk_that_outlives_a_reboot(
    cloud: Cloud, cluster: Cluster, port: int
) -> None:
    volume = str(uuid.uuid4())

    def run(script: str) -> str:
        return cloud.ssh(cluster.floating_ip, f"sudo bash -ec {shlex.quote(script)}", port=port)

    cloud.client.volume_attach(cluster.master, volume, 1)
    device, folder = f"/dev/disk/by-id/virtio-{volume[:20]}", f"/var/lib/disco-volumes/{volume}"
    path = run(f"ls -d {device} {folder} 2>/dev/null || true").strip()
    assert path in (device, folder)
    if path == device:
        run(
            f"mkfs.ext4 -q {device}; mkdir -p /srv/disco; mount {device} /srv/disco;"
            f" echo kept >/srv/disco/file; sync; blkid -p -o value -s UUID {device} >/tmp/uuid;"
            ' echo "UUID=$(</tmp/uuid) /srv/disco ext4 defaults,nofail 0 2" >>/etc/fstab'
        )
        assert run(f"blockdev --getsize64 {device}").strip() == str(1 << 30)
        cloud.client.node_reboot(cluster.master)
        until(lambda: _ssh_answers(cluster, port), "ssh answers")
        until(lambda: "kept" in run("cat /srv/disco/file || true"), "it is mounted again")
    cloud.client.volume_detach(cluster.master, volume)
    assert device not in run(f"ls {device} 2>/dev/null || true")
    assert "/srv/disco " not in run("cat /proc/mounts")
    cloud.client.volume_delete(volume)
    assert not list((cloud.state / "volumes").glob("*"))


def _ssh_answers(cluster: Cluster, port: int) -> bool:
    try:
        with socket.create_connection((cluster.floating_ip, port), timeout=2) as connection:
            return connection.recv(3) == b"SSH"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_new_agent_finds_its_nodes(
    cloud: Cloud, cluster: Cluster, port: int, number: signal.Signals
) -> None:
    before = len(beacons(cloud))
    cloud.stop(number)
    until(lambda: not processes_of(cloud), "no process of a node outlives the agent", 10)
    cloud.start()
    for node in (cluster.master, cluster.worker):
        cloud.state_of(node, "ACTIVE")
    until(
        lambda: {b.split()[0] for b in beacons(cloud)[before:]} >= set(NAMES),
        "all nodes came up again",
    )
    until(lambda: _ssh_answers(cluster, port), "the floating IP leads to the master again")


def processes_of(cloud: Cloud) -> list[str]:
    """Processes in the control groups of the cloud's nodes."""
    pids: list[str] = []
    for root in Path("/sys/fs/cgroup").glob(f"**/{cgroup_name(cloud.state)}"):
        for file in root.glob("**/cgroup.procs"):
            pids += file.read_text().split()
    return pids


def test_networks_with_one_cidr_do_not_meet_and_delete_leaves_nothing(
    cloud: Cloud, cluster: Cluster
) -> None:
    other = cloud.network(cluster.network.cidr)
    script = "tell other $(hostname):$(nc -w 2 -z 10.77.0.11 22 && echo open || echo closed)"
    node = cloud.node(other, 10, "master", script)
    floating_ip = cloud.address()
    cloud.client.floating_ip_up(floating_ip, other.network_id, "10.77.0.10")
    until(lambda: cloud.signals.bodies("other") == ["master:closed"], "the other master is alone")
    cloud.client.node_delete(node)
    cloud.client.floating_ip_down(floating_ip)
    cloud.client.network_down(other.network_id)
    assert cloud.client.node_get(node).state == "DELETED"
    assert not [p for p in cloud.state.rglob("*") if node in p.name or other.network_id in p.name]
    assert not list(Path("/sys/fs/cgroup").glob(f"**/{cgroup_name(cloud.state)}/{node}"))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((floating_ip, 22), timeout=5)


def test_calls_can_be_repeated(cloud: Cloud, cluster: Cluster) -> None:
    cloud.client.network_up(cluster.network)
    cloud.client.node_create(cloud.specs[cluster.master])
    cloud.client.node_resume(cluster.master)
    cloud.client.node_delete("1b5f3a4e-0000-4000-8000-000000000000")
    cloud.client.network_down("1b5f3a4e-0000-4000-8000-000000000000")
    cloud.client.floating_ip_down("127.101.0.77")
    assert cloud.client.node_get(cluster.master).state == "ACTIVE"


def test_unknown_image_is_an_error_that_names_it(cloud: Cloud, cluster: Cluster) -> None:
    node = cloud.node(cluster.network, 62, "odd", image="no-such-image")
    info = cloud.state_of(node, "ERROR")
    assert "no-such-image" in (info.fault or "")
    cloud.client.node_delete(node)


def test_node_that_ends_is_an_error_with_its_last_lines(cloud: Cloud, cluster: Cluster) -> None:
    inits = "/lib/systemd/systemd /usr/local/lib/disco-init"
    script = f"echo my-last-words; rm -rf {inits} /sbin/init; tell dying now"
    node = cloud.node(cluster.network, 63, "dying", script)
    until(lambda: "now" in cloud.signals.bodies("dying"), "user data ran")
    until(lambda: "my-last-words" in cloud.client.console_log(node), "the console shows it")
    cloud.client.node_reboot(node)
    info = cloud.state_of(node, "ERROR")
    assert "Last lines of its console" in (info.fault or "")
    with pytest.raises(AgentError, match="ERROR"):
        cloud.client.node_resume(node)
    cloud.client.node_delete(node)


def test_power_off_from_inside_is_shutoff(cloud: Cloud, cluster: Cluster) -> None:
    node = cloud.node(cluster.network, 64, "sleepy", "systemctl poweroff")
    cloud.state_of(node, "SHUTOFF")
    cloud.client.node_delete(node)


def test_socket_is_the_owners_alone(cloud: Cloud, cluster: Cluster) -> None:
    assert stat.S_IMODE((cloud.state / "agent.sock").stat().st_mode) == 0o600


def test_host_network_is_untouched(cloud: Cloud, cluster: Cluster) -> None:
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    assert "br0" not in links
    assert "tap" not in links
    if os.path.exists("/run/netns"):
        assert not [n for n in os.listdir("/run/netns") if n.startswith("disco")]
