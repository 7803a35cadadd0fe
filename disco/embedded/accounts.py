"""Projects, users, roles and endpoints of the embedded cloud, put into its Keystone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

from disco.embedded.settings import REGION, keystone_url, services_url

#: what a tenant of the cloud is given
MEMBER_ROLES = ("member", "heat_stack_owner")
ENDPOINTS = {
    "orchestration": ("heat", "/orchestration/v1/%(tenant_id)s"),
    "compute": ("nova", "/compute/v2.1"),
    "image": ("glance", "/image"),
    "network": ("neutron", "/network"),
    "volumev3": ("cinder", "/volume/v3/%(tenant_id)s"),
}


class Accounts:
    """Keystone's administrator; every method leaves alone what is already right."""

    def __init__(self, port: int, admin_password: str) -> None:
        auth = v3.Password(
            keystone_url(port) + "/v3",
            username="admin",
            password=admin_password,
            project_name="admin",
            user_domain_id="default",
            project_domain_id="default",
        )
        self._keystone: Any = client.Client(
            session=session.Session(auth=auth), interface="public", region_name=REGION
        )
        self._port = port
        self._roles: dict[str, Any] = {}

    def _role(self, name: str) -> Any:
        if not self._roles:
            self._roles = {role.name: role for role in self._keystone.roles.list()}
        if name not in self._roles:
            self._roles[name] = self._keystone.roles.create(name)
        return self._roles[name]

    def _project(self, name: str) -> Any:
        found = self._keystone.projects.list(domain="default", name=name)
        return found[0] if found else self._keystone.projects.create(name, "default")

    def _user(self, name: str, password: str, domain: Any = "default") -> Any:
        found = self._keystone.users.list(domain=domain, name=name)
        if found:
            return found[0]
        return self._keystone.users.create(name, domain=domain, password=password)

    def add_project(self, name: str, password: str) -> None:
        """A project and a user, both called ``name``."""
        project, user = self._project(name), self._user(name, password)
        for role in MEMBER_ROLES:
            self._keystone.roles.grant(self._role(role), user=user, project=project)

    def populate(self, secrets: Mapping[str, str]) -> None:
        """Everything beyond Keystone's own bootstrap."""
        self._role("heat_stack_user")
        service, heat = self._project("service"), self._user("heat", secrets["heat"])
        for role in ("admin", "service"):
            self._keystone.roles.grant(self._role(role), user=heat, project=service)
        domains = self._keystone.domains.list(name="heat")
        domain = domains[0] if domains else self._keystone.domains.create("heat")
        admin = self._user("heat_domain_admin", secrets["heat_domain_admin"], domain)
        self._keystone.roles.grant(self._role("admin"), user=admin, domain=domain)
        for name in ("demo", "other"):
            self.add_project(name, secrets[name])
        self._endpoints()

    def _endpoints(self) -> None:
        services = {service.type: service for service in self._keystone.services.list()}
        present = {
            (endpoint.service_id, endpoint.interface): endpoint
            for endpoint in self._keystone.endpoints.list()
        }
        for kind, (name, path) in ENDPOINTS.items():
            service = services.get(kind) or self._keystone.services.create(name, kind)
            url = services_url(self._port) + path
            for interface in ("public", "internal"):
                endpoint = present.get((service.id, interface))
                if endpoint is None:
                    self._keystone.endpoints.create(service, url, interface, REGION)
                elif endpoint.url != url:
                    self._keystone.endpoints.update(endpoint, url=url)


def authentication_works(port: int, user: str, password: str) -> bool:
    """Whether ``user`` of this state directory can log in at ``port``."""
    auth = v3.Password(
        keystone_url(port) + "/v3", username=user, password=password, project_name=user,
        user_domain_id="default", project_domain_id="default",
    )  # fmt: skip
    try:
        return bool(session.Session(auth=auth).get_token())
    except exceptions.ClientException:
        return False
