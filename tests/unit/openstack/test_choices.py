"""What a form offers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from disco.derived_secrets import choose_key_pair
from disco.openstack import choices


def test_a_key_pair_of_another_cluster_is_not_offered() -> None:
    made, _ = choose_key_pair(b"s", "p", "5f0c9a2e-1111-4222-8333-444455556666", None, "k")
    listed = [{"name": name, "fingerprint": "f"} for name in ("work", made, "home")]
    cloud: Any = SimpleNamespace(key_pairs=lambda: listed)
    assert [pair["name"] for pair in choices._key_pairs(cloud)] == ["home", "work"]
