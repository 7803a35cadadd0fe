"""Waiting until an action on a cluster has ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator

from disco.client.cluster import Cluster
from disco.client.deadline import time_limit
from disco.client.errors import (
    CloudFailed,
    ClusterFailed,
    DeadlineExceeded,
    NotFound,
    TooManyRequests,
    Unreachable,
)
from disco.client.plain_text import plain_text
from disco.client.queries import Reader
from disco.heat.stack_status import DELETE_FAILED, FAILED, StackStatus

Callback = Callable[[Cluster], None]
#: seconds between two requests, at most: they become rarer with time
SLOWEST = 5.0
#: seconds in which a failure that was there before an action may still be shown
GRACE = 10.0
#: errors that may pass by themselves
TRANSIENT = (Unreachable, CloudFailed, TooManyRequests)


class Waiting(Reader):
    """Asks for a cluster again and again, more rarely with time."""

    def wait(
        self,
        cluster_id: str,
        states: Collection[str] | None = None,
        timeout: float | None = None,
        callback: Callback | None = None,
        before: str = "",
    ) -> Cluster:
        """Wait until a cluster is in one of the states, and its check after a resume has ended.

        Args:
            cluster_id: which.
            states: e.g. ``["SUSPEND_COMPLETE"]``; None: any in which nothing goes on.
            timeout: seconds; None waits for as long as it takes.
            callback: called with the cluster after each request.
            before: its status before the action. Heat may show that for a moment longer, so
                a failure of that name counts only after some seconds.

        Raises:
            ClusterFailed: the action failed, or the check after it.
            DeadlineExceeded: it did not happen within ``timeout``.
            NotFound: the project has no such cluster, or it was deleted.
        """
        if states is None:
            return self._settle(cluster_id, None, None, timeout, callback, before)
        failures = {StackStatus.of(StackStatus(s).action, FAILED) for s in states} - set(states)
        return self._settle(cluster_id, states, failures, timeout, callback, before)

    def wait_until_gone(
        self,
        cluster_id: str,
        timeout: float | None = None,
        callback: Callback | None = None,
        before: str = "",
    ) -> None:
        """Wait until nothing is left of a cluster that is being deleted; arguments as ``wait``.

        Raises:
            ClusterFailed: the delete failed.
            DeadlineExceeded: it did not happen within ``timeout``.
        """
        with contextlib.suppress(NotFound):
            self._settle(cluster_id, (), (DELETE_FAILED,), timeout, callback, before)

    def _settle(
        self,
        cluster_id: str,
        states: Collection[str] | None,
        failures: Collection[str] | None,
        timeout: float | None,
        callback: Callback | None,
        before: str,
    ) -> Cluster:
        """As ``wait``; None for states or failures means all of them."""
        began = time.monotonic()
        pause, last = self._interval, Cluster(self._id(cluster_id))
        while True:
            asked_to_wait = 0.0
            try:
                # a service that answers drop by drop must not hold it beyond its deadline
                with _within(began, timeout):
                    last = self.get(cluster_id)
                    if callback:
                        callback(last)
                    stale = last.status == before and time.monotonic() - began < GRACE
                    there = _is_in(last, states, not last.is_busy and not last.is_failed)
                    failed = _is_in(last, failures, last.is_failed) or (there and last.check_failed)
                    if failed and not stale:
                        step, node = last.failed_step
                        raise ClusterFailed(
                            _why(last), cluster_id, last.status, last.hint, step, node
                        )
                    if there and not last.is_checked:  # Heat knows nothing of the check
                        return last
            except TRANSIENT as error:
                asked_to_wait = error.retry_after or 0.0
            left = None if timeout is None else began + timeout - time.monotonic()
            if left is not None and left <= 0:
                status = last.status or "in an unknown status"
                text = f"The cluster {cluster_id} is still {status} after {timeout:g} s."
                raise DeadlineExceeded(text, cluster_id, last.status)
            rest = max(pause, asked_to_wait)
            time.sleep(rest if left is None else min(rest, left))
            pause = min(pause * 1.1, max(SLOWEST, self._interval))


@contextlib.contextmanager
def _within(began: float, timeout: float | None) -> Iterator[None]:
    """Questions that may go on for a little longer than what is waited for."""
    if timeout is None:
        yield
        return
    with time_limit(max(began + timeout - time.monotonic(), 0.0) + GRACE):
        yield


def _is_in(cluster: Cluster, states: Collection[str] | None, otherwise: bool) -> bool:
    return otherwise if states is None else cluster.status in states


def _why(cluster: Cluster) -> str:
    reason = plain_text(cluster.reason or "Heat gave no reason.")
    return f"The cluster {cluster.id} is {cluster.status}: {reason}"
