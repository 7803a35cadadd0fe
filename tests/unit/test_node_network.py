from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from disco.config import load_settings
from disco.data_files import etc_dir
from disco.errors import ConfigurationError
from disco.node_network import MAX_CA_SIZE, NodeNetwork, read_ca


def certificate(name: str = "Company") -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def load(folder: Path, lines: str) -> NodeNetwork:
    shipped = (etc_dir() / "sm.cfg").read_text()
    for line in lines.splitlines():
        key = line.partition("=")[0]
        shipped = shipped.replace(f"\n{key}=\n", f"\n{line}\n")
    path = folder / "sm.cfg"
    path.write_text(shipped)
    return load_settings(path).node_network


def refused(folder: Path, lines: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, lines)
    return str(caught.value)


def test_a_bundle_is_taken_without_comments_and_each_certificate_once(tmp_path: Path) -> None:
    one, two = certificate("one"), certificate("two")
    (tmp_path / "ca.pem").write_text(f"# subject: one\n{one}\nwords\n{two}{one}")
    # relative to the configuration file, not to where the service is started
    assert load(tmp_path, "ca_file=ca.pem").ca == one + two


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "has no certificates in PEM"),
        ("\x30\x82\x01\x0a", "has no certificates in PEM"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "one that is damaged"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", "has a private key"),
        ("x" * 300_000, "is longer than 262144 bytes"),
    ],
)
def test_a_file_that_is_no_bundle_is_refused_at_the_start(
    tmp_path: Path, content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    said = refused(tmp_path, "ca_file=ca.pem")
    assert "[disco] ca_file" in said
    assert words in said


def test_a_folder_in_the_place_of_the_bundle_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in refused(tmp_path, "ca_file=.")


def test_a_bundle_that_user_data_has_no_room_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("".join(certificate(f"CA {i}") for i in range(MAX_CA_SIZE // 400)))
    with pytest.raises(ValueError, match=f"user data has room for {MAX_CA_SIZE}"):
        read_ca(path)


def test_settings_of_proxies_are_checked_and_shown_to_nobody(tmp_path: Path) -> None:
    found = load(tmp_path, "http_proxy=http://me:s3cret@proxy:3128\nno_proxy=.corp, 10.0.0.0/8")
    assert found.http_proxy == "http://me:s3cret@proxy:3128"
    assert found.no_proxy == ".corp, 10.0.0.0/8"
    assert "s3cret" not in repr(found)
    said = refused(
        tmp_path, "http_proxy=me:s3cret@proxy\nhttps_proxy=http://x:y@localhost:1\nno_proxy=a b"
    )
    for key in ("http_proxy", "https_proxy", "no_proxy"):
        assert f"[disco] {key}" in said
    assert "s3cret" not in said


def test_a_request_goes_before_the_settings() -> None:
    settings = NodeNetwork("http://a:1", "http://b:1", "c", "PEM")
    assert settings.overridden("http://x:1", "", "") == NodeNetwork(
        "http://x:1", "http://b:1", "c", "PEM"
    )
