"""What texts of a known form mean: whether nodes and the cloud can do anything with them.

A property names its format in ``component.yaml``. The shape of a text is its pattern's;
here addresses, names and keys that are well written and cannot work are refused.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from disco.object_storage import parse_place
from disco.user_packages import (
    check_variable,
    parse_apt,
    parse_jars,
    parse_pip,
    read_bootstrap,
)

Format = Literal[
    "apt-packages",
    "environment",
    "hostname",
    "jars",
    "name-servers",
    "no-proxy",
    "pip-packages",
    "proxy",
    "public-key",
    "script",
    "source",
    "storage",
    "subnet",
]

#: networks whose addresses no node can have, and what they are for (RFC 6890, RFC 5771)
_SPECIAL = tuple(
    (ipaddress.IPv4Network(network), purpose)
    for network, purpose in (
        ("0.0.0.0/8", "stands for no host"),
        ("127.0.0.0/8", "is loopback: each node means itself by it"),
        ("169.254.0.0/16", "is link-local: the metadata service is there, and nothing is routed"),
        ("224.0.0.0/4", "is multicast"),
        ("240.0.0.0/4", "is reserved"),
    )
)
#: names that ``/etc/hosts`` of usual images gives to loopback and multicast addresses
_TAKEN_NAMES = re.compile(r"localhost[0-9]*|localdomain[0-9]*|broadcasthost|ip6-.*|loopback")
#: bits: OpenSSH's servers refuse RSA keys with fewer
_LEAST_RSA = 1024
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*")
#: what RFC 3986 has in the part of a URL before the host
_USER = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*")


def check_format(name: Format, text: str) -> None:
    """Refuse a text that has the right shape and means nothing.

    Raises:
        ValueError: with a sentence about the value. It quotes no password.
    """
    _CHECKS[name](text)


def read_network(text: str) -> ipaddress.IPv4Network:
    """The IPv4 network that ``text`` is.

    Raises:
        ValueError: it is none, or an address in one.
    """
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        pass
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an IPv4 network: {_why_none(text)}") from None
    address = text.partition("/")[0]
    raise ValueError(f"{text!r} is the address {address} in the network {network}")


def _why_none(text: str) -> str:
    """What is wrong with it; the library's words are for programmers."""
    address, slash, prefix = text[:64].partition("/")
    numbers = address.split(".")
    if ":" in address:
        return "IPv6 is not supported here"
    if len(numbers) != 4:
        return f"{address!r} has {len(numbers)} of the 4 numbers of an address"
    for number in numbers:
        if not re.fullmatch("0|[1-9][0-9]{0,2}", number) or int(number) > 255:
            return f"{number!r} is not a number from 0 to 255"
    return f"{prefix!r} is not a prefix length from 0 to 32" if slash else "the form is another"


def _check_subnet(text: str) -> None:
    network = read_network(text)
    for special, purpose in _SPECIAL:
        if network.overlaps(special):
            raise ValueError(f"{text!r} cannot be a network of nodes: {special} {purpose}")


def _check_source(text: str) -> None:
    network = read_network(text)
    for special, purpose in _SPECIAL:
        if network.subnet_of(special) and network.prefixlen:
            raise ValueError(f"{text!r} matches no client: {special} {purpose}")


def _check_name_servers(text: str) -> None:
    seen: set[ipaddress.IPv4Address] = set()
    for part in filter(None, map(str.strip, text.split(","))):
        address = _read_address(part)
        _check_reachable(address, part)
        if address in seen:
            raise ValueError(f"{part!r} is listed twice")
        seen.add(address)


def _read_address(text: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an IPv4 address") from None


def _check_reachable(address: ipaddress.IPv4Address, text: str) -> None:
    for special, purpose in _SPECIAL:
        if address in special:
            raise ValueError(f"{text!r} cannot be reached: {special} {purpose}")


def _check_hostname(text: str) -> None:
    if _TAKEN_NAMES.fullmatch(text.lower()):
        raise ValueError(f"{text!r} has another meaning on every node")
    if text.isdecimal():
        raise ValueError(f"{text!r} would be read as an address")


def _check_public_key(text: str) -> None:
    algorithm, _, rest = text.partition(" ")
    body = rest.partition(" ")[0]
    try:
        fields = list(_read_fields(base64.b64decode(body, validate=True)))
    except (ValueError, binascii.Error):
        raise ValueError("the key is incomplete: its base64 text was cut off or changed") from None
    if not fields or fields[0] != algorithm.encode():
        inside = fields[0].decode("ascii", "replace")[:40] if fields else "nothing"
        raise ValueError(f"the key says that it is {algorithm}, and holds {inside}")
    try:
        key = load_ssh_public_key(f"{algorithm} {body}".encode())
    except UnsupportedAlgorithm:
        return  # of a security key: its fields are complete
    except ValueError:
        raise ValueError(f"the key is not a valid key of the type {algorithm}") from None
    if isinstance(key, RSAPublicKey) and key.key_size < _LEAST_RSA:
        raise ValueError(f"the key has {key.key_size} bits, and servers refuse RSA keys that short")


def _read_fields(blob: bytes) -> Iterator[bytes]:
    """The fields of a key, each after its length in four bytes (RFC 4253, section 6.6)."""
    while blob:
        end = 4 + int.from_bytes(blob[:4])
        if len(blob) < max(end, 4):
            raise ValueError("cut off")
        yield blob[4:end]
        blob = blob[end:]


def _check_proxy(text: str) -> None:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the proxy's port or address is not valid") from None
    user, at, place = parts.netloc.rpartition("@")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("the proxy is not given as http://host:port")
    if port is None or not 0 < port < 65536:
        raise ValueError(f"the proxy {place!r} has no port")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"the proxy {place!r} has something after its port")
    if at and not _USER.fullmatch(user):
        raise ValueError("the proxy's user or password has characters that must be written as %XX")
    _check_proxy_host(host)


def _check_proxy_host(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if re.fullmatch(r"[0-9.]+", host) or not _HOST.fullmatch(host):
            raise ValueError(f"{host!r} is neither a host name nor an address") from None
        _check_hostname(host.partition(".")[0])
        return
    if isinstance(address, ipaddress.IPv4Address):
        _check_reachable(address, host)
    elif address.is_loopback or address.is_link_local or address.is_multicast:
        raise ValueError(f"{host!r} cannot be reached from a node")


def _check_no_proxy(text: str) -> None:
    for part in filter(None, map(str.strip, text.split(","))):
        if part == "*":
            continue
        try:
            ipaddress.ip_network(part)
        except ValueError:
            name = part.removeprefix("*").removeprefix(".")
            if re.fullmatch(r"[0-9./]+", part) or not _HOST.fullmatch(name):
                message = f"{part!r} is neither a host name, a domain nor an IP network"
                raise ValueError(message) from None


_CHECKS: dict[str, Callable[[str], object]] = {
    "apt-packages": parse_apt,
    "environment": check_variable,
    "jars": parse_jars,
    "pip-packages": parse_pip,
    "script": read_bootstrap,
    "hostname": _check_hostname,
    "name-servers": _check_name_servers,
    "no-proxy": _check_no_proxy,
    "proxy": _check_proxy,
    "public-key": _check_public_key,
    "source": _check_source,
    "storage": parse_place,
    "subnet": _check_subnet,
}
