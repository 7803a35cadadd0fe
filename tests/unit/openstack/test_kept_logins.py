"""How long a login is used again, and what ends that."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import pytest

from disco.openstack.credentials import Credentials
from disco.openstack.kept_logins import KeptLogins

ALICE = Credentials(token="secret-of-alice", tenant="demo")


@dataclass(frozen=True)
class Login:
    expires: float = 4e9


@pytest.fixture
def kept() -> KeptLogins[Login]:
    return KeptLogins(keep=60, margin=60)


def opened(kept: KeptLogins[Login], *who: Credentials) -> None:
    for credentials in who:
        kept.keep(kept.key(credentials), Login(), credentials.token)


def known(kept: KeptLogins[Login], *who: Credentials) -> list[bool]:
    return [kept.get(kept.key(credentials)) is not None for credentials in who]


def test_a_token_that_is_taken_back_opens_nothing_whatever_it_was_opened_for(
    kept: KeptLogins[Login],
) -> None:
    elsewhere, other = replace(ALICE, region="R2"), replace(ALICE, token="of-bob")
    opened(kept, ALICE, elsewhere, other)
    kept.forget_token("secret-of-alice")
    assert known(kept, ALICE, elsewhere, other) == [False, False, True]


def test_one_is_forgotten_alone(kept: KeptLogins[Login]) -> None:
    other = replace(ALICE, region="R2")
    opened(kept, ALICE, other)
    kept.forget(kept.key(ALICE))
    assert known(kept, ALICE, other) == [False, True]


def test_passwords_have_no_token_that_could_be_taken_back(kept: KeptLogins[Login]) -> None:
    bob = Credentials(username="bob", password="secret-of-bob", tenant="demo")
    opened(kept, bob)
    kept.forget_token("secret-of-bob")
    assert known(kept, bob) == [True]


def test_none_is_used_in_its_last_seconds(kept: KeptLogins[Login]) -> None:
    kept.keep(kept.key(ALICE), Login(expires=time.time() + 30), ALICE.token)
    assert known(kept, ALICE) == [False]


def test_nothing_of_the_credentials_is_in_memory(kept: KeptLogins[Login]) -> None:
    opened(kept, ALICE)
    assert "secret-of-alice" not in repr(vars(kept))


def test_what_is_opened_while_its_token_is_taken_back_is_not_kept(kept: KeptLogins[Login]) -> None:
    kept.forget_token("secret-of-alice")
    opened(kept, ALICE)  # Keystone had said yes a moment before
    assert known(kept, ALICE) == [False]


def test_no_token_takes_back_no_password(kept: KeptLogins[Login]) -> None:
    bob = Credentials(username="bob", password="secret-of-bob", tenant="demo")
    opened(kept, bob)
    kept.forget_token("")
    assert known(kept, bob) == [True]
