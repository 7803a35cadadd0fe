"""The way from a tenant network to the world: slirp4netns and NAT inside the network's namespace.

The host's own network settings stay as they are. What the host can reach, the
nodes can, but for the host's loopback.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import select
import shutil
import subprocess
from pathlib import Path

from disco.embedded.nodes.net.netns import NetNamespace

log = logging.getLogger(__name__)

SWITCH = "DISCO_EMBEDDED_EGRESS"
_DEVICE = "tap0"
_POOLS = ("10.0.2.0/24", "172.31.254.0/24", "192.168.254.0/24")
_READY_S = 5.0


def missing() -> str | None:
    """Why nodes cannot reach the internet, in one sentence; None when they can."""
    if os.environ.get(SWITCH, "").lower() in {"off", "0", "no", "false"}:
        return f"nodes cannot reach the internet: {SWITCH} is off"
    if not shutil.which("slirp4netns"):
        return "nodes cannot reach the internet: install slirp4netns"
    if not (_tool("nft") or _tool("iptables")):
        return "nodes cannot reach the internet: install nftables or iptables"
    return None


def _tool(name: str) -> str | None:
    """The path of an administrator's tool, which may not be in an ordinary user's PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


class Egress:
    """slirp4netns for one network namespace, with NAT for what comes out of ``bridge``."""

    def __init__(self, netns: NetNamespace, cidr: str, bridge: str, log_file: Path) -> None:
        """Raises OSError when the machine does not allow it."""
        tenant = ipaddress.ip_network(cidr)
        pool = next(p for p in _POOLS if not ipaddress.ip_network(p).overlaps(tenant))
        nameserver = str(ipaddress.ip_network(pool)[3])
        self._process = self._start(netns, pool, log_file)
        try:
            _translate(netns, bridge, nameserver)
        except OSError:
            self.close()
            raise

    @staticmethod
    def _start(netns: NetNamespace, pool: str, log_file: Path) -> subprocess.Popen[bytes]:
        ready, inherited = os.pipe()
        try:
            with log_file.open("wb") as out:
                process = subprocess.Popen(
                    [
                        "slirp4netns",
                        "--configure",
                        "--mtu=65520",
                        "--disable-host-loopback",
                        f"--cidr={pool}",
                        "--netns-type=path",
                        f"--ready-fd={inherited}",
                        netns.path,
                        _DEVICE,
                    ],
                    pass_fds=[inherited],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                )
            os.close(inherited)
            inherited = -1
            if select.select([ready], [], [], _READY_S)[0] and os.read(ready, 1):
                return process
            process.kill()
            process.wait()
            raise OSError("slirp4netns: " + log_file.read_text("utf-8", "replace").strip()[-300:])
        finally:
            os.close(ready)
            if inherited >= 0:
                os.close(inherited)

    def close(self) -> None:
        """Cut the network off."""
        self._process.terminate()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _translate(netns: NetNamespace, bridge: str, nameserver: str) -> None:
    """NAT outwards, and every DNS question to slirp4netns, which asks the host's own resolver."""
    nft, iptables = _tool("nft"), _tool("iptables")
    if nft:
        rules = f"""\
table ip disco {{
    chain postrouting {{
        type nat hook postrouting priority 100;
        oifname "{_DEVICE}" masquerade
    }}
    chain prerouting {{
        type nat hook prerouting priority -100;
        iifname "{bridge}" udp dport 53 dnat to {nameserver}
        iifname "{bridge}" tcp dport 53 dnat to {nameserver}
    }}
}}
"""
        try:
            netns.run([nft, "-f", "-"], rules)
            return
        except OSError as exc:
            if not iptables:
                raise
            log.info("%s; trying iptables", exc)
    assert iptables is not None
    nat = [iptables, "-w", "-t", "nat", "-A"]
    netns.run([*nat, "POSTROUTING", "-o", _DEVICE, "-j", "MASQUERADE"])
    for protocol in ("udp", "tcp"):
        match = ["PREROUTING", "-i", bridge, "-p", protocol, "--dport", "53"]
        netns.run([*nat, *match, "-j", "DNAT", "--to-destination", nameserver])
