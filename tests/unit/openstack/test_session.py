"""Whose credentials are used, and what is never shown of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import falcon
import pytest
import requests
import requests_mock
from falcon import testing
from keystoneauth1 import exceptions

from disco.api.keystone.credentials import read_credentials
from disco.errors import AuthenticationFailed, CloudUnavailable, InvalidRequest
from disco.openstack.credentials import Credentials
from disco.openstack.retrying_session import RetryingSession
from disco.openstack.session import Sessions


def request(**headers: str) -> falcon.Request:
    return falcon.Request(testing.create_environ(headers=headers))


def test_headers_come_before_attributes() -> None:
    found = read_credentials(
        request(**{"X-User-Name": "alice"}),
        {
            "icclab.disco.deployer.username": "bob",
            "icclab.disco.deployer.password": "secret",
            "icclab.disco.deployer.region": "RegionTwo",
        },
    )
    assert (found.username, found.password, found.region) == ("alice", "secret", "RegionTwo")


@pytest.mark.parametrize("value", ["$OS_TENANT_NAME", "${OS_TENANT_NAME}", "", "  "])
def test_a_variable_that_no_shell_expanded_counts_as_not_sent(value: str) -> None:
    assert read_credentials(request(**{"X-Tenant-Name": value})).tenant is None


def test_a_dollar_inside_a_password_is_a_character() -> None:
    for password in ("$ecret", "$ecret!x", "$OS"):
        assert read_credentials(request(**{"X-Password": password})).password == password


def test_nothing_of_a_secret_is_in_a_repr() -> None:
    text = repr(
        Credentials(
            token="tttt",
            username="uuuu",
            password="pppp",
            application_credential_id="iiii",
            application_credential_secret="ssss",
        )
    )
    assert not any(secret in text for secret in ("tttt", "uuuu", "pppp", "iiii", "ssss"))


def test_nothing_to_log_in_with_is_said_before_keystone_is_asked() -> None:
    with pytest.raises(AuthenticationFailed):
        Credentials(tenant="t").check()
    with pytest.raises(InvalidRequest, match="X-Tenant-Name"):
        Credentials(username="u", password="p").check()


@pytest.mark.parametrize(
    "uri",
    [
        "http://k:5000",
        "http://k:5000/",
        "http://k:5000/v3",
        "http://k:5000/v3/",
        "http://k:5000/v2.0",
        "http://k:5000/v2.0/",
    ],
)
def test_design_uri_may_end_as_it_likes(uri: str) -> None:
    assert Sessions(uri, True, 1).auth_url == "http://k:5000/v3"


def test_a_path_in_design_uri_is_kept() -> None:
    assert Sessions("https://k/identity/v3", True, 1).auth_url == "https://k/identity/v3"


TOKENS = "http://keystone/v3/auth/tokens"
BROKEN = {"exc": requests.ConnectionError("Remote end closed connection without response")}


def test_a_broken_connection_is_tried_once_more(requests_mock: requests_mock.Mocker) -> None:
    token = {"headers": {"X-Subject-Token": "t"}, "json": {"token": {"user": {"id": "u"}}}}
    requests_mock.post(TOKENS, [BROKEN, token])
    assert Sessions("http://keystone", True, 5.0).exchange({})[0] == "t"
    requests_mock.post(TOKENS, [BROKEN, BROKEN, token])
    with pytest.raises(CloudUnavailable):
        Sessions("http://keystone", True, 5.0).exchange({})
    requests_mock.get("http://heat/stacks", [BROKEN, {"json": {"stacks": []}}])
    answer = RetryingSession().get("http://heat/stacks", authenticated=False)
    assert answer.json() == {"stacks": []}


def test_a_session_is_kept_as_long_as_its_token(requests_mock: requests_mock.Mocker) -> None:
    def opened(expires: str) -> int:
        requests_mock.reset_mock()
        token = {
            "token": {
                "project": {"id": "p"}, "user": {"id": "u"}, "expires_at": expires, "methods": [],
            }
        }  # fmt: skip
        requests_mock.get("http://keystone/v3", json={"version": {"id": "v3.14"}})
        requests_mock.post(TOKENS, headers={"X-Subject-Token": "t"}, json=token)
        sessions = Sessions("http://keystone", True, 5.0)
        alice = Credentials(username="alice", password="x", tenant="demo")
        assert sessions.open(alice).project_id == sessions.open(alice).project_id == "p"
        return sum(r.url == TOKENS for r in requests_mock.request_history)

    assert opened("2099-01-01T00:00:00.000000Z") == 1
    # one that ends within the margin is of no use to the next request
    soon = datetime.now(UTC) + timedelta(seconds=30)
    assert opened(soon.strftime("%Y-%m-%dT%H:%M:%S.%fZ")) == 2


HEAT = [{"interface": "public", "region": "R", "url": "http://heat"}]


def body(project: str = "p", user: str = "u", **more: object) -> dict[str, object]:
    """A token as Keystone describes it; the project ``demo`` of the domain B, unless told."""
    scope = {"id": project, "name": "demo", "domain": {"id": "b1", "name": "B"}}
    return {
        "token": {
            "project": scope, "user": {"id": user}, "expires_at": "2099-01-01T00:00:00.000000Z",
            "methods": [], "catalog": [{"type": "orchestration", "endpoints": HEAT}], **more,
        }
    }  # fmt: skip


@pytest.fixture
def keystone(requests_mock: requests_mock.Mocker) -> requests_mock.Mocker:
    """Takes any token as one for B's ``demo``, and any password."""
    requests_mock.get("http://keystone/v3", json={"version": {"id": "v3.14"}})
    requests_mock.get(TOKENS, json=body())
    requests_mock.post(TOKENS, headers={"X-Subject-Token": "new"}, json=body("other"))
    return requests_mock


