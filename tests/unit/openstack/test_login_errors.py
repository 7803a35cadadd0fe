"""Whatever happens at log-in is an error of DISCO's, and the user's only where Keystone says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from keystoneauth1 import exceptions

from disco.errors import AuthenticationFailed, CloudError, DiscoError, InvalidRequest, NotFound
from disco.openstack.login_errors import login_errors


def answer(status: int, body: bytes | object, kind: str = "application/json") -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made.headers["Content-Type"] = kind
    return made


def http_error(status: int, body: bytes | object, kind: str = "application/json") -> Exception:
    return exceptions.from_response(answer(status, body, kind), "POST", "http://k/v3/auth/tokens")


def raised(error: BaseException) -> DiscoError:
    with pytest.raises(DiscoError) as caught, login_errors():
        raise error
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        KeyError("token"),
        TypeError("'int' object is not subscriptable"),
        ValueError("no time"),
        AttributeError("'list' object has no attribute 'get'"),
        IndexError(),
        UnicodeEncodeError("latin-1", "x", 0, 1, "no"),
        RecursionError(),
        exceptions.InvalidResponse(answer(200, b"<html>", "text/html")),
        exceptions.DiscoveryFailure("no version"),
        exceptions.AuthorizationFailure(),
        exceptions.ClientException("some"),
        exceptions.UnknownConnectionError("odd", None),
        requests.exceptions.JSONDecodeError("no", "", 0),
    ],
    ids=lambda error: type(error).__name__,
)
def test_nothing_of_a_library_s_gets_out(error: BaseException) -> None:
    found = raised(error)
    assert found.status in (502, 503)
    assert "object" not in found.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 409])
def test_a_page_is_no_word_of_keystone_s(status: int) -> None:
    found = raised(http_error(status, b"<html>no</html>", "text/html; charset=utf-8"))
    assert type(found) is CloudError
    assert f"({status} with text/html)" in found.message
    assert found.hint
    assert "design_uri" in found.hint


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (http_error(401, {"error": {"message": "no"}}), AuthenticationFailed, 401),
        (exceptions.Unauthorized(), AuthenticationFailed, 401),
        (http_error(400, {"error": {"message": "no domain"}}), InvalidRequest, 400),
        (http_error(404, {"error": {"message": "Not Found"}}), CloudError, 502),
        (
            http_error(404, {"error": {"message": "Could not find Application Credential: x."}}),
            AuthenticationFailed,
            401,
        ),
        (InvalidRequest("ours"), InvalidRequest, 400),
    ],
)
def test_keystone_s_own_words_are_passed_on(
    error: Exception, kind: type[DiscoError], status: int
) -> None:
    found = raised(error)
    assert isinstance(found, kind)
    assert not isinstance(found, NotFound)
    assert found.status == status


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([["totp", "password"]], "more than a password: password and totp."),
        ([["password", "totp"], ["password", "external"]], "password and totp, or password and e"),
        ([], "more than a password."),
        (["x", 7], "more than a password."),
        ([[{"a": 1}]], "more than a password"),
    ],
)
def test_an_account_that_needs_more_than_a_password(rules: list[Any], words: str) -> None:
    body = {
        "receipt": {"methods": ["password"], "expires_at": "2030-01-01T00:00:00.000000Z"},
        "required_auth_methods": rules,
    }
    asking = answer(401, body)
    asking.headers["Openstack-Auth-Receipt"] = "gAAAA"
    # as keystoneauth makes it of any answer, not of those to its plug-ins alone
    found = raised(exceptions.from_response(asking, "POST", "http://k"))
    assert isinstance(found, AuthenticationFailed)
    assert (found.code, words in found.message) == ("second-factor", True)
    assert "X-Auth-Token" in (found.hint or "")
