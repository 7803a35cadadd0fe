"""What is asked twice, what is counted, and which id the cloud is told."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
import requests
import requests_mock
from keystoneauth1 import exceptions
from keystoneauth1.identity import v3
from requests_mock import ANY

from disco import metrics, request_id
from disco.openstack.retrying_session import (
    NotUnderstood,
    RetryingSession,
    UntrustedAddress,
    close_with,
)
from tests.support.catalogue import login_to

BROKEN = {"exc": requests.ConnectionError("Remote end closed connection without response")}


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


@pytest.mark.parametrize(
    ("url", "wanted", "service"),
    [
        ("http://h:8774/v2.1/servers", None, "compute"),
        ("http://h:8774/v2.1", {"service_type": "orchestration"}, "orchestration"),
        ("http://h/v3/auth/tokens?nocatalog", None, "identity"),
        ("http://h/v3", None, "identity"),
        ("http://keystone/v3/users/u/application_credentials", None, "identity"),
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
    opened.auth.auth_url = "http://keystone/v3"
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


# -- addresses in answers -------------------------------------------------------------------

FROM = "http://heat:8004/v1/p/stacks/disco_x"


@pytest.mark.parametrize(
    "location",
    [
        "http://heat.internal:8004/v1/p/stacks/disco_x/1",
        "http://heat:8005/v1/p",
        "https://heat:8004/v1/p",
        "https://heat/v1/p",
        "//evil.example/",
        "http://heat:8004@evil.example/",
        "http://heat:8004.evil.example/",
        "http://heat:99999/",
        "ftp://heat:8004/",
        "",
        None,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_redirect_to_another_host_is_not_followed(
    requests_mock: requests_mock.Mocker, location: str | None, method: str
) -> None:
    headers = {} if location is None else {"Location": location}
    requests_mock.register_uri(ANY, ANY, json={})
    requests_mock.register_uri(method, FROM, status_code=302, headers=headers, json={})
    with pytest.raises(UntrustedAddress) as refused:
        RetryingSession().request(FROM, method, authenticated=False)
    assert "\n" not in str(refused.value)
    assert {asked.url for asked in requests_mock.request_history} == {FROM}


@pytest.mark.parametrize(
    ("asked", "location", "then"),
    [
        (FROM, "/v1/p/stacks/disco_x/1", "http://heat:8004/v1/p/stacks/disco_x/1"),
        (FROM, "HTTP://HEAT:8004/v1/q", "http://heat:8004/v1/q"),
        ("http://heat/v1", "http://heat:80/v1/", "http://heat:80/v1/"),
        ("http://heat/v1", "https://heat/v1", "https://heat/v1"),
    ],
)
def test_a_redirect_on_the_same_host_is_followed(
    requests_mock: requests_mock.Mocker, asked: str, location: str, then: str
) -> None:
    requests_mock.get(asked, status_code=302, headers={"Location": location})
    requests_mock.get(then, json={"done": True})
    answer = RetryingSession().get(asked, params={"a": "1"}, authenticated=False)
    assert answer.json() == {"done": True}


def test_a_redirect_in_a_circle_is_left(requests_mock: requests_mock.Mocker) -> None:
    requests_mock.get(FROM, status_code=302, headers={"Location": FROM})
    with pytest.raises(UntrustedAddress, match="again and again"):
        RetryingSession().get(FROM, authenticated=False)
    assert requests_mock.call_count < 6


@pytest.mark.parametrize(
    "url", ["http://evil.example/v2.1/flavors", "http://nova:9/v2.1", "https://nova/v2.1/flavors"]
)
def test_a_token_goes_to_the_hosts_of_the_catalogue_alone(
    requests_mock: requests_mock.Mocker, url: str
) -> None:
    requests_mock.get(ANY, json={})
    session = login_to("compute").session
    assert session.get("http://nova/v2.1/flavors").status_code == 200
    before = requests_mock.call_count
    with pytest.raises(UntrustedAddress, match="catalogue"):
        session.get(url)
    assert requests_mock.call_count == before
    assert session.get(url, authenticated=False).status_code == 200


# -- what is answered to changes, and by whom ------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", ["<html>", "{", "[" * 100_000], ids=["page", "cut", "nested"])
def test_a_change_is_not_answered_with_a_page(
    requests_mock: requests_mock.Mocker, method: str, body: str
) -> None:
    requests_mock.register_uri(method, FROM, text=body)
    with pytest.raises(NotUnderstood):
        RetryingSession().request(FROM, method, authenticated=False)
    requests_mock.register_uri(method, FROM, text="", status_code=204)
    assert RetryingSession().request(FROM, method, authenticated=False).status_code == 204


@pytest.mark.parametrize("status", [429, 503])
def test_who_wants_no_errors_is_told_to_wait_nevertheless(
    requests_mock: requests_mock.Mocker, status: int
) -> None:
    requests_mock.get(FROM, status_code=status, headers={"Retry-After": "7"})
    with pytest.raises(exceptions.HttpError) as raised:
        RetryingSession().get(FROM, authenticated=False, raise_exc=False)
    assert raised.value.http_status == status


def test_an_error_names_the_service_that_failed_first(requests_mock: requests_mock.Mocker) -> None:
    """A call to Nova asks Keystone for a new token first, and Keystone is away."""
    session = RetryingSession(auth=v3.Password("http://keystone/v3", "u", "p", project_id="x"))
    requests_mock.post("http://keystone/v3/auth/tokens", **BROKEN)
    with pytest.raises(exceptions.ConnectFailure) as raised:
        session.get("/flavors", endpoint_filter={"service_type": "compute"})
    assert raised.value.service == "identity"


def test_connections_are_closed_with_the_login_also_where_objects_refer_to_each_other() -> None:
    """As heatclient's do: garbage is not looked for here."""
    opened = RetryingSession()
    ring: list[object] = [opened]
    ring.append(ring)
    owner = mock.Mock(spec_set=())
    with mock.patch.object(opened.session, "close") as close:
        close_with(owner, opened)
        assert not close.called
        del owner, ring
        assert close.called


