import base64
import re
import struct
from typing import get_args

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from disco.attributes import heat_attribute
from disco.components.properties import check_properties
from disco.components.worker_groups import parse_groups
from disco.errors import InvalidRequest
from disco.formats import _CHECKS, Format, check_format
from tests.support.shipped import CATALOGUE

#: the same in each process, since tests are named after them
MODULUS_2048 = int(
    "c32d709548429d6e2a41440fca6dc438f1a9fad41ec3076d325c616f6754c2058b56d0a0e3ea3adca5a82ddd"
    "960e1224ddff1e543c695d5df2cc75b4c43ee424b3cfe7331d0b593a58da2bf8793e603228cb113b9c61a55e"
    "302fa315fd7084fa9aa3e0f6ee9df43067e9e536b45ebb2c70dd034845f022c3c6d1c02974d884acd4d34e82"
    "b223af227f9d999cdb6e5f1f8af9f0a31d015cc9ccd328675d29204f6f1d9a2179d7bca9285f830830988821"
    "7cf704dae453abdf98a9b9fcd12b1c3714ddc01194a6549190cedad8990553fd6cfdc129126e62de30df78e7"
    "5fe08f203aeb10be6400933b6a472ad7db23f61618422e8a80577c325f67a51c834a1149",
    16,
)
MODULUS_1024 = int(
    "aebb981e788f95674ecb4cb76ba2d066acee2c83219fcc16fd48e09bcbaddec6bc9343bcc405c7079b887803"
    "79a653d2465841effa46f737834ec64630debceeb198807adbe98e5ce3ad3dee6600dc9a72dee944e663b712"
    "5459c190a69781fb6ac6203e81a667a793a2f78defd07e4d44a40b37c2857dabbf1eb77226487c43",
    16,
)


def public_text(public):
    openssh = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.public_bytes(*openssh).decode()


def rsa_key(modulus):
    return rsa.RSAPublicNumbers(65537, modulus).public_key()


KEYS = {
    "ed25519": public_text(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()),
    "rsa": public_text(rsa_key(MODULUS_2048)),
    "ecdsa": public_text(ec.derive_private_key(12345, ec.SECP256R1()).public_key()),
}


def security_key():
    fields = (b"sk-ssh-ed25519@openssh.com", b"\1" * 32, b"ssh:")
    blob = b"".join(struct.pack(">I", len(f)) + f for f in fields)
    return f"sk-ssh-ed25519@openssh.com {base64.b64encode(blob).decode()} me"


def refusal(name, text):
    with pytest.raises(ValueError) as caught:
        check_format(name, text)
    return str(caught.value)


