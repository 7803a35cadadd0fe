"""The configuration of the object store: Swift's proxy, and one server of each kind behind it."""

from __future__ import annotations

import configparser
import importlib.util
import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from disco.embedded.control.config_files import HOST, keystone_url
from disco.embedded.patches.token_cache import CACHE_KEY
from disco.embedded.state_dir import StateDir, write_private
from disco.errors import ConfigurationError

#: of the ring: where there is one device, it decides how many folders there are
PARTITION_POWER = 4
DEVICE = "disk"
#: the servers behind the proxy, and the ports by which rings name them; nothing listens there
#: (`disco.embedded.patches.swift_sockets`)
SERVERS = {"account": 6202, "container": 6201, "object": 6200}
#: what signatures of S3 must name, as clients do that were told no region
S3_REGION = "us-east-1"
#: seconds that one server waits for another
PATIENCE_S = 60
#: roles whose users read and write the containers of their project
OPERATOR_ROLES = "admin, member"
#: Swift keeps what it knows of an object beside its bytes
_ATTRIBUTE = "user.swift.metadata"

PIPELINE = (
    "catch_errors gatekeeper healthcheck listing_formats bulk tempurl authtoken s3api s3token"
    " keystoneauth copy container_quotas slo dlo versioned_writes symlink proxy-server"
)


def object_store_url(port: int) -> str:
    """The address of the object store for the host: of S3, and before Swift's ``/v1``.

    Args:
        port: Keystone's, which the others follow.
    """
    return f"http://{HOST}:{port + 2}"


def object_store_dir(state: StateDir) -> Path:
    """The folder of the object store: its configuration, sockets and data."""
    return state["object-store"]


def check_packages() -> None:
    """Raise if Swift is not installed.

    Raises:
        ConfigurationError: it is not; says how it is.
    """
    if importlib.util.find_spec("swift") is None:
        raise ConfigurationError(
            "The object store is not installed.",
            hint="Run: pip install 'disco-clusters[object-store]'",
        )


def prepare_object_store(state: StateDir) -> None:
    """Make the folders, and try whether their file system can hold objects.

    Raises:
        ConfigurationError: it keeps no extended attributes.
    """
    base = object_store_dir(state)
    (base / "devices" / DEVICE).mkdir(mode=0o700, parents=True, exist_ok=True)
    base.chmod(0o700)
    trial = base / "devices" / "trial"
    try:
        trial.touch()
        os.setxattr(trial, _ATTRIBUTE, b"x" * 1024)
    except OSError as error:
        raise ConfigurationError(
            f"The object store cannot keep its data in {base}: {error.strerror or error}.",
            hint="It needs a file system with extended attributes, such as ext4, xfs or btrfs:"
            " choose another --state, or leave out --object-store.",
        ) from error
    finally:
        trial.unlink(missing_ok=True)


def _write(path: Path, sections: Mapping[str, Mapping[str, object]]) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    # Paste's own reader replaces %(name)s
    parser.read_dict(
        {
            section: {key: str(value).replace("%", "%%") for key, value in body.items()}
            for section, body in sections.items()
        }
    )
    text = StringIO()
    parser.write(text)
    write_private(path, text.getvalue())


def write_object_store(state: StateDir, port: int, secrets: Mapping[str, str]) -> None:
    """Write swift.conf and a file for each of its servers.

    Args:
        state: where they go, with all that the servers keep.
        port: Keystone's.
        secrets: the passwords, by account.
    """
    base = object_store_dir(state)
    shared: dict[str, object] = {
        "swift_dir": base,
        "devices": base / "devices",
        # a folder of the machine's own disk
        "mount_check": "false",
        "log_level": "WARNING",
        # there is one of each server, and none to ask in its place: a busy machine is slow, and
        # what it takes long for has not failed
        "conn_timeout": PATIENCE_S,
        "node_timeout": PATIENCE_S,
        # a listing has an object when its upload was answered
        "container_update_timeout": PATIENCE_S,
    }
    _write(base / "swift.conf", {"swift-hash": {"swift_hash_path_suffix": secrets["swift_paths"]}})
    for server in SERVERS:
        _write(
            base / f"{server}-server.conf",
            {
                "DEFAULT": shared,
                "pipeline:main": {"pipeline": f"{server}-server"},
                f"app:{server}-server": {"use": f"egg:swift#{server}"},
            },
        )
    keystone = keystone_url(port) + "/v3"
    account = {
        "auth_type": "password",
        "auth_url": keystone,
        "username": "swift",
        "password": secrets["swift"],
        "user_domain_id": "default",
        "project_name": "service",
        "project_domain_id": "default",
    }
    parts: dict[str, dict[str, object]] = {
        name: {"use": f"egg:swift#{name}"} for name in PIPELINE.split()[:-1]
    }
    parts["authtoken"] = {
        **account,
        "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory",
        "www_authenticate_uri": keystone,
        "cache": CACHE_KEY,
        "service_token_roles_required": "true",  # nosec B105  # no password
        # else access rules of application credentials are refused, not checked
        "service_type": "object-store",
        # public containers, signed addresses and S3 come without a token
        "delay_auth_decision": "true",
    }
    parts["keystoneauth"]["operator_roles"] = OPERATOR_ROLES
    parts["s3api"]["location"] = S3_REGION
    # for how long does not matter: `s3_secrets` keeps none
    parts["s3token"] |= {**account, "auth_uri": keystone}
    parts["s3token"]["secret_cache_duration"] = 1  # nosec B105  # no password
    _write(
        base / "proxy-server.conf",
        {
            "DEFAULT": shared,
            "pipeline:main": {"pipeline": PIPELINE},
            "app:proxy-server": {
                "use": "egg:swift#proxy",
                "account_autocreate": "true",
                "recoverable_node_timeout": PATIENCE_S,
                # else it is not asked for a minute after ten errors
                "error_suppression_limit": 1_000_000,
            },
            **{f"filter:{name}": body for name, body in parts.items()},
        },
    )