def sent_through(url: str, **more: object) -> dict[str, object]:
    """The proxies and certificates of a call."""
    connections = RetryingSession(**more).session
    found: dict[str, object] = connections.merge_environment_settings(url, {}, None, True, None)
    return found


def test_the_environment_says_which_proxy_a_call_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def proxy(url: str) -> object:
        proxies = sent_through(url)["proxies"]
        assert isinstance(proxies, dict)
        return proxies.get("http")

    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert proxy("http://heat/v1") is None
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    assert proxy("http://heat/v1") == proxy("http://heat/v2") == "http://proxy:3128"
    monkeypatch.setenv("no_proxy", "heat")
    assert proxy("http://heat/v1") is None
    assert proxy("http://nova/v1") == "http://proxy:3128"
    monkeypatch.setenv("http_proxy", "http://other:3128")
    assert proxy("http://nova/v1") == "http://other:3128"


def test_the_environment_says_which_certificates_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    assert sent_through("https://heat")["verify"] is True
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/mine.pem")
    assert sent_through("https://heat")["verify"] == "/etc/mine.pem"


def test_addresses_are_looked_up_while_others_are_asked() -> None:
    """Questions that are asked side by side share the session."""
    found = RetryingSession(auth=mock.Mock(auth_url="http://keystone.example"))
    found._services["http://nova.example"] = "compute"

    def look_up() -> None:
        for number in range(3000):
            found._services[f"http://other{number}.example"] = "other"

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(look_up)
            told = {"compute"}
            while not done.done():
                told.add(found._service_of("http://nova.example/v2.1/x", None))
        assert (done.result(), told) == (None, {"compute"})
    finally:
        sys.setswitchinterval(before)
