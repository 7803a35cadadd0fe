"""Where Keystone gives no credential, and where Heat refuses; tests/api has the rest."""

from __future__ import annotations

from unittest import mock

import pytest
import requests_mock as requests_mocks

from disco.errors import CloudUnavailable, Forbidden
from disco.heat.stacks import Stack
from disco.openstack.delete_credential import DeleteCredentials, End, Prepared, _seconds


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
    catalog = [{"type": "orchestration", "endpoints": [{"interface": "public", "url": heat}]}]
    told = {"methods": [], "expires_at": "2099-01-01T00:00:00Z", "user": {"id": "u"}}
    token = {"token": {**told, "catalog": catalog}}
    headers = {"X-Subject-Token": "limited"}
    requests_mock.get("http://keystone/v3", json={"version": {"id": "v3.14"}})
    requests_mock.post("http://keystone/v3/auth/tokens", json=token, headers=headers)
    asked = requests_mock.delete(requests_mocks.ANY, status_code=status, json={})
    assert found.taken_by_heat("id", "secret", "c") is taken
    assert asked.last_request.url.startswith(f"{heat}/stacks/disco_c/")
    assert asked.last_request.headers["X-Auth-Token"] == "limited"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", None),
        ("soon x y", None),
        ("9999999999999 - -", None),
        ("9" * 5000 + " a k", None),
        ("\u0661 a k", None),
        ("-1 a k", None),
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


def known(*names: str) -> DeleteCredentials:
    """Credentials of these names are there; ``_ask`` notes what is sent."""
    found = refusing(Forbidden("never"))
    listed = [
        {
            "id": f"id-{name}", "name": name, "project_id": "p", "access_rules": [{"id": "r"}],
            "expires_at": "2099-01-01T00:00:00.000000", "description": "of another region",
        }
        for name in names
    ]  # fmt: skip

    def ask(method: str, path: str, body: object = None) -> object:
        if method == "GET":
            return {"application_credentials": listed}
        return {"application_credential": {"id": "new"}} if method == "POST" else {}

    found._ask = mock.Mock(side_effect=ask)  # type: ignore[method-assign]
    found._login.session.get_endpoint.return_value = "http://heat:8004/v1/p"
    return found


def deleted(credentials: DeleteCredentials) -> list[str]:
    calls = credentials._ask.call_args_list  # type: ignore[attr-defined]
    return [c.args[1].rpartition("/")[2] for c in calls if c.args[0] == "DELETE"]


def test_one_that_is_there_is_used_again_unless_its_secret_is_another() -> None:
    there = known("disco_c")
    assert there.prepare("c", "s", 0) == Prepared("id-disco_c", made=False)
    assert there.prepare("c", "s", 0, use_again=False) == Prepared("new", made=True)
    assert known().prepare("c", "s", 0) == Prepared("new", made=True)


def test_what_was_not_made_here_stays() -> None:
    there = known("disco_c", "disco_c_9")
    there.remove_made(None)
    there.remove_made(Prepared("id-disco_c", made=False))
    assert deleted(there) == []
    there.remove_made(Prepared("id-disco_c_9", made=True))
    assert deleted(there) == ["id-disco_c_9", "r"]


def test_a_cluster_that_this_heat_does_not_know_may_live_elsewhere() -> None:
    there = known("disco_c")
    there.remove(["c"], of_this_heat=True)
    assert deleted(there) == []
    there.remove(["c"])
    assert deleted(there) == ["id-disco_c", "r"]


@pytest.mark.parametrize("text", [None, "", "never", "99999-01-01", "2099-13-01"])
def test_an_expiry_that_cannot_be_read_is_none(text: str | None) -> None:
    assert _seconds({"expires_at": text}) is None
