"""What Nova tells an instance about itself, in the layout of OpenStack's config drive.

The same documents are the node's config drive and the answers of its metadata
service. See Nova's "Metadata" chapter for their form.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from disco.embedded.nodes.protocol import NetworkSpec, NodeSpec

VERSIONS = ("2012-08-10", "2013-10-17", "2015-10-15", "2018-08-27", "latest")


def hostname(name: str) -> str:
    """A server's name as a DNS label, by Nova's rules."""
    text = re.sub(r"[ _]", "-", name.strip().lower())
    text = re.sub(r"[^a-z0-9.-]", "", text).strip(".-")
    return text.split(".", 1)[0][:63].rstrip("-") or "server"


def meta_data(spec: NodeSpec) -> dict[str, Any]:
    """The instance's ``meta_data.json``."""
    keys = {spec.key_name or "key": spec.public_key} if spec.public_key else {}
    return {
        "uuid": spec.server_id,
        "name": spec.name,
        "hostname": f"{hostname(spec.name)}.novalocal",
        "launch_index": 0,
        "availability_zone": "nova",
        "project_id": spec.project_id,
        "meta": dict(spec.metadata),
        "public_keys": keys,
        "keys": [{"name": name, "type": "ssh", "data": data} for name, data in keys.items()],
        "devices": [],
    }


def network_data(
    spec: NodeSpec, networks: Mapping[str, NetworkSpec], nameserver: str | None = None
) -> dict[str, Any]:
    """The instance's ``network_data.json``: static addresses, the default route on the first.

    ``nameserver`` takes the place of a network's own, when it names none.
    """
    links, addresses, services = [], [], []
    for index, nic in enumerate(spec.nics):
        network = networks[nic.network_id]
        cidr = ipaddress.ip_network(network.cidr)
        everywhere = "0.0.0.0"  # nosec B104  # the default route, nothing to listen on
        default = {"network": everywhere, "netmask": everywhere, "gateway": network.gateway}
        links.append(
            {
                "id": f"tap{nic.port_id[:11]}",
                "type": "phy",
                "ethernet_mac_address": nic.mac,
                "mtu": 1500,
                "vif_id": nic.port_id,
            }
        )
        addresses.append(
            {
                "id": f"network{index}",
                "type": "ipv4",
                "link": f"tap{nic.port_id[:11]}",
                "network_id": nic.network_id,
                "ip_address": nic.address,
                "netmask": str(cidr.netmask),
                "routes": [default] if index == 0 else [],
            }
        )
        servers = network.dns or ((nameserver,) if nameserver and index == 0 else ())
        services += [{"type": "dns", "address": address} for address in servers]
    return {"links": links, "networks": addresses, "services": services}


def documents(
    spec: NodeSpec, networks: Mapping[str, NetworkSpec], nameserver: str | None = None
) -> dict[str, bytes]:
    """The documents by name, as they stand below ``openstack/<version>/``."""
    documents = {
        "meta_data.json": json.dumps(meta_data(spec)).encode(),
        "network_data.json": json.dumps(network_data(spec, networks, nameserver)).encode(),
        "vendor_data.json": b"{}",
    }
    if spec.user_data:
        documents["user_data"] = spec.user_data.encode()
    return documents
