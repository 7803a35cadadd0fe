"""A DISCO of its own before whatever cloud OS_CLOUD or the OS_* variables name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openstack.config import OpenStackConfig

from disco.doctor.finding import Patient
from disco.doctor.project import _unfit
from disco.openstack.session import Login
from tests.support.service import ServiceProcess, running_service
from tests.support.shell import ROOT, Shell

#: what `make smoke` sets
SWITCH = "DISCO_SMOKE"
#: variables that are passed on to the commands
_PASSED = ("OS_", "XDG_", "HOME", "PATH", "LANG", "REQUESTS_CA_BUNDLE", "SSL_CERT", "no_proxy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get(SWITCH):
        return
    skip = pytest.mark.skip(reason="against a cloud of yours: OS_CLOUD=... make smoke")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(skip)


@dataclass(frozen=True)
class Choice:
    """What clusters are made of, by the names of the cloud."""

    image: str
    flavor: str
    external_network: str

    def options(self) -> tuple[str, ...]:
        chosen = ("--image", self.image, "--flavor", self.flavor)
        return (*chosen, "--external-network", self.external_network)


@dataclass(frozen=True)
class Cloud:
    """The cloud and the project of the credentials."""

    patient: Patient
    auth_url: str
    verify: bool | str

    def choose(self) -> Choice:
        """The smallest that will do, unless IMAGE, FLAVOR and EXTERNAL_NETWORK say otherwise."""
        known = self.patient.cloud
        images = sorted((i for i in known.images() if not _unfit(i)), key=_likely)
        flavors = sorted((f for f in known.flavors() if f.ram_mb >= 2048), key=lambda f: f.ram_mb)
        disks = [f for f in flavors if f.disk_gb] or flavors
        external = [n for n in known.networks() if n.get("router:external")]
        return Choice(
            os.environ.get("IMAGE") or images[0]["name"],
            os.environ.get("FLAVOR") or disks[0].name,
            os.environ.get("EXTERNAL_NETWORK") or external[0]["name"],
        )

    def inventory(self) -> dict[str, set[str]]:
        """Everything of the project that a cluster could leave: name of the list, ids."""
        login, cloud = self.patient.login, self.patient.cloud
        mine = {"project_id": login.project_id}
        lists: dict[str, list[Mapping[str, Any]]] = {
            "servers": cloud.pages("compute", "/servers", "servers"),
            "networks": cloud.pages("network", "/networks", "networks", **mine),
            "subnets": cloud.pages("network", "/subnets", "subnets", **mine),
            "routers": cloud.pages("network", "/routers", "routers", **mine),
            "ports": cloud.pages("network", "/ports", "ports", **mine),
            "floatingips": cloud.pages("network", "/floatingips", "floatingips", **mine),
            "security_groups": cloud.pages(
                "network", "/security-groups", "security_groups", **mine
            ),
        }
        found = {name: {str(one["id"]) for one in entries} for name, entries in lists.items()}
        pairs = cloud.get("compute", "/os-keypairs")["keypairs"]
        found["key pairs"] = {p["keypair"]["name"] for p in pairs}
        heat = login.session.get_endpoint(
            service_type="orchestration", interface="public", region_name=login.region
        )
        stacks = login.session.get(f"{str(heat).rstrip('/')}/stacks").json()["stacks"]
        found["stacks"] = {s["stack_name"] for s in stacks}
        return found


def _likely(image: Mapping[str, Any]) -> tuple[int, str]:
    name = f"{image.get('os_distro')} {image.get('name')}".lower()
    place = next((n for n, word in enumerate(("disco", "debian", "ubuntu")) if word in name), 9)
    return place, str(image.get("name"))


@pytest.fixture(scope="session")
def cloud() -> Cloud:
    region = OpenStackConfig(app_name="disco").get_one()
    session = region.get_session()
    session.timeout = 60
    auth: Any = session.auth
    told = auth.get_access(session)
    name = region.config.get("region_name") or None
    login = Login(session, told.project_id, told.user_id, told.expires.timestamp(), name)
    return Cloud(Patient(login), auth.auth_url, session.verify)


@pytest.fixture(scope="session")
def service(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("smoke")
    settings = {} if cloud.verify is True else {"verify": str(cloud.verify)}
    with running_service(folder, cloud.auth_url, **settings) as process:
        yield process


@pytest.fixture(scope="session")
def shell(service: ServiceProcess, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    kept = {k: v for k, v in os.environ.items() if k.startswith(_PASSED)}
    env = {**kept, "DISCO": service.base, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    assert sys.executable
    return Shell(env, tmp_path_factory.mktemp("home"))
