"""Users of the embedded cloud, as its administrator sees them by Keystone's API."""

from __future__ import annotations

from typing import Any

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

from disco.embedded.control.config_files import REGION, keystone_url
from disco.errors import ConfigurationError

#: what a tenant of the cloud is given
MEMBER_ROLES = ("member", "heat_stack_owner")


def _session(port: int, user: str, password: str) -> session.Session:
    auth = v3.Password(
        keystone_url(port) + "/v3", username=user, password=password, project_name=user,
        user_domain_id="default", project_domain_id="default",
    )  # fmt: skip
    return session.Session(auth=auth)


def add_project(port: int, admin_password: str, name: str, password: str) -> None:
    """Make a project and a user, both called ``name``; what is there is left alone."""
    keystone: Any = client.Client(
        session=_session(port, "admin", admin_password), interface="public", region_name=REGION
    )
    projects = keystone.projects.list(domain="default", name=name)
    project = projects[0] if projects else keystone.projects.create(name, "default")
    users = keystone.users.list(domain="default", name=name)
    user = users[0] if users else keystone.users.create(name, domain="default", password=password)
    roles = {role.name: role for role in keystone.roles.list()}
    for role in MEMBER_ROLES:
        keystone.roles.grant(roles[role], user=user, project=project)


def authentication_works(port: int, user: str, password: str) -> bool:
    """Whether ``user`` of this state directory can log in at ``port``."""
    try:
        return bool(_session(port, user, password).get_token())
    except exceptions.ClientException:
        return False


def check_object_store(port: int, user: str, password: str) -> None:
    """Look at the account of ``user``: that takes all of the object store, and Keystone.

    Raises:
        ConfigurationError: the account cannot be read; says what came instead.
    """
    try:
        session_of_user = _session(port, user, password)
        session_of_user.get("", endpoint_filter={"service_type": "object-store"}, timeout=60)
    except exceptions.ClientException as error:
        raise ConfigurationError(
            f"The embedded object store does not work: {error}",
            hint="What it says is in logs/object_store.log of the state directory.",
        ) from error