@pytest.mark.parametrize(
    ("tenant", "domain", "project"),
    [
        (None, None, "p"),
        ("demo", None, "p"),
        ("demo", "B", "p"),
        ("demo", "b1", "p"),
        ("p", "Default", "p"),
        ("demo", "Default", "other"),
        ("Demo", "B", "other"),
        ("None", None, "other"),
    ],
)
def test_a_token_is_used_as_it_is_for_its_own_project_alone(
    keystone: requests_mock.Mocker, tenant: str | None, domain: str | None, project: str
) -> None:
    asked = Credentials(token="t", tenant=tenant, project_domain=domain)
    assert Sessions("http://keystone", True, 5.0).open(asked).project_id == project
    if project == "other":
        scope = keystone.last_request.json()["auth"]["scope"]["project"]
        assert scope == {"name": tenant, "domain": {"name": domain or "Default"}}


def test_no_two_credentials_share_a_session(keystone: requests_mock.Mocker) -> None:
    sessions = Sessions("http://keystone", True, 5.0)
    several = [
        Credentials(token="t"),
        Credentials(token="t", tenant="None"),
        Credentials(token="t", tenant="demo"),
        Credentials(token="t", tenant="demo", project_domain="B"),
        Credentials(token="t", tenant="demo", project_domain="Default"),
        Credentials(token="t", username="None"),
        Credentials(token="t\0demo"),
    ]
    assert len({id(sessions.open(one)) for one in several}) == len(several)
    assert all(sessions.open(one) is sessions.open(one) for one in several)


def test_a_kept_session_is_checked_again_after_a_while(keystone: requests_mock.Mocker) -> None:
    alice = Credentials(username="alice", password="x", tenant="demo")
    for keep, logins in ((60.0, 1), (0.0, 2)):
        keystone.reset_mock()
        sessions = Sessions("http://keystone", True, 5.0, keep)
        sessions.open(alice)
        sessions.open(alice)
        assert sum(r.url == TOKENS for r in keystone.request_history) == logins


def test_what_is_forgotten_or_asked_for_anew_is_not_kept(keystone: requests_mock.Mocker) -> None:
    sessions, alice = Sessions("http://keystone", True, 5.0), Credentials(token="t")
    first = sessions.open(alice)
    assert sessions.open_anew(alice) is not first
    assert sessions.open(alice) is first
    sessions.forget(alice)
    assert sessions.open(alice) is not first
    sessions.forget(Credentials(token="unknown"))


@pytest.mark.parametrize(
    ("password", "again", "goes_on"),
    [
        (None, body(), False),
        ("x", body(), True),
        ("x", body("other"), False),  # the password is for another project
        ("x", body(user="somebody"), False),
    ],
)
def test_a_token_that_the_cloud_refuses_gives_way_to_the_password_once(
    keystone: requests_mock.Mocker, password: str | None, again: dict[str, object], goes_on: bool
) -> None:
    keystone.post(TOKENS, headers={"X-Subject-Token": "new"}, json=again)
    keystone.get("http://heat/stacks", status_code=401)
    keystone.get("http://heat/stacks", request_headers={"X-Auth-Token": "new"}, json={})
    who = Credentials(token="old", username="alice", password=password, tenant="demo")
    login = Sessions("http://keystone", True, 5.0).open(who)
    if goes_on:
        assert login.session.get("http://heat/stacks").status_code == 200
    else:
        with pytest.raises(exceptions.Unauthorized):
            login.session.get("http://heat/stacks")
    assert len(keystone.request_history) < 8


@pytest.mark.parametrize(
    ("more", "member"),
    [
        ({"roles": [{"id": "1", "name": "member"}, {"id": "2", "name": "reader"}]}, True),
        ({"roles": [{"id": "1", "name": "_member_"}]}, True),
        ({"roles": [{"id": "2", "name": "reader"}]}, False),
        ({"roles": [{"id": "2", "name": "auditor"}]}, False),
        ({}, False),
        (
            {
                "roles": [{"id": "1", "name": "member"}],
                "application_credential": {"id": "a", "access_rules": [{"id": "r"}]},
            },
            False,
        ),
    ],
)
def test_roles_tell_who_may_change_something(
    keystone: requests_mock.Mocker, more: dict[str, object], member: bool
) -> None:
    keystone.get(TOKENS, json=body(**more))
    assert Sessions("http://keystone", True, 5.0).open(Credentials(token="t")).is_member is member


def test_a_token_that_was_taken_back_is_asked_about_again(
    requests_mock: requests_mock.Mocker,
) -> None:
    requests_mock.get("http://keystone/v3", json={"version": {"id": "v3.14"}})
    requests_mock.post(TOKENS, headers={"X-Subject-Token": "t"}, json=body())
    requests_mock.get(TOKENS, headers={"X-Subject-Token": "t"}, json=body())
    requests_mock.delete(TOKENS, status_code=204)
    sessions = Sessions("http://keystone", True, 5.0)
    mine = Credentials(token="mine", tenant="demo", region="R")

    def is_asked() -> bool:
        requests_mock.reset_mock()
        sessions.open(mine)
        return any(request.url.startswith(TOKENS) for request in requests_mock.request_history)

    assert (is_asked(), is_asked()) == (True, False)
    sessions.revoke("mine")
    assert is_asked()
