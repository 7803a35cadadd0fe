"""Waiting until a cluster is what it was asked to be."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection

from disco.client.cluster import Cluster
from disco.client.errors import (
    CloudFailed,
    ClusterFailed,
    DeadlineExceeded,
    NotFound,
    Unreachable,
)
from disco.client.queries import Reader

Callback = Callable[[Cluster], None]
#: seconds between two looks at a cluster: often at first, then at most this
SLOWEST = 5.0
#: seconds in which a failure that was there before an action may still be shown
GRACE = 10.0
#: what may pass by itself while one waits
TRANSIENT = (Unreachable, CloudFailed)


class Waiting(Reader):
    """Looks at clusters again and again, more seldom with time."""

    def wait(
        self,
        cluster_id: str,
        states: Collection[str] | None = None,
        timeout: float | None = None,
        callback: Callback | None = None,
        before: str = "",
    ) -> Cluster:
        """Look at a cluster until it is in one of the states, and checked where that is done.

        Args:
            cluster_id: which.
            states: e.g. ``["SUSPEND_COMPLETE"]``; when None whatever ends the
                operation that is going on well.
            timeout: seconds; None waits for as long as it takes.
            callback: called with the cluster at each look.
            before: its state before what is waited for began. Heat may show it for
                a moment longer, so a failure of that name is not believed at once.

        Raises:
            ClusterFailed: the operation failed, so that the states cannot come, or the
                check after it.
            DeadlineExceeded: not within ``timeout``.
            NotFound: there is no such cluster, or no more.
        """
        if states is None:
            return self._settle(cluster_id, None, None, timeout, callback, before)
        failures = {s.replace("_COMPLETE", "_FAILED") for s in states} - set(states)
        return self._settle(cluster_id, states, failures, timeout, callback, before)

    def wait_until_gone(
        self,
        cluster_id: str,
        timeout: float | None = None,
        callback: Callback | None = None,
        before: str = "",
    ) -> None:
        """Until nothing is left of a cluster that is being deleted; arguments as of ``wait``.

        Raises:
            ClusterFailed: something is left.
            DeadlineExceeded: not within ``timeout``.
        """
        with contextlib.suppress(NotFound):
            self._settle(cluster_id, (), ("DELETE_FAILED",), timeout, callback, before)

    def _settle(
        self,
        cluster_id: str,
        states: Collection[str] | None,
        failures: Collection[str] | None,
        timeout: float | None,
        callback: Callback | None,
        before: str,
    ) -> Cluster:
        """As ``wait``; None for states or failures stands for all of them."""
        began = time.monotonic()
        pause, last = self._interval, Cluster(cluster_id)
        while True:
            with contextlib.suppress(*TRANSIENT):
                last = self.get(cluster_id)
                if callback:
                    callback(last)
                stale = last.status == before and time.monotonic() - began < GRACE
                there = _is_in(last, states, not last.is_busy and not last.is_failed)
                failed = _is_in(last, failures, last.is_failed) or (there and last.check_failed)
                if failed and not stale:
                    raise ClusterFailed(_why(last), cluster_id, last.status, last.hint)
                if there and not last.is_checked:  # it may not work yet, whatever Heat says
                    return last
            left = None if timeout is None else began + timeout - time.monotonic()
            if left is not None and left <= 0:
                known = last.status or "not known"
                text = f"The cluster {cluster_id} is {known} after {timeout:g} s."
                raise DeadlineExceeded(text, cluster_id, last.status)
            time.sleep(pause if left is None else min(pause, left))
            pause = min(pause * 1.1, max(SLOWEST, self._interval))


def _is_in(cluster: Cluster, states: Collection[str] | None, otherwise: bool) -> bool:
    return otherwise if states is None else cluster.status in states


def _why(cluster: Cluster) -> str:
    return f"The cluster {cluster.id} is {cluster.status}: {cluster.reason or 'no reason given'}"
