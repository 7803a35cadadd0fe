"""Events as text, JSON, lines and a stream, and how long a follower is served."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

import falcon
import pytest
from falcon import testing

from disco import metrics
from disco.api.http.parking import LOT, WAITED, Park
from disco.api.resources import event_followers, events
from disco.api.resources.event_followers import WaitingFollower
from disco.clusters.readers import Readers
from disco.clusters.service import Clusters, EventPage
from disco.errors import CloudTimeout, NotFound
from disco.heat.stack_status import StackStatus
from disco.status.events import as_data
from disco.status.stack_history import Event
from tests.unit.api.conftest import SETTINGS

PATH = "/disco/11111111-1111-4111-8111-111111111111/events"
DONE = Event("2026-01-02T03:04:05Z", "heat", None, "worker_1", "create", "done", id="h1")


def page(*new: Event, status: str = "CREATE_IN_PROGRESS") -> EventPage:
    stack_status = StackStatus(status)
    return EventPage(new, "h1", stack_status, not stack_status.is_in_progress)


def followed(*pages: EventPage | Exception) -> Iterator[EventPage]:
    for one in pages:
        if isinstance(one, Exception):
            raise one
        yield one


def ask(
    client: testing.TestClient, *pages: EventPage | Exception, accept: str, **query: str
) -> testing.Result:
    with (
        mock.patch.object(Clusters, "follow", return_value=followed(*pages)),
        mock.patch.object(event_followers, "PAUSE", 0),
    ):
        return client.simulate_get(PATH, params=query, headers={"Accept": accept})


def test_one_page_in_each_form(client: testing.TestClient) -> None:
    told = ask(client, page(DONE), accept="application/json")
    assert told.json == {
        "stack_status": "CREATE_IN_PROGRESS",
        "at_rest": False,
        "marker": "h1",
        "events": [as_data(DONE)],
    }
    assert f"{PATH}?since=h1" in told.headers["Link"]
    text = ask(client, page(DONE), accept="text/plain").text
    assert text == "2026-01-02T03:04:05Z worker_1: create done\n"
    lines = ask(client, page(DONE, DONE), accept="application/x-ndjson").text
    assert [json.loads(line)["id"] for line in lines.splitlines()] == ["h1", "h1"]


def test_an_event_is_waited_for(client: testing.TestClient) -> None:
    pages = page(), page(), page(DONE)
    assert ask(client, *pages, accept="application/json", wait="0").json["events"] == []
    assert len(ask(client, *pages, accept="application/json", wait="60").json["events"]) == 1


@pytest.mark.parametrize("wait", ["61", "-1", "1.5", "soon", "0000000000061", "9" * 5000])
def test_what_is_not_a_time_to_wait_is_refused(client: testing.TestClient, wait: str) -> None:
    answer = ask(client, page(), accept="application/json", wait=wait)
    assert answer.status_code == 400
    assert answer.json["faults"][0]["attribute"] == "wait"


@pytest.mark.parametrize(
    ("pages", "last"),
    [
        ((page(DONE), page(status="CREATE_COMPLETE")), '{"stack_status": "CREATE_COMPLETE"}'),
        ((page(DONE), NotFound("gone")), '{"stack_status": "DELETE_COMPLETE"}'),
        (
            (page(DONE), CloudTimeout("late")),
            '{"code": "cloud-timeout", "message": "late"}',
        ),
    ],
)
def test_a_stream_says_how_it_ended(
    client: testing.TestClient, pages: tuple[EventPage | Exception, ...], last: str
) -> None:
    text = ask(client, *pages, accept="text/event-stream").text
    assert text.startswith("retry: 1000\n\nid: h1\ndata: ")
    assert text.rstrip().endswith(f"data: {last}")


def test_a_browser_does_not_reconnect_to_a_cluster_at_rest(client: testing.TestClient) -> None:
    rest = page(status="CREATE_COMPLETE")
    again = ask(client, rest, accept="text/event-stream", since="h1")
    assert again.status_code == 204
    assert "event: end" in ask(client, rest, accept="text/event-stream").text


# -- places -------------------------------------------------------------------


def metric(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def no_place(app: falcon.App[Any, Any]) -> Iterator[None]:
    with mock.patch("threading.BoundedSemaphore.acquire", return_value=False):
        yield


@pytest.mark.usefixtures("no_place")
@pytest.mark.parametrize(
    ("accept", "query"), [("text/event-stream", {}), ("application/json", {"wait": "60"})]
)
def test_without_a_place_a_follower_is_refused(
    client: testing.TestClient, accept: str, query: dict[str, str]
) -> None:
    before = metric("disco_requests_refused_total", limit="followers")
    answer = ask(client, page(), page(DONE), accept=accept, **query)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert metric("disco_requests_refused_total", limit="followers") == before + 1


@pytest.mark.usefixtures("no_place")
def test_who_needs_no_place_is_answered_without_one(client: testing.TestClient) -> None:
    rest = page(DONE, status="CREATE_COMPLETE")
    assert "event: end" in ask(client, rest, accept="text/event-stream").text
    for query in ({}, {"wait": "60"}):
        told = ask(client, page(DONE), accept="application/json", **query)
        assert len(told.json["events"]) == 1


def test_who_waits_and_hangs_up_is_not_waited_for(client: testing.TestClient) -> None:
    with mock.patch.object(events.ClientConnection, "is_gone", True):
        began = time.monotonic()
        ask(client, page(), page(), accept="application/json", wait="60")
    assert time.monotonic() - began < 5
    assert metric("disco_followers") == 0


# -- a server that keeps connections in its loop -----------------------------------


def in_loop(
    client: testing.TestClient, pages: Iterator[EventPage], accept: str, waited: Any = None,
    **query: str,
) -> testing.Result:  # fmt: skip
    """As ``ask``, of a server that has a lot."""
    lot = mock.Mock(places=threading.BoundedSemaphore(1))
    extras = {LOT: lot, **({WAITED: waited} if waited is not None else {})}
    with mock.patch.object(Clusters, "follow", return_value=pages):
        return client.simulate_get(
            f"/disco/{uuid.uuid4()}/events", params=query, headers={"Accept": accept},
            extras=extras,
        )  # fmt: skip


def parked(client: testing.TestClient, *pages: EventPage, **query: str) -> Park:
    with pytest.raises(Park) as park:
        in_loop(client, iter(pages), "application/json", **query)
    with mock.patch.object(Readers, "join"):
        park.value.waiting.begin(mock.Mock())
    return park.value


def test_who_waits_is_parked_and_answered_as_one_request(client: testing.TestClient) -> None:
    counted = "disco_request_seconds_count"
    labels = {"operation": "GET /disco/{uuid}/events", "status": "200"}
    before = metric(counted, **labels)
    park = parked(client, page(), since="h0", wait="60")
    waiting = park.waiting
    assert isinstance(waiting, WaitingFollower)
    assert (metric(counted, **labels), metric("disco_followers")) == (before, 1)
    waiting.told(page(DONE))
    answer = in_loop(client, iter(()), "application/json", waiting, since="h0", wait="60")
    assert [event["id"] for event in answer.json["events"]] == ["h1"]
    assert "events?since=h1" in answer.headers["Link"]
    assert answer.headers["X-Request-Id"] == waiting.context.id
    assert metric(counted, **labels) == before + 1
    park.close()
    assert metric("disco_followers") == 0


def test_an_error_while_it_waits_is_its_answer(client: testing.TestClient) -> None:
    park = parked(client, page(), wait="60")
    assert isinstance(park.waiting, WaitingFollower)
    park.waiting.failed(NotFound("There is no such cluster."))
    answer = in_loop(client, iter(()), "application/json", park.waiting, wait="60")
    assert answer.status_code == 404
    park.close()


def test_what_needs_no_waiting_is_not_parked(client: testing.TestClient) -> None:
    rest = page(DONE, status="CREATE_COMPLETE")
    assert in_loop(client, iter([page(DONE)]), "text/plain", wait="60").status_code == 200
    assert in_loop(client, iter([page()]), "text/plain").status_code == 200
    assert "event: end" in in_loop(client, iter([rest]), "text/event-stream").text
    empty = page(status="CREATE_COMPLETE")
    assert in_loop(client, iter([empty]), "text/event-stream", since="h1").status_code == 204


def test_a_project_has_its_place_as_long_as_its_follower_is_parked(
    client: testing.TestClient, app: falcon.App[Any, Any]
) -> None:
    limit = SETTINGS.limit_followers
    assert limit
    parks = [parked(client, page(), wait="60") for _ in range(limit)]
    with mock.patch("disco.metrics.REFUSED"):
        refused = in_loop(client, iter([page()]), "text/plain", wait="60")
    assert refused.status_code == 429
    parks[0].close()
    parks[0] = parked(client, page(), wait="60")
    for park in parks:
        park.close()
    assert in_loop(client, iter([page(DONE)]), "text/plain", wait="60").status_code == 200


def test_a_stream_without_a_place_in_the_loop_is_refused(client: testing.TestClient) -> None:
    lot = mock.Mock(places=threading.BoundedSemaphore(1))
    assert lot.places.acquire(blocking=False)
    for accept, query in (("text/event-stream", {}), ("text/plain", {"wait": "9"})):
        with mock.patch.object(Clusters, "follow", return_value=iter([page()])):
            answer = client.simulate_get(
                PATH, params=query, headers={"Accept": accept}, extras={LOT: lot}
            )
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
