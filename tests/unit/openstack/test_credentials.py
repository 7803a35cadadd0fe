"""Credentials that cannot be sent to Keystone are refused in words, and none is ever shown."""

from __future__ import annotations

import pytest

from disco.errors import AuthenticationFailed, InvalidRequest
from disco.openstack.credentials import Credentials


@pytest.mark.parametrize(
    "given",
    [
        {"token": "t"},
        {"username": "u", "password": "p", "tenant": "x"},
        {"application_credential_id": "i", "application_credential_secret": "s"},
    ],
)
def test_what_can_log_in_is_taken(given: dict[str, str]) -> None:
    Credentials(**given).check()


@pytest.mark.parametrize(
    "given",
    [{}, {"username": "u"}, {"password": "p"}, {"username": "u", "password": ""}, {"tenant": "x"}],
)
def test_what_cannot_log_in_is_told(given: dict[str, str]) -> None:
    with pytest.raises(AuthenticationFailed, match="X-Auth-Token, or X-User-Name"):
        Credentials(**given).check()


def test_a_password_needs_its_project() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Credentials(username="u", password="p").check()
    assert [fault.code for fault in caught.value.faults] == ["no-tenant"]


def test_nothing_secret_is_in_a_repr() -> None:
    secret = {
        name: "s3cr3t"
        for name in (
            "token",
            "username",
            "password",
            "application_credential_id",
            "application_credential_secret",
        )
    }
    assert "s3cr3t" not in repr(Credentials(**secret))