def test_every_format_has_its_check():
    assert set(get_args(Format)) == set(_CHECKS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("name-servers", "10.0.0.2, 10.0.0.3"),
        ("name-servers", "8.8.8.8"),
        ("subnet", "192.168.16.0/20"),
        ("subnet", "100.64.0.0/16"),
        ("source", "0.0.0.0/0"),
        ("source", "198.51.100.0/24"),
        ("hostname", "disco-manager"),
        ("hostname", "local"),
        ("public-key", KEYS["ed25519"]),
        ("public-key", f"{KEYS['rsa']} me@home"),
        ("public-key", KEYS["ecdsa"]),
        ("public-key", security_key()),
        ("proxy", "http://proxy.example.org:3128"),
        ("proxy", "http://me:p%40ss@10.0.0.1:3128/"),
        ("proxy", "https://[2001:db8::1]:443"),
        ("no-proxy", "example.org,.corp,10.0.0.0/8, 2001:db8::/32,*.example.com"),
        ("no-proxy", "*"),
    ],
)
def test_what_can_work_is_taken(name, text):
    check_format(name, text)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("name-servers", "999.1.1.1", "'999.1.1.1' is not an IPv4 address"),
        ("name-servers", "10.0.0.2, 10.0.0.02", "'10.0.0.02' is not an IPv4 address"),
        ("name-servers", "127.0.0.53", "is loopback"),
        ("name-servers", "0.0.0.0", "stands for no host"),
        ("name-servers", "224.0.0.1", "is multicast"),
        ("name-servers", "255.255.255.255", "is reserved"),
        ("name-servers", "169.254.1.1", "is link-local"),
        ("name-servers", "10.0.0.2,10.0.0.2", "is listed twice"),
        ("subnet", "169.254.0.0/20", "169.254.0.0/16 is link-local"),
        ("subnet", "127.0.0.0/16", "is loopback"),
        ("subnet", "239.0.0.0/16", "is multicast"),
        ("subnet", "250.0.0.0/16", "is reserved"),
        ("subnet", "0.0.0.0/16", "stands for no host"),
        ("subnet", "168.0.0.0/6", "is link-local"),
        ("subnet", "192.168.16.7/20", "is the address 192.168.16.7 in the network 192.168.16.0/20"),
        ("source", "127.0.0.0/8", "matches no client"),
        ("hostname", "localhost", "has another meaning"),
        ("hostname", "ip6-allnodes", "has another meaning"),
        ("hostname", "localhost6", "has another meaning"),
        ("hostname", "12345", "read as an address"),
        ("public-key", KEYS["ed25519"][:-8], "incomplete"),
        ("public-key", KEYS["ed25519"][:-9], "incomplete"),
        ("public-key", KEYS["rsa"][:200], "incomplete"),
        ("public-key", security_key()[:-10], "incomplete"),
        ("public-key", KEYS["ed25519"] + "AAAA", "not a valid key|incomplete"),
        ("public-key", KEYS["ed25519"].replace("ssh-ed25519", "ssh-rsa", 1), "holds ssh-ed25519"),
        ("public-key", public_text(rsa_key(MODULUS_1024))[:-4], "incomplete"),
        ("proxy", "proxy:3128", "http://host:port"),
        ("proxy", "socks5://proxy:1080", "http://host:port"),
        ("proxy", "http://proxy", "has no port"),
        ("proxy", "http://proxy:99999", "not valid"),
        ("proxy", "http://proxy:3128/path", "after its port"),
        ("proxy", "http://localhost:3128", "has another meaning"),
        ("proxy", "http://127.0.0.1:3128", "is loopback"),
        ("proxy", "http://300.1.1.1:3128", "neither a host name"),
        ("proxy", "http://a b:3128", "neither a host name"),
        ("no-proxy", "10.0.0.0/33", "neither a host name"),
        ("no-proxy", "a b", "neither a host name"),
        ("no-proxy", "http://x", "neither a host name"),
    ],
)
def test_what_cannot_work_is_refused_in_words(name, text, words):
    assert re.search(words, refusal(name, text))


def test_a_refused_proxy_does_not_show_its_password():
    for text in (
        "ftp://me:s3cret@proxy:3128",
        "http://me:s3cret@proxy",
        "http://me:s3cret@proxy:3128/x",
        "http://me:s3 cret@proxy:1",
        "http://me:s3cret@localhost:1",
    ):
        assert "cret" not in refusal("proxy", text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dnsnameservers", "999.1.1.1"),
        ("cidr", "169.254.0.0/20"),
        ("cidr", "10.0.0.1/24"),
        ("mastername", "localhost"),
        ("slavename", "ip6-localnet"),
        ("sshpublickey", KEYS["ed25519"][:40]),
        ("allowedcidr", "127.0.0.1/32"),
    ],
)
def test_a_request_is_refused_with_the_attribute_and_what_is_allowed(name, text):
    checked = check_properties(CATALOGUE, {heat_attribute(name): text}, {})
    fault = next(f for f in checked.faults if f.code == "bad-value")
    assert fault.attribute == heat_attribute(name)
    assert fault.allowed


def test_a_group_does_not_take_a_name_that_nodes_have_another_meaning_for():
    with pytest.raises(InvalidRequest, match="has another meaning"):
        parse_groups("{'localhost': {'count': 1}}")
