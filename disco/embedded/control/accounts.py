"""Projects, users, roles and endpoints of the embedded cloud, put into its Keystone.

Keystone's own process does it before it serves, with the managers that ``keystone-manage
bootstrap`` uses: as requests, this took longer than all else that a first start does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from keystone import exception
from keystone.common import driver_hints, provider_api

from disco.embedded.control.config_files import REGION, services_url
from disco.embedded.control.object_store_config import object_store_url
from disco.embedded.control.tenants import MEMBER_ROLES

DOMAIN = "default"
ENDPOINTS = {
    "orchestration": ("heat", "/orchestration/v1/%(tenant_id)s"),
    "compute": ("nova", "/compute/v2.1"),
    "image": ("glance", "/image"),
    "network": ("neutron", "/network"),
    "volumev3": ("cinder", "/volume/v3/%(tenant_id)s"),
}
#: with an object store; its S3 interface is a service of its own in catalogues that name one
STORE_ENDPOINTS = {"object-store": ("swift", "/v1/AUTH_%(tenant_id)s"), "s3": ("s3", "")}

MANAGERS = provider_api.ProviderAPIs


def _role(name: str) -> str:
    key = uuid.uuid4().hex
    try:
        MANAGERS.role_api.create_role(key, {"id": key, "name": name, "domain_id": None})
    except exception.Conflict:
        return str(MANAGERS.role_api.get_unique_role_by_name(name)["id"])
    return key


def _project(name: str) -> str:
    key = uuid.uuid4().hex
    project = {"id": key, "name": name, "domain_id": DOMAIN, "enabled": True, "description": ""}
    try:
        MANAGERS.resource_api.create_project(key, project)
    except exception.Conflict:
        return str(MANAGERS.resource_api.get_project_by_name(name, DOMAIN)["id"])
    return key


def _domain(name: str) -> str:
    key = uuid.uuid4().hex
    domain = {"id": key, "name": name, "enabled": True, "description": ""}
    try:
        MANAGERS.resource_api.create_domain(key, domain)
    except exception.Conflict:
        return str(MANAGERS.resource_api.get_domain_by_name(name)["id"])
    return key


def _user(name: str, password: str, domain: str = DOMAIN) -> str:
    user = {"name": name, "domain_id": domain, "password": password, "enabled": True}
    try:
        return str(MANAGERS.identity_api.create_user(user)["id"])
    except exception.Conflict:
        return str(MANAGERS.identity_api.get_user_by_name(name, domain)["id"])


def populate(port: int, secrets: Mapping[str, str], *, object_store: bool) -> None:
    """Everything beyond Keystone's own bootstrap; what is already right is left alone.

    Args:
        port: Keystone's port, which that of the endpoints follows from.
        secrets: the passwords, by account.
        object_store: whether there is one; the catalogue names it only then.
    """
    grant = MANAGERS.assignment_api.create_grant
    _role("heat_stack_user")
    service, heat = _project("service"), _user("heat", secrets["heat"])
    for user in (heat, _user("swift", secrets["swift"])):
        for role in ("admin", "service"):
            grant(_role(role), user_id=user, project_id=service)
    domain = _domain("heat")
    domain_admin = _user("heat_domain_admin", secrets["heat_domain_admin"], domain)
    grant(_role("admin"), user_id=domain_admin, domain_id=domain)
    members = [_role(role) for role in MEMBER_ROLES]
    for name in ("demo", "other"):
        project, user = _project(name), _user(name, secrets[name])
        for member in members:
            grant(member, user_id=user, project_id=project)
    _endpoints(ENDPOINTS, services_url(port))
    if object_store:
        _endpoints(STORE_ENDPOINTS, object_store_url(port))
    else:
        _remove_services(STORE_ENDPOINTS)


def _found(list_some: Any, **wanted: str) -> dict[str, Any] | None:
    hints = driver_hints.Hints()
    for name, value in wanted.items():
        hints.add_filter(name, value)
    return next(iter(list_some(hints)), None)


def _remove_services(kinds: Iterable[str]) -> None:
    """Take services out of the catalogue, with their endpoints."""
    for kind in kinds:
        if service := _found(MANAGERS.catalog_api.list_services, type=kind):
            MANAGERS.catalog_api.delete_service(service["id"])


def _endpoints(services: Mapping[str, tuple[str, str]], base: str) -> None:
    catalogue = MANAGERS.catalog_api
    for kind, (name, path) in services.items():
        key = uuid.uuid4().hex
        service = _found(catalogue.list_services, type=kind) or catalogue.create_service(
            key, {"id": key, "type": kind, "name": name, "enabled": True}
        )
        url = base + path
        for interface in ("public", "internal"):
            end = {"service_id": service["id"], "interface": interface, "region_id": REGION}
            there = _found(catalogue.list_endpoints, **end)
            if there is None:
                key = uuid.uuid4().hex
                catalogue.create_endpoint(key, {**end, "id": key, "url": url, "enabled": True})
            elif there["url"] != url:
                catalogue.update_endpoint(there["id"], {**there, "url": url})
