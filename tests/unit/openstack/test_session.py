"""Whose credentials are used, and what is never shown of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import mock

import falcon
import pytest
import requests
import requests_mock
from falcon import testing
from keystoneauth1 import exceptions

from disco import metrics, request_id
from disco.api.keystone.credentials import read_credentials
from disco.errors import AuthenticationFailed, CloudUnavailable, InvalidRequest
from disco.openstack.session import Credentials, RetryingSession, Sessions


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
    token = {"headers": {"X-Subject-Token": "t"}, "json": {"token": {}}}
    requests_mock.post(TOKENS, [BROKEN, token])
    assert Sessions("http://keystone", True, 5.0).exchange({})[0] == "t"
    requests_mock.post(TOKENS, [BROKEN, BROKEN, token])
    with pytest.raises(CloudUnavailable):
        Sessions("http://keystone", True, 5.0).exchange({})
    requests_mock.get("http://heat/stacks", [BROKEN, {"json": {"stacks": []}}])
    answer = RetryingSession().get("http://heat/stacks", authenticated=False)
    assert answer.json() == {"stacks": []}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_may_have_been_done_is_not_done_again(
    requests_mock: requests_mock.Mocker, method: str
) -> None:
    requests_mock.register_uri(method, "http://heat/stacks", [BROKEN, {"json": {}}])
    with pytest.raises(exceptions.ConnectFailure):
        RetryingSession().request("http://heat/stacks", method, authenticated=False)
    assert requests_mock.call_count == 1


def test_what_is_not_answered_in_time_is_not_waited_for_twice(
    requests_mock: requests_mock.Mocker,
) -> None:
    requests_mock.get("http://heat/stacks", exc=requests.ReadTimeout)
    with pytest.raises(exceptions.ConnectTimeout):
        RetryingSession().get("http://heat/stacks", authenticated=False)
    assert requests_mock.call_count == 1


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


@pytest.mark.parametrize(
    ("url", "wanted", "service"),
    [
        ("http://h:8774/v2.1/servers", None, "compute"),
        ("http://h:8774/v2.1", {"service_type": "orchestration"}, "orchestration"),
        ("http://h/v3/auth/tokens?nocatalog", None, "identity"),
        ("http://h/v3", None, "identity"),
        ("http://elsewhere/", None, "other"),
    ],
)
def test_calls_are_counted_by_service(
    requests_mock: requests_mock.Mocker, url: str, wanted: dict[str, str] | None, service: str
) -> None:
    requests_mock.get(url, status_code=404)
    opened = RetryingSession(auth=mock.Mock())
    opened.auth.get_connection_params.return_value = {}
    opened.auth.get_endpoint.return_value = "http://h:8774/v2.1"
    opened.get_endpoint(service_type="compute")
    labels = {"service": service, "outcome": "refused"}
    counted = metrics.REGISTRY.get_sample_value
    before = counted("disco_cloud_call_seconds_count", labels) or 0
    with pytest.raises(exceptions.NotFound):
        more = {"endpoint_filter": wanted} if wanted else {}
        opened.get(url, authenticated=False, **more)
    assert counted("disco_cloud_call_seconds_count", labels) == before + 1


def test_the_cloud_is_told_the_id_of_the_request(requests_mock: requests_mock.Mocker) -> None:
    requests_mock.get("http://h/")
    session = RetryingSession()
    own = request_id.begin(None)
    session.get("http://h/", headers={"X-Other": "1"}, authenticated=False)
    session.get("http://h/", authenticated=False)
    first, second = (asked.headers for asked in requests_mock.request_history)
    assert first["X-Openstack-Request-Id"] == second["X-Openstack-Request-Id"] == own
    assert first["X-Other"] == "1"


def test_a_call_that_was_not_made_is_not_counted() -> None:
    def told() -> float:
        sums = metrics.CLOUD_CALLS.collect()
        return sum(s.value for m in sums for s in m.samples if s.name.endswith("_count"))

    session, before = RetryingSession(auth=mock.Mock()), told()
    session.auth.get_endpoint.return_value = None
    session.auth.get_connection_params.return_value = {}
    session.auth.get_headers.return_value = {}
    with pytest.raises(exceptions.EndpointNotFound):
        session.get("/x", endpoint_filter={"service_type": "compute"})
    assert told() == before
