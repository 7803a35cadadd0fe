"""What is asked twice, what is counted, and which id the cloud is told."""

from __future__ import annotations

from unittest import mock

import pytest
import requests
import requests_mock
from keystoneauth1 import exceptions

from disco import metrics, request_id
from disco.openstack.retrying_session import RetryingSession, close_with

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
