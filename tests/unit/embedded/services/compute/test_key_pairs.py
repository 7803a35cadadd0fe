"""Key pairs are public keys of a project, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.compute.key_pairs import KeyPairs, show
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Records

KEY = "ssh-ed25519 AAAA me"


@pytest.fixture
def key_pairs(tmp_path: Path) -> KeyPairs:
    records = Records(tmp_path / "resources.db")
    return KeyPairs(records, Quotas(tmp_path / "quota.json", records))


def test_a_key_pair_is_its_projects_alone(key_pairs: KeyPairs) -> None:
    pair = key_pairs.create("p", "u", {"name": "mine", "public_key": KEY})
    assert key_pairs.find("p", "mine") == pair
    assert key_pairs.find("q", "mine") is None
    key_pairs.create("q", "u", {"name": "mine", "public_key": KEY})
    key_pairs.delete(pair)
    assert key_pairs.list_key_pairs("p") == []
    assert len(key_pairs.list_key_pairs("q")) == 1


def test_it_is_shown_with_a_number_and_a_fingerprint(key_pairs: KeyPairs) -> None:
    shown = show(key_pairs.create("p", "u", {"name": "mine", "public_key": KEY}))
    assert (shown["id"], shown["public_key"]) == (1, KEY)
    assert shown["fingerprint"] == "09:88:90:dd:e0:69:e9:ab:ad:63:f1:9a:0d:9e:1f:32"
    assert not [name for name in shown if name.startswith("_")]


@pytest.mark.parametrize(
    ("public_key", "status"), [(None, 400), ("", 400), ("ssh-ed25519", 400), ("pgp AAAA", 400)]
)
def test_what_is_not_a_public_key_is_refused(
    key_pairs: KeyPairs, public_key: str | None, status: int
) -> None:
    with pytest.raises(ApiError) as caught:
        key_pairs.create("p", "u", {"name": "mine", "public_key": public_key})
    assert caught.value.status == status


def test_a_name_is_taken_once(key_pairs: KeyPairs) -> None:
    key_pairs.create("p", "u", {"name": "mine", "public_key": KEY})
    with pytest.raises(ApiError, match="'mine' already exists") as caught:
        key_pairs.create("p", "u", {"name": "mine", "public_key": KEY})
    assert caught.value.status == 409
