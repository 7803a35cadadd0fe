"""The service's configuration: the original's ``sm.cfg``, its keys and their meaning.

Unknown keys are a warning, missing ones an error that names them; nothing is
guessed silently. Relative paths are relative to the configuration file, so that
the service can be started from anywhere.
"""

from __future__ import annotations

import configparser
import contextlib
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

from disco.config_values import ConfigValues, shown
from disco.data_files import data_dir
from disco.derived_secrets import read_key_secrets
from disco.errors import ConfigurationError
from disco.node_network import DIRECT, PROXY_SETTINGS, NodeNetwork, read_node_network
from disco.suggestions import suggest
from disco.untrusted import Malformed, read_int

LOG = logging.getLogger(__name__)

#: section -> keys that are understood
KNOWN = {
    "general": {"log_file", "log_format", "manager", "port"},
    "service_manager": {"manifest", "design_uri"},
    "service_manager_admin": {
        "register_service",
        "service_token",
        "service_tenant_name",
        "region",
        "service_endpoint",
    },
    "disco": {
        "framework_directory",
        "host",
        "port",
        "workers",
        "key_secret",
        "waitcondition",
        "node_host",
        "mirror",
        "cloud_timeout",
        "session_cache",
        "verify",
        "interface",
        "certificate",
        "key",
        "behind_proxy",
        "heat_uri",
        "metrics",
        "audit_log",
        "limit_requests",
        "limit_creates",
        "limit_followers",
        "limit_failed_logins",
        *("ca_file", *PROXY_SETTINGS),
    },
}

#: where numbers for Prometheus are served unless another place is named
METRICS = "127.0.0.1:9889"
#: characters of the file; the parser's time for lines that it does not understand is quadratic
MAX_SIZE = 64 * 1024


@dataclass(frozen=True)
class Settings:
    """Everything the service knows before the first request.

    Attributes:
        design_uri: Keystone's endpoint, with or without a version.
        manifest: path of the service manifest.
        framework_directories: folders of components, searched in order.
        key_secrets: what key pairs and passwords are derived from; the first
            is used for new clusters. Never shown.
        wait_condition: whether clusters wait for their nodes unless they say
            otherwise.
        port: TCP port; None for that of the manifest's ``service_endpoint``, as
            in the original.
        node_host: host under which nodes reach Keystone and Heat, where it is not
            the one that the catalogue names.
        mirror: base URL nodes fetch from first, or None.
        node_network: proxies and CA certificates of nodes.
        cloud_timeout: seconds to wait for an answer of the cloud.
        session_cache: seconds after which a caller's credentials are checked again.
        verify: TLS verification, or a CA file.
        interface: of the catalogue's endpoints: public, internal or admin.
        log_file: path of the log, or None for standard error.
        log_format: ``text`` or ``json``.
        certificate, key: of the service itself, with its chain; None without TLS.
        behind_proxy: whether only a proxy, which has TLS, reaches the service.
        heat_uri: Heat's address for ``/ready``; empty to use that of the last session.
        metrics: address and port of ``/metrics``, ``"main"`` for the service's own, or None.
        audit_log: path of the audit log, or None.
        limit_requests: requests of a project in a second, in each process; None: no limit.
        limit_creates, limit_followers: creates and previews, and followers of events, of a
            project at a time, likewise.
        limit_failed_logins: requests of an address with refused credentials in a minute.
    """

    design_uri: str
    manifest: Path
    framework_directories: tuple[Path, ...]
    key_secrets: tuple[bytes, ...] = field(repr=False)
    host: str = "0.0.0.0"  # nosec B104  # the original listens everywhere, too
    port: int | None = None
    workers: int = 2
    wait_condition: bool = True
    node_host: str = ""
    mirror: str | None = None
    node_network: NodeNetwork = DIRECT
    cloud_timeout: float = 60.0
    session_cache: float = 60.0
    verify: bool | str = True
    interface: str = "public"
    log_file: Path | None = None
    log_format: str = "text"
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    heat_uri: str = ""
    metrics: tuple[str, int] | str | None = None
    audit_log: Path | None = None
    limit_requests: int | None = 50
    limit_creates: int | None = 8
    limit_followers: int | None = 6
    limit_failed_logins: int | None = 60
    register_service: bool = False
    service_token: str = field(default="", repr=False)
    service_tenant_name: str = ""
    service_region: str = "RegionOne"
    warnings: tuple[str, ...] = ()


