"""How nodes reach what is outside of their cluster: proxies, and whose certificates they trust."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from disco.formats import Format, check_format
from disco.url_passwords import mask_passwords

#: characters of a CA bundle: user data has room for little more, and packs it badly
MAX_CA_SIZE = 16 * 1024
#: characters of a file that may have more than certificates in it
_MAX_FILE = 256 * 1024
#: settings, and the formats of their values
PROXY_SETTINGS: Mapping[str, Format] = {
    "http_proxy": "proxy",
    "https_proxy": "proxy",
    "no_proxy": "no-proxy",
}
_ALLOWED: Mapping[Format, str] = {
    "proxy": "http://host:port or http://user:password@host:port",
    "no-proxy": "host names, domains such as .example.org, and IP networks, separated by commas",
}


@dataclass(frozen=True)
class NodeNetwork:
    """Proxies and certificates that nodes use.

    Attributes:
        http_proxy, https_proxy: URLs for the two schemes, perhaps with a password; empty for
            none.
        no_proxy: hosts, domains and networks that are reached directly, with commas; what is
            inside of a cluster need not be in it.
        ca: certificates in PEM, which nodes trust beside those of their image.
    """

    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""
    ca: str = ""

    def __repr__(self) -> str:
        """Show which parts there are; URLs may have passwords."""
        names = ("http_proxy", "https_proxy", "no_proxy", "ca")
        return f"NodeNetwork({', '.join(name for name in names if getattr(self, name))})"

    def overridden(self, http_proxy: str, https_proxy: str, no_proxy: str) -> NodeNetwork:
        """With what a request gives in the place of the settings; empty texts change nothing."""
        return replace(
            self,
            http_proxy=http_proxy or self.http_proxy,
            https_proxy=https_proxy or self.https_proxy,
            no_proxy=no_proxy or self.no_proxy,
        )

    def masked(self) -> NodeNetwork:
        """Without passwords, for people to look at."""
        return replace(
            self,
            http_proxy=mask_passwords(self.http_proxy),
            https_proxy=mask_passwords(self.https_proxy),
        )


#: no proxies, and no certificates but those of the image
DIRECT = NodeNetwork()


def read_node_network(
    given: Mapping[str, str], ca_file: Path | None
) -> tuple[NodeNetwork, tuple[tuple[str, str, str], ...]]:
    """Read the settings.

    Args:
        given: texts of those in ``PROXY_SETTINGS``, which may be empty.
        ca_file: certificates in PEM.

    Returns:
        What they say, and of each fault the setting, what is wrong, and what is allowed.
    """
    faults = list(_check_proxies(given))
    ca = ""
    if ca_file is not None:
        try:
            ca = read_ca(ca_file)
        except ValueError as error:
            faults.append(("ca_file", str(error), "a file of certificates in PEM"))
    wrong = {name for name, _, _ in faults}
    proxies = {n: given.get(n, "") for n in PROXY_SETTINGS if n not in wrong}
    return NodeNetwork(**proxies, ca=ca), tuple(faults)


def _check_proxies(given: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, form in PROXY_SETTINGS.items():
        try:
            if given.get(name):
                check_format(form, given[name])
        except ValueError as error:
            yield name, str(error), _ALLOWED[form]


def read_ca(path: Path) -> str:
    """The certificates of a file in PEM, each once and without comments.

    Raises:
        ValueError: it cannot be read, has none or a private key, or is too large for nodes.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_FILE + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(content) > _MAX_FILE:
        raise ValueError(f"{path} is longer than {_MAX_FILE} bytes")
    if b"PRIVATE KEY-----" in content:
        raise ValueError(f"{path} has a private key, which nodes must not get")
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise ValueError(f"{path} has no certificates in PEM, or one that is damaged") from None
    texts = dict.fromkeys(c.public_bytes(Encoding.PEM).decode() for c in certificates)
    bundle = "".join(texts)
    if len(bundle) > MAX_CA_SIZE:
        raise ValueError(
            f"{path} has {len(texts)} certificates of {len(bundle)} characters together,"
            f" and user data has room for {MAX_CA_SIZE}: name the company's own ones alone"
        )
    return bundle
