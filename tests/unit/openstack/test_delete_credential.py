"""Where Keystone gives no credential, and where Heat refuses; tests/api has the rest."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
import requests_mock as requests_mocks

from disco.errors import CloudTimeout, CloudUnavailable, Conflict, Forbidden, InvalidRequest
from disco.heat.stacks import Stack
from disco.openstack.delete_credential import DeleteCredentials, End, undone_on_failure


def refusing(error: Exception) -> DeleteCredentials:
    found = DeleteCredentials.__new__(DeleteCredentials)
    found._login = mock.Mock(project_id="p")
    found._base = "/users/u"
    found._ask = mock.Mock(side_effect=error)  # type: ignore[method-assign]
    return found


def test_who_may_make_no_credential_is_no_error() -> None:
    assert refusing(Forbidden("policy")).prepare("c", "s", 0) is None


def test_a_keystone_that_fails_is_told() -> None:
    with pytest.raises(CloudUnavailable):
        refusing(CloudUnavailable("down")).prepare("c", "s", 0)


def test_what_cannot_be_removed_is_left_to_expire() -> None:
    refusing(CloudUnavailable("down")).remove(["c"])


@pytest.mark.parametrize(
    ("status", "taken"), [(404, True), (401, False), (403, False), (500, True)]
)
def test_a_heat_that_checks_no_access_rules_is_known_from_its_answer(
    requests_mock: requests_mocks.Mocker, status: int, taken: bool
) -> None:
    """Nothing but a refusal tells that the credential is of no use."""
    heat = "http://heat:8004/v1/p"
    found = refusing(Forbidden("not asked"))
    found._login.session.auth.auth_url = "http://keystone/v3"
    found._login.session.get_endpoint.return_value = heat
    found._login.session.verify, found._login.session.timeout = True, 5
    token = {"token": {"methods": [], "expires_at": "2099-01-01T00:00:00Z", "user": {"id": "u"}}}
    headers = {"X-Subject-Token": "limited"}
    requests_mock.get("http://keystone/v3", json={"version": {"id": "v3.14"}})
    requests_mock.post("http://keystone/v3/auth/tokens", json=token, headers=headers)
    asked = requests_mock.delete(requests_mocks.ANY, status_code=status, json={})
    assert found.taken_by_heat("id", "secret", "c") is taken
    assert asked.last_request.url.startswith(f"{heat}/stacks/disco_c/")
    assert asked.last_request.headers["X-Auth-Token"] == "limited"


@pytest.mark.parametrize(
    ("error", "removed"),
    [
        (InvalidRequest("no"), True),
        (Forbidden("no"), True),
        (CloudTimeout("perhaps"), False),
        (CloudUnavailable("perhaps"), False),
        (Conflict("is there"), False),
    ],
)
def test_the_credential_goes_where_there_is_no_stack(error: Exception, removed: bool) -> None:
    endings = mock.Mock()

    def create() -> Any:
        raise error

    with pytest.raises(type(error)):
        undone_on_failure(endings, "c", create)
    assert endings.remove.called is removed


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", None),
        ("soon x y", None),
        ("0 abc k", End(0, "abc", "k")),
        ("1795000000 - k", End(1795000000, None, "k")),
    ],
)
def test_an_end_is_read_from_the_stack(text: str, end: End | None) -> None:
    stack = Stack("c", "s", "CREATE_COMPLETE", parameters={"disco_end": text})
    assert End.read(stack.parameters) == end
    if end is not None:
        assert str(end) == text


def test_the_owner_sees_when_and_how() -> None:
    assert End(1795000000, None).attributes() == {
        "disco.ending": "poweroff",
        "disco.expires": "2026-11-18T11:06:40Z",
    }
    assert End(0, "abc").attributes() == {"disco.ending": "delete"}
