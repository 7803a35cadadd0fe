"""The configuration files of Keystone and Heat in a state directory."""

from __future__ import annotations

import configparser
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from disco.embedded.patches.token_cache import CACHE_KEY
from disco.embedded.state_dir import StateDir, write_private

HOST = "127.0.0.1"
REGION = "RegionOne"
#: the one address of the host that nodes can reach (relayed in their network)
NODE_SIDE_HOST = "169.254.169.254"

#: the query by which the URL of connections that only read differs; seconds, as sqlite.py sets
READ_ONLY_QUERY = "timeout=60"

LOG_LEVELS = ",".join(
    f"{name}=WARNING"
    for name in (
        "heat", "keystone", "keystonemiddleware", "keystoneauth", "alembic", "sqlalchemy",
        "oslo_messaging", "oslo.messaging", "oslo_service", "oslo_policy", "oslo.cache",
        "oslo_db", "dogpile", "stevedore", "urllib3", "routes", "cheroot", "xmlschema", "pycadf",
    )
)  # fmt: skip
# a hundred lines at each start say which resource types are hidden
LOG_LEVELS += ",heat.engine.environment=ERROR,neutronclient=ERROR,py.warnings=ERROR"


def keystone_url(port: int) -> str:
    """Keystone's base URL for the host."""
    return f"http://{HOST}:{port}"


def services_url(port: int) -> str:
    """Base URL of Heat and the catalogues, which share one port."""
    return f"http://{HOST}:{port + 1}"


def _write(path: Path, sections: Mapping[str, Mapping[str, object]]) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_dict({name: dict(body) for name, body in sections.items()})
    text = StringIO()
    parser.write(text)
    # oslo.config expands $name, which no value of ours is meant to use
    write_private(path, text.getvalue().replace("$", "$$"))


def _logging(state: StateDir, name: str) -> dict[str, object]:
    return {
        "log_file": state.logs / f"{name}.log",
        "log_rotation_type": "size",
        "max_logfile_size_mb": 20,
        "max_logfile_count": 3,
        "default_log_levels": LOG_LEVELS,
        "use_stderr": "false",
    }


def write_keystone(state: StateDir, port: int) -> Path:
    """Write keystone.conf; gives its path."""
    base = state["keystone"]
    path = base / "keystone.conf"
    _write(
        path,
        {
            "DEFAULT": {**_logging(state, "keystone"), "public_endpoint": keystone_url(port)},
            "database": {"connection": f"sqlite:///{base}/keystone.db"},
            "fernet_tokens": {"key_repository": base / "fernet-keys"},
            "fernet_receipts": {"key_repository": base / "fernet-keys"},
            "credential": {"key_repository": base / "credential-keys"},
            "token": {"provider": "fernet"},
            # Every password here is 128 random bits: slow hashing would add
            # nothing but 200 ms to each request that comes with a password.
            "identity": {"password_hash_rounds": 4},  # nosec B105  # a number of rounds
            "cache": {"enabled": "true", "backend": "oslo_cache.dict"},
        },
    )
    return path


def heat_paste_file() -> Path:
    """Heat's own api-paste.ini, as its package installed it."""
    return Path(sys.prefix) / "etc" / "heat" / "api-paste.ini"


def write_heat(state: StateDir, port: int, secrets: Mapping[str, str]) -> Path:
    """Write heat.conf; gives its path.

    Limits (resources per stack, template and body size) are Heat's defaults,
    so that this cloud refuses what others refuse.
    """
    base = state["heat"]
    path = base / "heat.conf"
    keystone = keystone_url(port) + "/v3"
    node_side = f"http://{NODE_SIDE_HOST}:{port + 1}/orchestration/v1"
    account: dict[str, object] = {
        "auth_type": "password",
        "auth_url": keystone,
        "username": "heat",
        "password": secrets["heat"],
        "user_domain_id": "default",
    }
    _write(
        path,
        {
            "DEFAULT": {
                **_logging(state, "heat"),
                "transport_url": "fake://",
                "host": "embedded",
                "plugin_dirs": "",
                "environment_dir": base / "environment.d",
                "cloud_backend": "disco.embedded.control.heat_clients.EmbeddedClients",
                "region_name_for_services": REGION,
                "heat_metadata_server_url": f"http://{NODE_SIDE_HOST}:{port + 1}/orchestration",
                "heat_waitcondition_server_url": f"{node_side}/waitcondition",
                "stack_user_domain_name": "heat",
                "stack_domain_admin": "heat_domain_admin",
                "stack_domain_admin_password": secrets["heat_domain_admin"],
                "deferred_auth_method": "trusts",
                "auth_encryption_key": secrets["encryption_key"],
                # measured in docs/measurements.md
                "convergence_engine": "true",
                # a stack that waits for its nodes holds one all the while
                "executor_thread_pool_size": 64,
                # five retries take a minute; here a conflict does not go away by waiting
                "action_retry_limit": 1,
                "rpc_response_timeout": 120,
            },
            "database": {
                "connection": f"sqlite:///{base}/heat.db",
                # for what only reads
                "slave_connection": f"sqlite:///{base}/heat.db?{READ_ONLY_QUERY}",
            },
            "paste_deploy": {"api_paste_config": heat_paste_file()},
            "keystone_authtoken": {
                **account,
                "www_authenticate_uri": keystone,
                "service_token_roles_required": "true",  # nosec B105  # a switch
                "cache": CACHE_KEY,
                # else access rules of application credentials are refused, not checked
                "service_type": "orchestration",
                "project_name": "service",
                "project_domain_id": "default",
            },
            "trustee": account,
            "clients_keystone": {"auth_uri": keystone_url(port)},
            # goes into curl_cli of wait condition handles, which run on nodes
            "clients_heat": {"url": f"{node_side}/%(tenant_id)s"},
            "ec2authtoken": {"auth_uri": keystone},
            "cache": {"enabled": "false"},
        },
    )
    return path


def write_openrc(state: StateDir, port: int, user: str, password: str) -> None:
    """Write the shell file that users source."""
    values = {
        "OS_AUTH_URL": keystone_url(port) + "/v3",
        "OS_USERNAME": user,
        "OS_PASSWORD": password,
        "OS_PROJECT_NAME": user,
        "OS_TENANT_NAME": user,
        "OS_REGION_NAME": REGION,
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_IDENTITY_API_VERSION": "3",
    }
    lines = "".join(f"export {name}={value}\n" for name, value in values.items())
    write_private(state.openrc, lines)
