"""Keystone in a process of its own: ``python -m disco.embedded.control.keystone_process``."""

from __future__ import annotations

import os

from disco.embedded.control.child_process import child_arguments, serve
from disco.embedded.control.config_files import REGION, keystone_url
from disco.embedded.patches import bootstrap_backends, saml
from disco.embedded.state_dir import StateDir, facts

THREADS = 12


def _migrate() -> None:
    """What ``keystone-manage`` does with db_sync, fernet_setup and credential_setup.

    In this process, because each of those commands takes seconds to load.
    """
    import keystone.conf
    from keystone.cmd import cli
    from keystone.common import fernet_utils
    from keystone.common.sql import upgrades
    from keystone.credential.providers import fernet

    upgrades.offline_sync_database_to_version(None)
    cli.BasePermissionsSetup.initialize_fernet_repository(None, None, "fernet_tokens")
    keys = fernet_utils.FernetUtils(
        keystone.conf.CONF.credential.key_repository, fernet.MAX_ACTIVE_KEYS, "credential"
    )
    keys.create_key_directory(None, None)
    if keys.validate_key_repository(requires_write=True):
        keys.initialize_key_repository(None, None)


def _bootstrap(port: int, admin_password: str) -> None:
    """What ``keystone-manage bootstrap`` does, on the backends that are loaded already."""
    from keystone.cmd import bootstrap

    bootstrap_backends.apply()
    first = bootstrap.Bootstrapper()
    first.admin_password = admin_password
    first.admin_username = first.project_name = first.admin_role_name = "admin"
    first.service_name = "keystone"
    first.region_id = REGION
    first.public_url = first.internal_url = first.admin_url = keystone_url(port) + "/v3"
    first.immutable_roles = True
    first.bootstrap()


def _load_policies() -> None:
    """Read what is allowed before anybody asks.

    Else the first request does, and those beside it are refused: for them half of the rules
    are not there yet.
    """
    from keystone.common.rbac_enforcer.enforcer import RBACEnforcer

    RBACEnforcer()._enforcer.load_rules()


def main() -> None:
    """Run Keystone until SIGTERM."""
    arguments = child_arguments("keystone")
    state = StateDir(arguments.state)
    os.umask(0o077)
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)
    from disco.embedded.patches import sqlite

    sqlite.apply(state["keystone"] / "keystone.db")
    marker, now = state.marker(), facts(arguments.port, object_store=arguments.object_store)
    migrate = marker.get("keystone") != now["keystone"]
    saml.apply()
    from keystone.server.flask import core

    application = core.initialize_application(
        "public",
        post_log_configured_function=_migrate if migrate else lambda: None,
        config_files=[str(state["keystone"] / "keystone.conf")],
    )
    sqlite.serialise_writers()
    if marker != now:
        _bootstrap(arguments.port, state.secrets()["admin"])
        from disco.embedded.control.accounts import populate

        populate(arguments.port, state.secrets(), object_store=arguments.object_store)
    _load_policies()
    serve(application, arguments.port, THREADS, on_stop=lambda: None)


if __name__ == "__main__":
    main()