def load_settings(path: Path, write: bool = True) -> Settings:
    """Read ``sm.cfg``; the key secret is made if its file does not exist yet and ``write``.

    Raises:
        ConfigurationError: with every missing or malformed key at once.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        # editors of Windows put a mark before the first line
        with path.open(encoding="utf-8-sig") as stream:
            text = stream.read(MAX_SIZE + 1)
        if len(text) > MAX_SIZE:
            raise ConfigurationError(f"{path}: longer than {MAX_SIZE} characters")
        parser.read_string(text, str(path))
    except configparser.MissingSectionHeaderError as error:
        # the library's sentence has the whole line, and below that of every such line
        raise ConfigurationError(f"{path}: line {error.lineno} is before any [section]") from error
    except configparser.ParsingError as error:
        number, line = error.errors[0]
        raise ConfigurationError(f"{path}: line {number} is no key=value: {line[:64]}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not text in UTF-8") from error
    except (OSError, configparser.Error) as error:
        raise ConfigurationError(f"{path}: {str(error)[:500]}") from error
    return _Reader(path, parser).settings(write)


class _Reader(ConfigValues):
    """``sm.cfg``, key by key."""

    def settings(self, write: bool) -> Settings:
        settings = {
            "design_uri": self.design_uri(),
            "manifest": self.manifest(),
            "framework_directories": self.frameworks(),
            "host": self.host("disco", "host", Settings.host),
            "port": self.port(),
            "workers": self.number("disco", "workers", 2, 1, 64),
            "wait_condition": self.boolean("disco", "waitcondition", True),
            "node_host": self.host("disco", "node_host"),
            "mirror": self.url("disco", "mirror"),
            "node_network": self.node_network(),
            "cloud_timeout": float(self.number("disco", "cloud_timeout", 60, 1, 3600)),
            "session_cache": float(self.number("disco", "session_cache", 60, 0, 3600)),
            "verify": self.certificates("disco", "verify"),
            "interface": self.choice("disco", "interface", "public", "internal", "admin"),
            "register_service": self.boolean("service_manager_admin", "register_service", False),
            "service_token": self.get("service_manager_admin", "service_token"),
            "service_tenant_name": self.get("service_manager_admin", "service_tenant_name"),
            "service_region": self.get("service_manager_admin", "region", "RegionOne"),
            "log_file": self.log_file("general", "log_file", "-"),
            "log_format": self.choice("general", "log_format", "text", "json"),
            "certificate": self.optional_file("disco", "certificate"),
            "key": self.optional_file("disco", "key"),
            "behind_proxy": self.boolean("disco", "behind_proxy", False),
            "heat_uri": self.url("disco", "heat_uri") or "",
            "metrics": self.metrics(),
            "audit_log": self.log_file("disco", "audit_log", "off"),
            "limit_requests": self.limit("limit_requests", 50),
            "limit_creates": self.limit("limit_creates", 8),
            "limit_followers": self.limit("limit_followers", 6),
            "limit_failed_logins": self.limit("limit_failed_logins", 60),
        }
        secret_file = self.key_secret()
        self.check_manager()
        self.unknown()
        for one, other in (("certificate", "key"), ("key", "certificate")):
            if settings[one] and not settings[other]:
                self.fault("disco", other, f"needed with {one}")
        if settings["register_service"]:
            for key in ("service_token", "service_tenant_name"):
                if not settings[key] or str(settings[key]).startswith("<"):
                    self.fault("service_manager_admin", key, "needed with register_service=True")
        if self.faults:
            raise ConfigurationError(
                f"{self.path}: " + "; ".join(str(f) for f in self.faults), faults=self.faults
            )
        known = write or secret_file.exists()
        settings["key_secrets"] = read_key_secrets(secret_file) if known else ()
        return Settings(**settings, warnings=tuple(self.warnings))  # type: ignore[arg-type]

    def design_uri(self) -> str:
        value = self.url("service_manager", "design_uri") or ""
        if not value:
            self.fault("service_manager", "design_uri", "missing", "Keystone's public endpoint")
        if value.endswith(("/auth", "/tokens")):
            message = f"{shown(value)} is where tokens are made"
            self.fault("service_manager", "design_uri", message, "the part before /auth/tokens")
        return value

    def key_secret(self) -> Path:
        """The file, which may be there already, and be wrong, or in a folder to be made."""
        path = self.file("disco", "key_secret", self.get("disco", "key_secret", "disco-key-secret"))
        if path != self.base and path.exists():
            try:
                read_key_secrets(path)
            except ConfigurationError as error:
                self.fault("disco", "key_secret", error.message, error.hint)
            return path
        folder = next(parent for parent in path.parents if parent.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            self.fault("disco", "key_secret", f"{path} cannot be made by this user")
        return path

    def port(self) -> int | None:
        """[disco] port, or the original's [general] port; None: the manifest's."""
        for section in ("disco", "general"):
            if self.get(section, "port"):
                return self.number(section, "port", 8888, 1, 65535)
        return None

    def manifest(self) -> Path:
        value = self.get("service_manager", "manifest")
        if not value:
            return data_dir() / "service_manifest.json"
        return self.readable("service_manager", "manifest", value)

    def frameworks(self) -> tuple[Path, ...]:
        """The folders in their order; an empty one is the one that is installed with DISCO."""
        own = data_dir() / "frameworks"
        places = self.get("disco", "framework_directory").split(":")
        named = iter(self.folders("disco", "framework_directory"))
        return tuple(next(named) if place.strip() else own for place in places)

    def node_network(self) -> NodeNetwork:
        given, ca = {k: self.get("disco", k) for k in PROXY_SETTINGS}, self.get("disco", "ca_file")
        path = self.file("disco", "ca_file", ca) if ca else None
        network, faults = read_node_network(given, path)
        for key, message, allowed in faults:
            self.fault("disco", key, message, allowed)
        return network

    def limit(self, key: str, default: int) -> int | None:
        if self.get("disco", key).lower() == "off":
            return None
        return self.number("disco", key, default, 1, 1_000_000)

    def metrics(self) -> tuple[str, int] | str | None:
        value = self.get("disco", "metrics", METRICS)
        if value.lower() in ("off", "main"):
            return None if value.lower() == "off" else "main"
        host, _, port = value.rpartition(":")
        with contextlib.suppress(Malformed):
            if host:
                return host.strip("[]"), read_int(port, 1, 65535)
        allowed = f"an address and a port, such as {METRICS}, or main, or off"
        self.fault("disco", "metrics", f"{value[:64]!r} is not an address with a port", allowed)
        return None

    def check_manager(self) -> None:
        value = self.get("general", "manager", "openstack")
        if value != "openstack":
            self.fault("general", "manager", f"{value!r} is not supported", "openstack")

    def unknown(self) -> None:
        """A warning for each key that is not understood."""
        for section in self.parser.sections():
            known = KNOWN.get(section, set())
            for key in self.parser[section]:
                if key not in known:
                    close = suggest(key, known)
                    meant = f"; is {close} meant?" if close else ""
                    self.warnings.append(f"{self.path}: unknown key [{section}] {key}{meant}")
