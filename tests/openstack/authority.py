"""A private certificate authority, as companies have one, and the cloud's certificate."""

from __future__ import annotations

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 7


def make(address: str) -> tuple[str, str]:
    """The authority's certificate, and a server's with its key; both as PEM.

    Args:
        address: the IP address that the server's certificate is for.
    """
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name("Private CA of a test cloud")
    authority = _builder(issuer, issuer, authority_key.public_key())
    authority = authority.add_extension(x509.BasicConstraints(True, 0), critical=True)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    authority = authority.add_extension(usage, critical=True)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    server = _builder(_name("test cloud"), issuer, key.public_key())
    server = server.add_extension(alternative, critical=False)
    server = server.add_extension(x509.BasicConstraints(False, None), critical=True)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem = [
        one.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        for one in (authority, server)
    ]
    return pem[0].decode(), (pem[1] + private).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )
