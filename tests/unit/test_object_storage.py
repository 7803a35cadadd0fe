"""Places in an object store: what is one, and what nodes are told of it."""

from __future__ import annotations

import re

import pytest

from disco.clusters import storage
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.object_storage import Place, access_key, is_address, node_environment, parse_place
from tests.support.shipped import CATALOGUE

CLUSTER = "6f0c1a52-4f0e-4c57-9f3b-000000000001"


@pytest.mark.parametrize(
    ("text", "place", "written"),
    [
        ("s3a://work", Place("work"), "s3a://work"),
        ("s3a://work/", Place("work"), "s3a://work"),
        ("s3://my-work/a/b=1/", Place("my-work", "a/b=1"), "s3a://my-work/a/b=1"),
    ],
)
def test_a_place_is_a_bucket_and_perhaps_a_folder(text: str, place: Place, written: str) -> None:
    assert parse_place(text) == place
    assert str(place) == written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("work", "does not begin with s3a://"),
        ("https://work/x", "does not begin with s3a://"),
        ("s3a://", "cannot be a bucket"),
        ("s3a://Work", "cannot be a bucket"),
        ("s3a://wo", "cannot be a bucket"),
        ("s3a://user:secret@work/x", "cannot be a bucket"),
        ("s3a://work/../other", "'..' cannot be a part"),
        ("s3a://work/a//b", "'' cannot be a part"),
        ("s3a://work/$(reboot)", "cannot be a part"),
        ("s3a://work/a b", "cannot be a part"),
        ("s3a://work/a\nb", "cannot be a part"),
        ("s3a://work/" + "x" * 201, "201 characters"),
    ],
)
def test_what_is_none_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_place(text)


def test_nodes_are_told_where_the_key_is_and_not_the_key() -> None:
    told = node_environment("http://10.0.0.1:5002")
    assert told["AWS_ENDPOINT_URL"] == "http://10.0.0.1:5002"
    # libraries that sign, and those that choose checksums, look in different files
    assert told["AWS_SHARED_CREDENTIALS_FILE"] == told["AWS_CONFIG_FILE"] == "/etc/disco/s3"
    assert not [name for name in told if "SECRET" in name or "ACCESS_KEY" in name]


def test_the_key_of_a_cluster_follows_from_its_id() -> None:
    assert access_key(CLUSTER) == "disco6f0c1a524f0e4c579f3b000000000001"


ADDRESSES = ("https://s3.example.org", "http://[fd00::1]:8080", "https://a.b:9/x/y-z_~.1")
#: of a catalogue; nodes' scripts have it without quotes
ODD = ("", "ftp://a", "http://a b", "http://$(reboot)", "http://a;b", "http://a\nb", "http://a/`b`",
       "http://a/x?y=$z", "http://me:s3cret@a", "//a")  # fmt: skip


@pytest.mark.parametrize("text", [*ADDRESSES, *ODD])
def test_an_address_needs_no_quotes_in_a_script(text: str) -> None:
    assert is_address(text) == (text in ADDRESSES)


@pytest.mark.parametrize("text", ODD)
def test_what_a_catalogue_says_is_no_command_of_the_nodes(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(storage, "find_s3", lambda _: text or None)
    monkeypatch.setattr(storage, "check_bucket", lambda *_: None)
    asked = {"icclab.disco.components.objectstore.location": "s3a://work"}
    injected = {"objectstore": ""}
    checked = check_properties(CATALOGUE, asked, injected)
    install = resolve_plan(CATALOGUE, injected, checked.values)
    _, (fault,) = storage.with_storage(None, checked, install, CLUSTER, str)  # type: ignore[arg-type]
    assert fault.code == "no-object-store"
    assert "s3cret" not in fault.message and "\n" not in fault.message
    assert ("catalogue" in fault.message) == bool(text)
