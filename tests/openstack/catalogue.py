"""What a cloud's operator sets up: accounts, endpoints, flavors, image, external network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import openstack

from tests.openstack.settings import (
    ADMIN,
    EXTERNAL_CIDR,
    EXTERNAL_NETWORK,
    EXTERNAL_POOL,
    IMAGE,
    OTHER,
    PUBLIC,
    REGION,
    SECRET,
    USER,
    Account,
)

SERVICES = {
    "glance": ("image", 9292, ""),
    "placement": ("placement", 8778, ""),
    "nova": ("compute", 8774, "/v2.1"),
    "neutron": ("network", 9696, ""),
    "heat": ("orchestration", 8004, "/v1/%(tenant_id)s"),
}
FLAVORS = (
    ("m1.tiny", 1, 512, 1),
    ("m1.small", 1, 2048, 20),
    ("m1.medium", 2, 4096, 40),
    ("m1.large", 4, 8192, 80),
)
AGENTS = {"neutron-linuxbridge-agent", "neutron-l3-agent", "neutron-dhcp-agent"}
COMPUTE = {"nova-compute", "nova-conductor", "nova-scheduler"}


def connect(who: Account = ADMIN, region: str = REGION, ca: Path | None = None) -> Any:
    """The cloud's own client (openstacksdk), for somebody."""
    names = who.openrc(region)
    words = ("auth_url", "username", "password", "project_name")
    domains = ("user_domain_name", "project_domain_name")
    auth = {word: names[f"OS_{word.upper()}"] for word in (*words, *domains)}
    return openstack.connect(
        auth=auth,
        region_name=region,
        load_envvars=False,
        load_yaml_config=False,
        verify=str(ca) if ca else True,
    )


def set_up_identity(cloud: Any) -> None:
    """Roles, service accounts, endpoints, Heat's domain, and the projects of users."""
    keystone = cloud.identity
    for name in ("service", "heat_stack_owner", "heat_stack_user"):
        keystone.find_role(name) or keystone.create_role(name=name)
    roles = {role.name: role for role in keystone.roles()}
    service = keystone.create_project(name="service", domain_id="default")
    for name, (kind, port, path) in SERVICES.items():
        user = keystone.create_user(name=name, password=SECRET, domain_id="default")
        for role in ("admin", "service"):
            keystone.assign_project_role_to_user(service, user, roles[role])
        made = keystone.create_service(name=name, type=kind)
        for interface in ("public", "internal", "admin"):
            keystone.create_endpoint(
                service_id=made.id,
                interface=interface,
                url=f"http://{PUBLIC}:{port}{path}",
                region_id=REGION,
            )
    domain = keystone.create_domain(name="heat")
    user = keystone.create_user(name="heat_domain_admin", password=SECRET, domain_id=domain.id)
    keystone.put(f"/domains/{domain.id}/users/{user.id}/roles/{roles['admin'].id}")
    for who in (USER, OTHER):
        project = keystone.create_project(name=who.project, domain_id="default")
        user = keystone.create_user(name=who.name, password=who.password, domain_id="default")
        keystone.assign_project_role_to_user(project, user, roles["member"])


def wait_until_reported(cloud: Any, hosts: int = 1, seconds: float = 180) -> None:
    """Until every agent and the compute service have told that they are there.

    Raises TimeoutError with those that are missing.
    """
    deadline = time.monotonic() + seconds
    while True:
        agents = {agent.binary for agent in cloud.network.agents() if agent.is_alive}
        services = [one for one in cloud.compute.services() if one.state == "up"]
        compute = {one.binary for one in services}
        up = sum(one.binary == "nova-compute" for one in services)
        lacking = (AGENTS - agents) | (COMPUTE - compute)
        if not lacking and up >= hosts:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"not reported after {seconds:.0f} s: {sorted(lacking)}, or one of {hosts} hosts"
            )
        time.sleep(0.5)


def set_up_cloud(cloud: Any, image: Path) -> None:
    """Flavors, the external network, and the image."""
    for name, cores, memory, disk in FLAVORS:
        cloud.compute.create_flavor(name=name, vcpus=cores, ram=memory, disk=disk)
    network = cloud.network.create_network(
        name=EXTERNAL_NETWORK,
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network="public",
    )
    start, end = EXTERNAL_POOL
    cloud.network.create_subnet(
        name=f"{EXTERNAL_NETWORK}-v4",
        network_id=network.id,
        ip_version=4,
        cidr=EXTERNAL_CIDR,
        gateway_ip=PUBLIC,
        is_dhcp_enabled=False,
        allocation_pools=[{"start": start, "end": end}],
    )
    with image.open("rb") as data:
        cloud.image.create_image(
            name=IMAGE,
            disk_format="raw",
            container_format="bare",
            visibility="public",
            data=data,
            validate_checksum=False,
            wait=True,
            timeout=900,
            os_distro="debian",
            os_version="12",
        )
