"""Templates are compiled once for all clusters, and each cluster's hashes are its own."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters

from disco.derived_secrets import derive_password
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


def hashed(password: str) -> str:
    return Templates(SHIPPED, "one").text(
        "a text", "{{ password | argon2 }}", {"password": password}
    )


@pytest.mark.parametrize("password", ["p", "x" * 24, "x" * 200])
def test_what_somebody_chose_is_hashed_slowly(password: str) -> None:
    found = extract_parameters(hashed(password))
    assert (found.memory_cost, found.time_cost) == (19456, 2)  # OWASP's


@pytest.mark.parametrize(("length", "memory_kib"), [(8, 19456), (21, 19456), (22, 8), (24, 8)])
def test_what_was_drawn_is_hashed_slowly_where_it_could_be_guessed(
    length: int, memory_kib: int
) -> None:
    password = derive_password(b"k" * 32, "jupyter.password", "project", "cluster", length)
    made = hashed(password)
    assert extract_parameters(made).memory_cost == memory_kib
    assert PasswordHasher().verify(made, password)
