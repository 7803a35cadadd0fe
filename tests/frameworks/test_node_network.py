"""Nodes behind a proxy, in a cloud with its own CA: what is inside of a cluster needs neither.

The proxy is one that nobody can reach, so that whatever is sent to it fails. The nodes of the
embedded cloud reach Heat and the mirror at 169.254.169.254, which is never behind a proxy.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frameworks.site import Cluster, running_site
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

#: of the range for documentation: nothing is there
PROXY = "http://me:geheim@192.0.2.9:3128"


def make_ca(folder: Path) -> Path:
    path = folder / "ca.pem"
    curve = "ec_paramgen_curve:P-256"
    line = f"openssl req -x509 -newkey ec -pkeyopt {curve} -nodes -keyout ca.key -out ca.pem"
    words = [*line.split(), "-subj", "/CN=A Company", "-days", "2"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("network")
    ca = str(make_ca(folder))
    proxies = {"heat.httpproxy": PROXY, "heat.httpsproxy": PROXY, "heat.noproxy": ".corp"}
    with (
        running_site(folder, [], ca_file=ca) as site,
        site.cluster("{'dask': '', 'jupyter': ''}", 2, "m1.small", proxies) as found,
    ):
        yield found


def test_frameworks_and_smoke_jobs_do_not_ask_the_proxy(cluster: Cluster) -> None:
    assert set(cluster.smoke) == {"dask", "jupyter"}


@pytest.mark.parametrize("node", ["disco-manager", "disco-worker-2"])
def test_people_and_the_system_are_told(cluster: Cluster, node: str) -> None:
    said = cluster.run("bash -lc 'echo $https_proxy; echo $no_proxy'", node)
    proxy, direct = said.split()
    assert proxy == PROXY
    assert {"localhost", "169.254.169.254", "disco-worker-1", ".corp"} <= set(direct.split(","))
    said = cluster.run("apt-config dump Acquire::https::Proxy", node)
    assert PROXY in said
    # a name of the cluster is asked directly, and everything else the proxy
    ask = "bash -lc 'curl -sS -m 3 -o /dev/null -w %{{http_code}} {} 2>&1 || true'"
    assert cluster.run(ask.format("http://disco-manager:8084/status.json"), node) == "200"
    assert "curl: (28)" in cluster.run(ask.format("http://example.org/"), node)


@pytest.mark.parametrize("node", ["disco-manager", "disco-worker-1"])
def test_the_company_s_ca_is_among_those_that_a_node_trusts(cluster: Cluster, node: str) -> None:
    said = cluster.run(
        "openssl verify -CAfile /etc/ssl/certs/ca-certificates.crt"
        " /usr/local/share/ca-certificates/disco-1.crt",
        node,
    )
    assert said.strip().endswith("OK")


def test_the_password_is_in_no_log_and_in_nothing_that_is_shown(cluster: Cluster) -> None:
    assert "geheim" not in str(cluster.shown)
    logs = cluster.run("cat $(find /home/ubuntu/webserver -type f) /etc/disco/node.env")
    assert "geheim" not in logs
