from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from disco.embedded.nodes.agent import launch
from disco.embedded.nodes.protocol import NetworkSpec
from tests.nodes.host.cloud import Cloud, until

NAMES = ("master", "worker")
#: enabled once by user data, runs at every boot: tells how often the node booted
BEACON = r"""
cat > /usr/local/bin/beacon <<'X'
#!/bin/bash
echo x >> /var/lib/beacon
until curl -sSf -X PUT --data-binary "$(hostname) $(wc -l < /var/lib/beacon)" URL/beacon
do sleep 0.2; done
exec sleep infinity
X
chmod 0755 /usr/local/bin/beacon
cat > /etc/systemd/system/beacon.service <<'X'
[Unit]
After=network-online.target
[Service]
ExecStart=/usr/local/bin/beacon
[Install]
WantedBy=multi-user.target
X
echo x >> /var/lib/user-data-runs
systemctl daemon-reload
systemctl enable -q --now beacon.service
echo said-by-user-data
tell started "$(hostname) $(hostname -I | xargs)"
"""
WORDS = "said-by-user-data"


@dataclass
class Cluster:
    """One network, a master at .10 with a floating IP, a worker at .11."""

    network: NetworkSpec
    master: str
    worker: str
    floating_ip: str


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    directory = tmp_path_factory.mktemp("cloud")
    status = launch.detect("auto", directory)
    if status.mode == "none":
        pytest.skip(f"no nodes on this machine: {status.reason}")
    cloud = Cloud(directory, status.mode)
    yield cloud
    cloud.close()


@pytest.fixture(scope="session")
def cluster(cloud: Cloud) -> Cluster:
    network = cloud.network()
    script = BEACON.replace("URL", f"http://169.254.169.254:{cloud.signals.port}")
    nodes = [cloud.node(network, 10 + i, name, script) for i, name in enumerate(NAMES)]
    floating_ip = cloud.address()
    cloud.client.floating_ip_up(floating_ip, network.network_id, "10.77.0.10")
    for node in nodes:
        cloud.state_of(node, "ACTIVE", "ERROR", seconds=300)
    until(
        lambda: len(cloud.signals.bodies("started")) >= len(NAMES),
        "user data ran on all nodes",
        240,
    )
    return Cluster(network, *nodes, floating_ip)
