"""Proxies of nodes in requests: checked, used in user data, and shown without passwords."""

from __future__ import annotations

import pytest

from tests.api.test_preview import HEAT, preview
from tests.support.service import Caller, attributes

PROXY = "http://me:s3cret@proxy.example.org:3128"


def test_a_preview_shows_the_proxy_without_its_password(alice: Caller) -> None:
    given = {"httpproxy": PROXY, "httpsproxy": PROXY, "noproxy": ".corp,10.0.0.0/8"}
    answer = preview(alice, attributes(inject="{'dask': ''}", slavecount="1", **given))
    assert answer.status_code == 200, answer.text
    script = answer.json()["user_data"]["worker"]
    assert "DISCO_HTTP_PROXY='http://me:***@proxy.example.org:3128'" in script
    assert "DISCO_NO_PROXY='.corp,10.0.0.0/8'" in script or "DISCO_NO_PROXY=.corp" in script
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("httpproxy", "http://me:s3cret@localhost:3128", "has another meaning on every node"),
        ("httpsproxy", "me:s3cret@proxy:3128", "not given as http://host:port"),
        ("noproxy", "10.0.0.0/99", "neither a host name, a domain nor an IP network"),
        ("dnsnameservers", "999.1.1.1", "'999.1.1.1' is not an IPv4 address"),
        ("cidr", "169.254.0.0/20", "is link-local"),
        ("mastername", "localhost", "has another meaning on every node"),
        ("sshpublickey", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOxz", "the key is incomplete"),
    ],
)
def test_what_cannot_work_is_refused_in_words(
    alice: Caller, name: str, value: str, words: str
) -> None:
    answer = preview(alice, attributes(inject="{'dask': ''}", slavecount="1", **{name: value}))
    assert answer.status_code == 400
    assert f"{HEAT}.{name}" in answer.text
    assert words in answer.text
    assert "s3cret" not in answer.text


def test_an_attribute_that_is_unknown_is_not_taken_for_an_unlike_one(alice: Caller) -> None:
    wanted = attributes(inject="{'dask': ''}", slavecount="1")
    answer = preview(alice, wanted | {f"{HEAT}.zone": "nova", f"{HEAT}.timout": "9"})
    assert answer.status_code == 200, answer.text
    warnings = answer.json()["warnings"]
    assert f"unknown attribute {HEAT}.zone" in warnings
    assert f"unknown attribute {HEAT}.timout (did you mean {HEAT}.timeout?)" in warnings


def test_a_cluster_keeps_and_shows_no_password_of_its_proxy(alice: Caller) -> None:
    answer = alice.create(attributes(inject="{'dask': ''}", slavecount="1", httpproxy=PROXY))
    assert answer.status_code == 201, answer.text
    url = answer.headers["Location"]
    try:
        assert alice.show(url)[f"{HEAT}.httpproxy"] == "http://me:***@proxy.example.org:3128"
        assert "s3cret" not in alice.get(url).text
    finally:
        alice.request("DELETE", url)
