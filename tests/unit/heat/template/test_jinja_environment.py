"""Templates are compiled once for all clusters, and each cluster's hashes are its own."""

from __future__ import annotations

import pytest

from disco.heat.template.jinja_environment import Templates
from tests.support.specs import SHIPPED


@pytest.mark.parametrize("text", ["{{ password | argon2 }}", "{{ 'constant' | argon2 }}"])
def test_clusters_hash_the_same_password_differently_and_each_always_so(text: str) -> None:
    def hashed(salt: str) -> str:
        return Templates(SHIPPED, salt).text("a text", text, {"password": "p"})

    first, second, again = hashed("one"), hashed("two"), hashed("one")
    assert first.startswith("$argon2id$")
    assert first != second
    assert first == again
