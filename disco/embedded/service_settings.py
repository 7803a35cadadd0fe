"""The configuration of the service on the embedded cloud: the cloud's settings over a user's.

The service reads one file. It is written to the state folder at each start, with what the user's
own file has, but for what belongs to the cloud: where it is, and that all of it is on loopback.
"""

from __future__ import annotations

import configparser
import os
import secrets
from pathlib import Path

from disco.embedded.control.config_files import NODE_SIDE_HOST
from disco.errors import ConfigurationError

#: settings that are files, or folders with ":" between them; a user's are relative to their file
PATHS = {
    ("general", "log_file"),
    ("service_manager", "manifest"),
    ("disco", "audit_log"),
    ("disco", "ca_file"),
    ("disco", "certificate"),
    ("disco", "framework_directory"),
    ("disco", "key"),
    ("disco", "key_secret"),
    ("disco", "verify"),
}
_NOT_FILES = ("", "-", *configparser.ConfigParser.BOOLEAN_STATES)
_HEAD = "# Written at each start of the embedded cloud; changes are lost.\n"


def read_settings(path: Path | None) -> configparser.ConfigParser:
    """What a user's file has, with paths that do not depend on where it is; nothing without one.

    Raises:
        ConfigurationError: the file cannot be read, or is not one of settings.
    """
    settings = configparser.ConfigParser(interpolation=None)
    if path is None:
        return settings
    try:
        settings.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigurationError(f"{path} cannot be read: {reason}") from None
    except configparser.Error as error:
        said = " ".join(str(error).split())
        raise ConfigurationError(f"{path} is not a file of settings: {said}") from None
    for section, key in PATHS:
        if settings.has_option(section, key):
            settings[section][key] = _absolute(settings[section][key], path.resolve().parent)
    return settings


def _absolute(value: str, folder: Path) -> str:
    """Paths as they are from anywhere; what is no path stays for the service to refuse."""
    parts = [part.strip() for part in value.split(":")]
    try:
        return ":".join(
            part if part.lower() in _NOT_FILES else str(folder / Path(part).expanduser())
            for part in parts
        )
    except RuntimeError:  # the home of nobody
        return value


def write_settings(
    target: Path,
    wanted: configparser.ConfigParser,
    *,
    auth_url: str,
    port: int,
    has_nodes: bool,
) -> None:
    """Write the service's file: the user's settings where the cloud leaves the choice."""
    usual = {
        ("general", "log_file"): "logs/disco.log",
        ("disco", "waitcondition"): str(has_nodes),
    }
    cloud = {
        ("service_manager", "design_uri"): auth_url,
        ("disco", "host"): "127.0.0.1",
        ("disco", "port"): str(port),
        ("disco", "node_host"): NODE_SIDE_HOST,
    }
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_dict(wanted)
    for (section, key), value in (*usual.items(), *cloud.items()):
        if not settings.has_section(section):
            settings.add_section(section)
        if (section, key) in cloud or not settings[section].get(key):
            settings[section][key] = value
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with draft.open("w", encoding="utf-8") as file:
        draft.chmod(0o600)
        file.write(_HEAD)
        settings.write(file)
    os.replace(draft, target)
