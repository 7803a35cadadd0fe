"""Limits: what is refused, for how long, and that nobody else is."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import falcon
import pytest
from falcon import testing

from disco.api.http import rate_limit
from disco.api.http.rate_limit import (
    Bucket,
    FailedLogins,
    Follower,
    FollowerPlaces,
    Limits,
    Places,
    follow,
)
from disco.config import Settings
from disco.data_files import data_dir
from disco.errors import TooManyRequests

SETTINGS = Settings("http://127.0.0.1:9/v3", data_dir() / "service_manifest.json", (), ())


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass."""
    now = [1000.0]
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now[0])

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    return pass_time


def test_a_bucket_fills_again_and_each_key_has_its_own(later: Callable[[float], None]) -> None:
    bucket = Bucket(rate=2, most=4)
    assert [bucket.take("a") for _ in range(4)] == [0.0] * 4
    assert bucket.take("a") == bucket.wait("a") == pytest.approx(0.5)
    assert bucket.take("b") == 0.0
    later(0.5)
    assert bucket.take("a") == 0.0
    later(3600)
    assert [bool(bucket.take("a")) for _ in range(5)] == [False] * 4 + [True]


def test_what_is_remembered_is_bounded() -> None:
    bucket, places = Bucket(1, 1), Places(2)
    for number in range(rate_limit._MOST + 100):
        bucket.take(str(number))
        assert places.take(str(number))
        places.leave(str(number))
    assert len(bucket._left) == rate_limit._MOST
    assert not places._taken


def test_a_create_gives_its_place_back_also_after_an_error() -> None:
    limits = Limits(creates=Places(1))
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), limits.creating("p"):
            with pytest.raises(TooManyRequests), limits.creating("p"):
                raise AssertionError
            with limits.creating("another"):
                pass
            raise ZeroDivisionError


def test_a_follower_gives_its_place_back_once_whatever_it_read() -> None:
    limits = Limits(followers=Places(1))
    pieces = iter([b"a", b"b"])
    follower = Follower(limits, "p").reading(pieces)
    assert next(follower) == b"a"
    with pytest.raises(TooManyRequests) as refused:
        Follower(limits, "p")
    assert refused.value.retry_after >= 1
    follower.close()
    follower.close()
    never_read = Follower(limits, "p").reading(x for x in [b""])
    never_read.close()
    assert not limits.followers._taken  # type: ignore[union-attr]


def test_what_is_off_limits_nothing() -> None:
    nothing = dict.fromkeys(
        ("limit_requests", "limit_creates", "limit_followers", "limit_failed_logins")
    )
    limits = Limits.of(Settings(**{**vars(SETTINGS), **nothing}))
    assert limits == Limits()
    for _ in range(1000):
        limits.count_request("p")
        Follower(limits, "p")
    with limits.creating("p"), limits.creating("p"):
        pass


def test_a_single_user_meets_no_default() -> None:
    limits = Limits.of(SETTINGS)
    for _ in range(200):
        limits.count_request("p")
    with limits.creating("p"), limits.creating("p"), limits.creating("p"), limits.creating("p"):
        pass


def asked(address: str, **headers: str) -> falcon.Request:
    request = falcon.Request(testing.create_environ(remote_addr=address, headers=headers))
    request.uri_template = "/disco/"
    return request


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ("198.51.100.1", "198.51.100.1", True),
        ("198.51.100.1", "198.51.100.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),  # a client of IPv6 has a network
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.1", "198.51.100.1", True),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_refused_credentials_count_for_their_address(
    first: str, second: str, refused: bool
) -> None:
    guard = FailedLogins(Limits(failed_logins=Bucket(0.01, 2)))
    response = mock.Mock(status="401 Unauthorized")
    for _ in range(2):
        guard.process_resource(asked(first), response, None, None)
        guard.process_response(asked(first), response, None, True)
    try:
        guard.process_resource(asked(second), response, None, None)
    except TooManyRequests:
        assert refused
    else:
        assert not refused


def test_what_needs_nobody_is_not_refused() -> None:
    guard = FailedLogins(Limits(failed_logins=Bucket(0.01, 1)))
    request, response = asked("198.51.100.1"), mock.Mock(status="401 Unauthorized")
    guard.process_response(request, response, None, True)
    for public in ("/-/", "/health", "/ready", "/openapi.json", "/dashboard/"):
        request.uri_template = public
        guard.process_resource(request, response, None, None)


@pytest.mark.parametrize(
    ("template", "query", "accept", "follows"),
    [
        ("/disco/{uuid}/events", "wait=5", "*/*", True),
        ("/disco/{uuid}/events", "wait=nonsense", "*/*", True),
        ("/disco/{uuid}/events", "wait=0", "*/*", False),
        ("/disco/{uuid}/events", "", "text/event-stream", True),
        ("/disco/{uuid}/events", "", "application/json", False),
        ("/disco/{uuid}", "wait=5", "text/event-stream", False),
    ],
)
@pytest.mark.parametrize("stream", [None, (b"a", b"b")])
def test_who_waits_for_events_has_a_place_until_the_answer_is_sent(
    template: str, query: str, accept: str, follows: bool, stream: tuple[bytes, ...] | None
) -> None:
    limits = Limits(followers=Places(1))
    environ = testing.create_environ(query_string=query, headers={"Accept": accept})
    request, response = falcon.Request(environ), falcon.Response()
    request.uri_template = template
    follow(request, limits, "p")
    if follows:
        with pytest.raises(TooManyRequests):
            follow(request, limits, "p")
    if stream:
        response.stream = iter(stream)
    FollowerPlaces().process_response(request, response, None, True)
    if stream:
        assert tuple(response.stream) == stream
        if follows:
            assert limits.followers._taken  # type: ignore[union-attr]
            response.stream.close()
    assert not limits.followers._taken  # type: ignore[union-attr]
