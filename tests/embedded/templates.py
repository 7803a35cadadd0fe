"""Templates like those that DISCO renders."""

from __future__ import annotations

import json
from typing import Any

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqWW2xO0aXaZ5vWX0J9Ckq8uR1mM2l5m0Yp4Jq3o8aB x"


def get(name: str) -> dict[str, str]:
    return {"get_resource": name}


def server(**properties: Any) -> dict[str, Any]:
    given = {
        "image": "debian-12",
        "flavor": "m1.small",
        "user_data_format": "RAW",
        "user_data": "#!/bin/sh\necho hello\n",
        **properties,
    }
    return {"type": "OS::Nova::Server", "properties": given}


def network(cidr: str = "192.168.19.0/24") -> dict[str, Any]:
    return {
        "net": {"type": "OS::Neutron::Net"},
        "subnet": {
            "type": "OS::Neutron::Subnet",
            "properties": {
                "network": get("net"),
                "cidr": cidr,
                "allocation_pools": [{"start": "192.168.19.200", "end": "192.168.19.220"}],
            },
        },
    }


def port(address: str | None = None) -> dict[str, Any]:
    fixed: dict[str, Any] = {"subnet": get("subnet")}
    if address:
        fixed["ip_address"] = address
    return {
        "type": "OS::Neutron::Port",
        "properties": {"network": get("net"), "fixed_ips": [fixed]},
    }


def text(resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
    return json.dumps(
        {
            "heat_template_version": "2018-08-31",
            "resources": resources,
            "outputs": outputs or {},
        }
    )


def cluster(workers: int, *, wait: bool = False, key: str = "pair") -> str:
    resources: dict[str, Any] = {
        **network(),
        "router": {
            "type": "OS::Neutron::Router",
            "properties": {"external_gateway_info": {"network": "public"}},
        },
        "interface": {
            "type": "OS::Neutron::RouterInterface",
            "properties": {"router": get("router"), "subnet": get("subnet")},
        },
        "group": {
            "type": "OS::Neutron::SecurityGroup",
            "properties": {
                "rules": [
                    {"protocol": "tcp", "port_range_min": 22, "port_range_max": 22},
                    {"protocol": "tcp", "remote_mode": "remote_group_id"},
                ]
            },
        },
        "key": {
            "type": "OS::Nova::KeyPair",
            "properties": {"name": key, "public_key": PUBLIC_KEY},
        },
        "port": port("192.168.19.10"),
        "address": {
            "type": "OS::Neutron::FloatingIP",
            "properties": {"floating_network": "public"},
        },
        "association": {
            "type": "OS::Neutron::FloatingIPAssociation",
            "depends_on": "interface",
            "properties": {"floatingip_id": get("address"), "port_id": get("port")},
        },
        "master": server(networks=[{"port": get("port")}], key_name=get("key"), name="master"),
        "workers": {
            "type": "OS::Heat::ResourceGroup",
            # a nested stack does not see that its servers use the subnet
            "depends_on": "subnet",
            "properties": {
                "count": workers,
                "resource_def": server(
                    name="worker-%index%", networks=[{"network": get("net")}], key_name=get("key")
                ),
            },
        },
    }
    resources["port"]["properties"]["security_groups"] = [get("group")]
    outputs = {
        "external_ip": {"value": {"get_attr": ["address", "floating_ip_address"]}},
        "internal_ip": {"value": {"get_attr": ["master", "first_address"]}},
    }
    if wait:
        resources["handle"] = {"type": "OS::Heat::WaitConditionHandle"}
        resources["ready"] = {
            "type": "OS::Heat::WaitCondition",
            "properties": {"handle": get("handle"), "count": workers + 1, "timeout": 600},
        }
        outputs["curl"] = {"value": {"get_attr": ["handle", "curl_cli"]}}
    return text(resources, outputs)


def with_volume(template: str, name: str) -> str:
    """The template with a volume of one GB that the server ``master`` has."""
    made = json.loads(template)
    made["resources"]["data"] = {
        "type": "OS::Cinder::Volume",
        "properties": {"name": name, "size": 1, "volume_type": "local"},
    }
    made["resources"]["attachment"] = {
        "type": "OS::Cinder::VolumeAttachment",
        "properties": {"instance_uuid": get("master"), "volume_id": get("data")},
    }
    return json.dumps(made)
