"""The secret of a key reaches the request that it was asked for, and no other."""

from __future__ import annotations

from typing import Any

from disco.embedded.control.s3_secrets import CACHE, DETAILS, with_secrets


def request(*secrets: str) -> list[str]:
    """What a request's signature is checked with, when Keystone tells these secrets."""
    checked: list[str] = []

    def application(environ: dict[str, Any], _: Any) -> list[str]:
        environ[DETAILS] = {"check_signature": checked.append}
        for secret in secrets:
            assert environ[CACHE].get("s3secret/key") is None
            environ[CACHE].set("s3secret/key", ({}, {}, secret), time=60)
        environ[CACHE].set("container/AUTH_x/work", {"status": 200}, time=60)
        assert environ[CACHE].get("container/AUTH_x/work") is None
        return checked

    found: list[str] = with_secrets(application)({}, None)
    return found


def test_a_request_is_checked_with_its_own_secret_and_nothing_is_kept() -> None:
    assert request("first") == ["first"]
    assert request() == []
    assert request("second") == ["second"]


def test_a_request_without_a_signature_of_s3_is_left_alone() -> None:
    def application(environ: dict[str, Any], _: Any) -> str:
        environ[CACHE].set("s3secret/key", ({}, {}, "secret"))
        return "served"

    assert with_secrets(application)({}, None) == "served"
