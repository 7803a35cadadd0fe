"""Limits that keep one project, or one address, from taking the service from the others.

They are counted in each process: with two processes a project gets up to twice as much. A
single user meets none of them.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

import falcon
from cachetools import LRUCache

from disco import metrics
from disco.api.http.caller_address import caller_address, network_of
from disco.api.http.parking import WAITED
from disco.config import Settings
from disco.errors import TooManyRequests

#: how many seconds' worth of requests may come at once
BURST_S = 4
#: projects, or addresses, that are remembered
_MOST = 10_000


class Bucket:
    """A bucket for each key: so many tokens at most, and so many more in each second."""

    def __init__(self, rate: float, most: float) -> None:
        self._rate, self._most = rate, most
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(_MOST)
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take a token; returns 0, or the seconds until there is one."""
        with self._lock:
            left, now = self._now(key)
            if left >= 1:
                self._left[key] = (left - 1, now)
                return 0.0
            return (1 - left) / self._rate

    def wait(self, key: str) -> float:
        """As ``take`` without taking it."""
        with self._lock:
            left, _ = self._now(key)
            return 0.0 if left >= 1 else (1 - left) / self._rate

    def _now(self, key: str) -> tuple[float, float]:
        now = time.monotonic()
        left, since = self._left.get(key, (self._most, now))
        return min(self._most, left + (now - since) * self._rate), now


class Places:
    """So many at a time for each key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, key: str) -> bool:
        """Whether there was a place; then ``leave`` gives it back."""
        with self._lock:
            if self._taken[key] >= self._most:
                return False
            self._taken[key] += 1
            return True

    def leave(self, key: str) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[key] -= 1
            if self._taken[key] <= 0:
                del self._taken[key]


@dataclass(frozen=True)
class Limits:
    """The limits of a process; None where there is none.

    Attributes:
        requests: of a project.
        creates: of a project that are under way, previews among them.
        followers: of events, of a project.
        failed_logins: of an address.
    """

    requests: Bucket | None = None
    creates: Places | None = None
    followers: Places | None = None
    failed_logins: Bucket | None = None

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those that are configured."""
        each_s, failed = settings.limit_requests, settings.limit_failed_logins
        creates, followers = settings.limit_creates, settings.limit_followers
        return cls(
            requests=Bucket(each_s, each_s * BURST_S) if each_s else None,
            creates=Places(creates) if creates else None,
            followers=Places(followers) if followers else None,
            failed_logins=Bucket(failed / 60, failed) if failed else None,
        )

    def count_request(self, project: str) -> None:
        """Count a request of a project.

        Raises:
            TooManyRequests: it sends more than the service takes from one project.
        """
        if self.requests and (seconds := self.requests.take(project)):
            raise _refusal("requests", "This project sends too many requests.", seconds)

    @contextmanager
    def creating(self, project: str) -> Iterator[None]:
        """While a create or a preview of a project is worked on.

        Raises:
            TooManyRequests: there are as many as the service works on for one project.
        """
        if self.creates is None:
            yield
            return
        if not self.creates.take(project):
            raise _refusal("creates", "This project has too many creates under way.", 2)
        try:
            yield
        finally:
            self.creates.leave(project)

    def take_follower(self, project: str) -> None:
        """Take the place of a follower; ``leave_follower`` gives it back.

        Raises:
            TooManyRequests: the project has as many as the service serves for one project.
        """
        if self.followers and not self.followers.take(project):
            raise _refusal("followers", "This project follows too many clusters at a time.", 5)

    def leave_follower(self, project: str) -> None:
        """Give the place of a follower back."""
        if self.followers:
            self.followers.leave(project)


class Follower:
    """One follower of events of a project, from now until it is closed.

    Raises:
        TooManyRequests: the project has as many as the service serves for one project.
    """

    def __init__(self, limits: Limits, project: str) -> None:
        self._limits, self._project = limits, project
        self._is_open = True
        self._stream: Any = iter(())
        limits.take_follower(project)

    def reading(self, stream: Any) -> Follower:
        """What it is sent; whoever serves it closes it at the end, also of one never begun."""
        self._stream = iter(stream)
        return self

    def __iter__(self) -> Follower:
        return self

    def __next__(self) -> bytes:
        piece: bytes = next(self._stream)
        return piece

    def close(self) -> None:
        """Give the place back, once."""
        if self._is_open:
            self._is_open = False
            self._limits.leave_follower(self._project)
            if hasattr(self._stream, "close"):
                self._stream.close()


class FollowerPlaces:
    """Gives the place of a follower back when its answer has been sent, or is not a stream."""

    def process_response(
        self, request: falcon.Request, response: falcon.Response, _: object, __: bool
    ) -> None:
        """Have who serves the stream close the follower; the server does so in every case."""
        follower: Follower | None = getattr(request.context, "follower", None)
        if follower is None:
            return
        if response.stream is None or response.data is not None or response.text is not None:
            follower.close()
        else:
            response.stream = follower.reading(response.stream)


def follow(request: falcon.Request, limits: Limits, project: str) -> None:
    """Take a place where the request waits for events.

    Raises:
        TooManyRequests: the project has as many followers as are served for one project.
    """
    waits = (request.get_param("wait") or "0").strip("0")
    streams = "event-stream" in (request.get_header("Accept") or "")
    if (request.uri_template or "").endswith("/events") and (waits or streams):
        request.context.follower = Follower(limits, project)


class FailedLogins:
    """Refuses an address that has sent too many credentials that Keystone refused."""

    def __init__(self, limits: Limits) -> None:
        self._bucket = limits.failed_logins

    def process_resource(
        self, request: falcon.Request, _: falcon.Response, __: object, ___: object
    ) -> None:
        """Refuse it before Keystone is asked.

        Raises:
            TooManyRequests: with the seconds to wait.
        """
        if self._bucket is None or not _is_login(request) or WAITED in request.env:
            return
        address = caller_address(request)
        if address is None:
            return
        if seconds := self._bucket.wait(network_of(address)):
            text = "Too many requests with wrong credentials came from this address."
            raise _refusal("failed-logins", text, seconds)

    def process_response(
        self, request: falcon.Request, response: falcon.Response, _: object, __: bool
    ) -> None:
        """Count the answer."""
        if not self._bucket or not str(response.status).startswith("401"):
            return
        if address := caller_address(request):
            self._bucket.take(network_of(address))


def _is_login(request: falcon.Request) -> bool:
    """Whether the operation has Keystone check somebody."""
    return request.uri_template not in _PUBLIC


#: what is answered without asking who is there
_PUBLIC = (
    *("/-/", "/-", "/.well-known/org/ogf/occi/-/", "/.well-known/org/ogf/occi/-", "/health"),
    *("/ready", "/metrics", "/openapi.json", "/dashboard", "/dashboard/", "/dashboard/{name}"),
)


def _refusal(limit: str, sentence: str, seconds: float) -> TooManyRequests:
    metrics.REFUSED.labels(limit).inc()
    wait = max(1, ceil(seconds))
    error = TooManyRequests(sentence, hint=f"Try again in {wait} s.")
    error.retry_after = wait
    return error
