"""Only root's processes on a node reach the metadata service, where the user data are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import SHELL, Node

#: Two network namespaces joined by a wire: a node, and the metadata service behind it.
WORLD = """
set -e
unshare -n sleep 60 & cloud=$!
trap 'kill $cloud' EXIT
until [[ $(readlink /proc/$cloud/ns/net) != $(readlink /proc/self/ns/net) ]]; do :; done
ip link set lo up
ip link add wire type veth peer name wire netns $cloud
ip addr add 10.9.8.1/24 dev wire; ip link set wire up
inside() { nsenter -t $cloud -n -- "$@"; }
inside ip link set lo up
inside ip addr add 10.9.8.2/24 dev wire; inside ip addr add 169.254.169.254/32 dev lo
inside ip -6 addr add fe80::a9fe:a9fe/64 dev wire nodad
inside ip link set wire up
ip route add default via 10.9.8.2
for port in 80 8000; do
  nsenter -t $cloud -n -- python3 -m http.server -b :: $port >/dev/null 2>&1 & servers+=" $!"
done
trap 'kill $cloud $servers' EXIT
for port in 80 8000; do
  until inside bash -c "exec 3<>/dev/tcp/169.254.169.254/$port" 2>/dev/null; do :; done
done
# the node's own address is not used before it is known to be nobody else's
until curl -s -m 3 -o /dev/null "http://[fe80::a9fe:a9fe%25wire]/"; do :; done
reaches() { # reaches USER URL
  local does=reads
  setpriv --reuid "$1" --clear-groups curl -s -m 3 -o /dev/null "$2" || does="does not read"
  echo "$1 $does $2"
}
look() {
  for user in 0 1 1000 65534; do reaches $user http://169.254.169.254/; done
  reaches 1000 "http://[fe80::a9fe:a9fe%25wire]/"
  reaches 1000 http://169.254.169.254:8000/
}
"""


def guard(node: Node) -> Path:
    """The script that a node runs at each boot."""
    assert node.run("disco_guard").returncode == 0
    return node.root / "opt/disco/lib/guard"


@pytest.fixture
def world() -> list[str]:
    """The command that runs bash in the namespaces of WORLD."""
    command = ["unshare", "-n", "bash", "-c"]
    tools = ("unshare", "nsenter", "setpriv", "ip")
    if os.geteuid() != 0 or not all(map(shutil.which, tools)):
        pytest.skip("making networks needs root and iproute2")
    if subprocess.run(
        [*command, "ip link add name x0 type veth peer name x1"], check=False
    ).returncode:
        pytest.skip("no networks can be made here")
    return command


def run(command: list[str], script: str) -> str:
    done = subprocess.run(
        [*command, WORLD + script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_only_root_reads_the_user_data(node: Node, world: list[str]) -> None:
    before, after = run(world, f"look; echo; bash {guard(node)}; look").split("\n\n")
    assert "does not" not in before
    assert after.splitlines() == [
        "0 reads http://169.254.169.254/",
        *(f"{user} does not read http://169.254.169.254/" for user in (1, 1000, 65534)),
        "1000 does not read http://[fe80::a9fe:a9fe%25wire]/",
        "1000 reads http://169.254.169.254:8000/",  # no metadata: a mirror, perhaps
    ]


def test_the_rule_is_set_once_however_often_the_unit_starts(node: Node, world: list[str]) -> None:
    script = guard(node)
    rules = run(world, f"bash {script}; bash {script}; ip -d rule; ip -d -6 rule").splitlines()
    ours = [rule for rule in rules if re.search(r" uidrange 1-\d+ ", rule)]
    assert len(ours) == 2
    # what is the kernel's, systemd-networkd leaves alone
    assert all("proto kernel" in rule for rule in ours)


def test_where_routing_has_no_rules_iptables_does_it(node: Node, world: list[str]) -> None:
    if shutil.which("iptables") is None:
        pytest.skip("iptables is not installed")
    node.stand_in("ip", '[[ $* != *"rule add"* ]] || exit 2; exec /usr/sbin/ip "$@"')
    commands = node.systemctl_log.parent / "commands"
    said = run(world, f"PATH={commands}:$PATH bash {guard(node)} 2>/dev/null; look")
    assert "0 reads http://169.254.169.254/" in said
    assert "1000 does not read http://169.254.169.254/" in said


def test_the_guard_fails_where_nothing_can_be_done(node: Node) -> None:
    for name in ("ip", "iptables"):
        node.stand_in(name, "echo no networks here >&2; exit 2")
    done = subprocess.run(
        ["bash", str(guard(node))], env=node.environment(), check=False, capture_output=True
    )
    assert done.returncode != 0
    assert b"no networks here" in done.stderr


def test_a_node_that_cannot_be_guarded_says_so_and_goes_on(node: Node) -> None:
    node.stand_in("systemctl", '[[ $* != "restart disco-guard.service" ]]')
    node.stand_in("journalctl", "echo RTNETLINK answers: Operation not permitted")
    done = node.run("disco_base_setup")
    assert done.returncode == 0, done.stderr
    (line,) = [x for x in node.deployment_log().splitlines() if "warning" in x]
    assert "169.254.169.254" in line
    assert "Operation not permitted" in line


def test_the_rule_is_there_before_anything_else_listens_and_before_the_network(node: Node) -> None:
    assert node.run("disco_base_setup").returncode == 0
    begun = [x.split()[-1] for x in node.systemctl_log.read_text().splitlines() if "restart" in x]
    assert begun[0] == "disco-guard.service"
    unit = (node.root / "etc/systemd/system/disco-guard.service").read_text()
    for line in ("Before=network-pre.target", "Wants=network-pre.target", "Type=oneshot"):
        assert line in unit.splitlines()
    assert "enable disco-guard.service" in node.systemctl_log.read_text()


def test_every_node_has_the_guard() -> None:
    """The facts with the credential are in plain text in each node's user data."""
    setup = (SHELL / "library.sh").read_text().partition("\ndisco_base_setup() {\n")[2]
    assert setup.index("  disco_guard\n") < setup.index("  disco_log_server\n")
