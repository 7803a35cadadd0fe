"""The web interfaces of a cluster, as the service names them."""

from __future__ import annotations

from typing import Any

from disco.client import checks
from disco.client.errors import InvalidAnswer

REACHES = ("public", "allowed", "tunnel")


def read_interface(data: object, address: str | None) -> dict[str, Any]:
    """An interface from the service's JSON.

    Args:
        data: the JSON.
        address: the cluster's own, which is the only one that a URL may have.

    Raises:
        InvalidAnswer: a part of it is missing or cannot be what it stands for.
    """
    raw = checks.mapping(data, "interface")
    reach = raw.get("reach", "tunnel")
    if reach not in REACHES:
        raise InvalidAnswer("Invalid interface: unknown reach.")
    read = {
        "component": checks.word(raw.get("component"), "component"),
        "name": checks.text(raw.get("name")),
        "node": checks.host_name(raw.get("node")),
        "port": checks.port(raw.get("port")),
        "path": checks.path(raw.get("path")),
        "reach": reach,
        "url": None,
        "allowed_from": checks.optional(raw.get("allowed_from"), checks.text),
        "group": checks.optional(raw.get("group"), checks.word, "group of workers"),
    }
    if raw.get("url") is not None:
        read["url"] = checks.url(raw["url"], address, read["port"], read["path"])
    return read


def has_url(data: object) -> bool:
    """Whether an interface in the service's JSON has a URL."""
    return isinstance(data, dict) and data.get("url") is not None
