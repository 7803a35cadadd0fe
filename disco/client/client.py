"""The client: what one does with clusters, one call each."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from keystoneauth1 import session as keystone_session

from disco.client.cluster import HEAT, Cluster, EventPage, Kind, read_kind
from disco.client.errors import (
    BadRequest,
    CloudFailed,
    ClusterFailed,
    DeadlineExceeded,
    DiscoClientError,
    NotFound,
    ServiceFailed,
    Unreachable,
)
from disco.client.request import ClusterRequest
from disco.client.transport import DEFAULT_ENDPOINT, SERVICE_TYPE, Transport

__all__ = ["DEFAULT_ENDPOINT", "SERVICE_TYPE", "Client"]

Callback = Callable[[Cluster], None]
#: seconds between two looks at a cluster: often at first, then at most this
SLOWEST = 5.0
#: seconds in which a failure that was there before an action may still be shown
GRACE = 10.0
#: what may pass by itself while one waits
TRANSIENT = (Unreachable, CloudFailed)


class Client:
    """The clusters of one project at one DISCO.

    Args:
        session: a keystoneauth session for the project. It gives the token.
        endpoint: of the service, or of its collection of clusters; when None
            $DISCO, else what Keystone's catalogue has, else this machine.
        region: the region to create clusters in, and of the catalogue's entry.
        interval: seconds between two looks at a cluster that is waited for.

    Every method raises ``DiscoClientError``: the class says what kind of trouble
    it is, the text is what the service said.
    """

    def __init__(
        self,
        session: keystone_session.Session,
        endpoint: str | None = None,
        region: str | None = None,
        interval: float = 1.0,
    ) -> None:
        self._http = Transport(session, endpoint, region)
        self._interval = interval
        self._kind: Kind | None = None

    @property
    def endpoint(self) -> str:
        """URL of the collection of clusters."""
        return self._http.collection

    # -- what there is ------------------------------------------------------

    def frameworks(self) -> Kind:
        """What the service offers: kinds, attributes, actions; asked once.

        Raises:
            ServiceFailed: it is no DISCO.
        """
        if self._kind is None:
            data, _ = self._http.request("GET", f"{self._http.base}/-/", anonymous=True)
            try:
                self._kind = read_kind(data or {}, SERVICE_TYPE)
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise ServiceFailed(f"There is no DISCO at {self._http.base}: {error}.") from error
        return self._kind

    def list(self) -> list[Cluster]:
        """The project's clusters, with what a list tells: state, workers, frameworks."""
        data, _ = self._http.request("GET", self.endpoint)
        return [self._read(raw) for raw in _member(data, "resources")]

    def get(self, cluster_id: str) -> Cluster:
        """One cluster with all its attributes, the private key among them.

        Raises:
            NotFound: the project has no such cluster.
        """
        data, _ = self._http.request("GET", self._url(cluster_id))
        return self._read(data)

    def events(self, cluster_id: str, since: str | None = None, wait: int = 0) -> EventPage:
        """What happened to a cluster, of Heat's and of its nodes' events.

        Args:
            cluster_id: which.
            since: the marker of an earlier page; only what came after it.
            wait: seconds to wait for an event if there is none.

        Raises:
            NotFound: there is no such cluster, or the service does not tell events.
        """
        given = {"since": since, "wait": str(wait) if wait else None}
        params = {name: value for name, value in given.items() if value}
        data, _ = self._http.request("GET", f"{self._url(cluster_id)}/events", params=params)
        found = tuple(e for e in _member(data, "events") if isinstance(e, dict))
        return EventPage(found, str(data.get("marker") or ""))

    def interfaces(self, cluster_id: str) -> tuple[Mapping[str, Any], ...]:
        """The cluster's web interfaces, as the service tells them.

        Each has ``component``, ``name``, ``node``, ``port``, ``path``, ``reach``
        (``public``, ``allowed`` or ``tunnel``), and ``url`` where there is one.

        Raises:
            NotFound: there is no such cluster, or the service does not tell interfaces.
        """
        data, _ = self._http.request("GET", f"{self._url(cluster_id)}/interfaces")
        return tuple(i for i in _member(data, "interfaces") if isinstance(i, dict))

    def choices(self) -> dict[str, Any]:
        """What the project can choose from: images, flavors, networks, key pairs, quotas.

        Raises:
            NotFound: the service does not tell.
        """
        data, _ = self._http.request("GET", f"{self.endpoint}choices")
        if not isinstance(data, dict):
            raise ServiceFailed("The answer has no choices.")
        return data

    def preview(self, request: ClusterRequest | Mapping[str, str]) -> dict[str, Any]:
        """What a create would make: nodes, resources, quotas, template; nothing is made.

        Raises:
            BadRequest: with every fault of the request, or the service has no previews.
        """
        self._action("preview")
        body = {"kind": SERVICE_TYPE, "attributes": _attributes(request)}
        data, _ = self._http.request("POST", self.endpoint, body=body, params={"action": "preview"})
        if not isinstance(data, dict):
            raise ServiceFailed("The answer is no preview.")
        return data

    # -- what to do with it -------------------------------------------------

    def create(
        self,
        request: ClusterRequest | Mapping[str, str],
        cluster_id: str | None = None,
    ) -> Cluster:
        """Have a cluster made; it is not complete yet when this returns.

        Args:
            request: what it shall be, or the OCCI attributes themselves.
            cluster_id: its UUID; a repeated create with it gives the same cluster.

        Raises:
            BadRequest: with every fault of the request.
        """
        wanted = cluster_id or str(uuid.uuid4())
        _, headers = self._repeated(
            "POST",
            self.endpoint,
            body={"kind": SERVICE_TYPE, "attributes": _attributes(request)},
            headers={"Idempotency-Key": wanted},
        )
        made = headers.get("Location", "").rstrip("/").rpartition("/")[2] or wanted
        with contextlib.suppress(*TRANSIENT):
            return self.get(made)
        return Cluster(made)

    def delete(
        self,
        cluster_id: str,
        wait: bool = False,
        timeout: float | None = None,
        callback: Callback | None = None,
    ) -> None:
        """Delete a cluster; with ``wait`` until nothing is left of it.

        Raises:
            NotFound: the project has no such cluster.
            ClusterFailed, DeadlineExceeded: when waited for.
        """
        before = self.get(cluster_id).status if wait else ""
        self._http.request("DELETE", self._url(cluster_id))
        if wait:
            self.wait_until_gone(cluster_id, timeout, callback, before)

    def delete_with_evidence(self, cluster_id: str) -> dict[str, Any]:
        """Begin to delete a cluster; what was known of it.

        Attributes (without secrets), events, consoles and the master's log.

        Raises:
            NotFound: the project has no such cluster.
        """
        data, _ = self._http.request("DELETE", self._url(cluster_id), params={"evidence": "true"})
        if not isinstance(data, dict) or "attributes" not in data:
            raise ServiceFailed("The cluster is being deleted; this DISCO hands over no evidence.")
        return data

    def suspend(self, cluster_id: str) -> Cluster:
        """Have the nodes stand still; wait for ``SUSPEND_COMPLETE``.

        Raises:
            NotFound: the project has no such cluster.
            Conflict: it is in the middle of something else, or failed.
        """
        return self.act(cluster_id, "suspend")

    def resume(self, cluster_id: str) -> Cluster:
        """Have suspended nodes go on; wait for ``RESUME_COMPLETE``; as ``suspend``."""
        return self.act(cluster_id, "resume")

    def extend(self, cluster_id: str, ttl: str) -> Cluster:
        """Let a cluster live for ``ttl`` (90s, 15m, 2h, 1d) from now on; as ``suspend``.

        Raises:
            Conflict: it has no time to live, or is in no state to be told.
        """
        return self.act(cluster_id, "extend", {f"{HEAT}ttl": ttl})

    def scale(
        self,
        cluster_id: str,
        count: int | str | None = None,
        remove: Sequence[str] = (),
        groups: Mapping[str, int | str] | None = None,
    ) -> Cluster:
        """Give a cluster another number of workers; wait for ``UPDATE_COMPLETE``.

        Args:
            cluster_id: which.
            count: how many plain workers there are to be; None: as many as are there, or left.
            remove: host names or numbers of those that leave; else the highest numbers do.
            groups: how many workers groups are to have, by the groups' names.

        Raises:
            NotFound: the project has no such cluster.
            BadRequest: not that many, or not these.
            Conflict: not in its present state.
        """
        attributes = {} if count is None else {f"{HEAT}slavecount": str(count)}
        if remove:
            attributes[f"{HEAT}remove"] = " ".join(remove)
        if groups:
            wanted = {name: {"count": number} for name, number in groups.items()}
            attributes[f"{HEAT}groups"] = json.dumps(wanted)
        return self.act(cluster_id, "scale", attributes)

    def retry(self, cluster_id: str) -> Cluster:
        """Take up again a create or a change of workers that failed; wait for ``UPDATE_COMPLETE``.

        Raises:
            NotFound: the project has no such cluster.
            Conflict: nothing failed.
        """
        return self.act(cluster_id, "retry")

    def act(
        self, cluster_id: str, action: str, attributes: Mapping[str, str] | None = None
    ) -> Cluster:
        """Invoke any action that the service's kind has.

        Raises:
            BadRequest: the service knows no such action.
        """
        body: dict[str, Any] = {"action": self._action(action)}
        if attributes:
            body["attributes"] = dict(attributes)
        data, _ = self._http.request(
            "POST", self._url(cluster_id), body=body, params={"action": action}
        )
        return self._read(data) if isinstance(data, dict) and "id" in data else Cluster(cluster_id)

    # -- waiting ------------------------------------------------------------

    def wait(
        self,
        cluster_id: str,
        states: Collection[str] | None = None,
        timeout: float | None = None,
        callback: Callback | None = None,
        before: str = "",
    ) -> Cluster:
        """Look at a cluster until it is in one of the states.

        Args:
            cluster_id: which.
            states: e.g. ``["SUSPEND_COMPLETE"]``; when None whatever ends the
                operation that is going on well.
            timeout: seconds; None waits for as long as it takes.
            callback: called with the cluster at each look.
            before: its state before what is waited for began. Heat may show it for
                a moment longer, so a failure of that name is not believed at once.

        Raises:
            ClusterFailed: the operation failed, so that the states cannot come.
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
                if _is_in(last, failures, last.is_failed) and not stale:
                    raise ClusterFailed(_why(last), cluster_id, last.status, last.hint)
                if _is_in(last, states, not last.is_busy and not last.is_failed):
                    return last
            left = None if timeout is None else began + timeout - time.monotonic()
            if left is not None and left <= 0:
                known = last.status or "not known"
                text = f"The cluster {cluster_id} is {known} after {timeout:g} s."
                raise DeadlineExceeded(text, cluster_id, last.status)
            time.sleep(pause if left is None else min(pause, left))
            pause = min(pause * 1.1, max(SLOWEST, self._interval))

    # -- details ------------------------------------------------------------

    def _repeated(self, method: str, url: str, **more: Any) -> tuple[Any, Mapping[str, str]]:
        """A request that may be sent twice, sent again when no answer came."""
        try:
            return self._http.request(method, url, **more)
        except Unreachable:
            time.sleep(self._interval)
            return self._http.request(method, url, **more)

    def _action(self, term: str) -> str:
        """The type identifier of an action that the service has."""
        known = self.frameworks().actions
        if term not in known:
            raise BadRequest(
                f"The service at {self._http.base} knows no action {term!r}.",
                code="unknown-action",
                hint=f"It knows {', '.join(sorted(known))}.",
            )
        return known[term]

    def _url(self, cluster_id: str) -> str:
        try:
            return f"{self.endpoint}{uuid.UUID(cluster_id)}"
        except ValueError:
            raise NotFound(f"{cluster_id!r} is no cluster's id.", code="unknown-cluster") from None

    def _read(self, data: Any) -> Cluster:
        try:
            return Cluster.read(data)
        except (KeyError, TypeError, AttributeError) as error:
            raise ServiceFailed(f"The answer is no cluster: {error!r}.") from error


def _attributes(request: ClusterRequest | Mapping[str, str]) -> dict[str, str]:
    return request.to_attributes() if isinstance(request, ClusterRequest) else dict(request)


def _member(data: Any, name: str) -> list[Any]:
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, list):
        raise DiscoClientError(f"The answer has no {name}: there is no DISCO at this address.")
    return found


def _is_in(cluster: Cluster, states: Collection[str] | None, otherwise: bool) -> bool:
    return otherwise if states is None else cluster.status in states


def _why(cluster: Cluster) -> str:
    return f"The cluster {cluster.id} is {cluster.status}: {cluster.reason or 'no reason given'}"
