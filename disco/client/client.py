"""The client: what one does with clusters, one call each."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from disco.attributes import GROUPS, REMOVE, SLAVE_COUNT, TTL
from disco.client.cluster import Cluster
from disco.client.errors import ServiceFailed, Unreachable
from disco.client.queries import attributes_of
from disco.client.request import ClusterRequest
from disco.client.transport import DEFAULT_ENDPOINT, SERVICE_TYPE
from disco.client.wait import TRANSIENT, Callback, Waiting

__all__ = ["DEFAULT_ENDPOINT", "SERVICE_TYPE", "Client"]


class Client(Waiting):
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
            body={"kind": SERVICE_TYPE, "attributes": attributes_of(request)},
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
        return self.act(cluster_id, "extend", {TTL: ttl})

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
        attributes = {} if count is None else {SLAVE_COUNT: str(count)}
        if remove:
            attributes[REMOVE] = " ".join(remove)
        if groups:
            wanted = {name: {"count": number} for name, number in groups.items()}
            attributes[GROUPS] = json.dumps(wanted)
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

    # -- details ------------------------------------------------------------

    def _repeated(self, method: str, url: str, **more: Any) -> tuple[Any, Mapping[str, str]]:
        """A request that may be sent twice, sent again when no answer came."""
        try:
            return self._http.request(method, url, **more)
        except Unreachable:
            time.sleep(self._interval)
            return self._http.request(method, url, **more)
