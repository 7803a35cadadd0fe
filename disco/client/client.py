"""The client: create, change and delete clusters, one call each."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from disco.attributes import APT, GROUPS, PIP, REMOVE, SLAVE_COUNT, TTL
from disco.client import checks
from disco.client.cluster import Cluster
from disco.client.errors import InvalidAnswer, ServiceFailed, Unreachable
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
        interval: seconds between two requests while it waits for a cluster.
        interface: of the catalogue's entry: public, internal or admin; when None
            $OS_INTERFACE, else public.

    Every method raises ``DiscoClientError``: its class says what kind of error it is,
    its text is the service's sentence.
    """

    def create(
        self,
        request: ClusterRequest | Mapping[str, str],
        cluster_id: str | None = None,
    ) -> Cluster:
        """Create a cluster; it is not complete yet when this returns.

        Args:
            request: what to create, or its OCCI attributes.
            cluster_id: its UUID; repeating a create with it gives the same cluster.

        Raises:
            BadRequest: with every fault of the request.
        """
        wanted = self._id(cluster_id) if cluster_id else str(uuid.uuid4())
        _, headers = self._repeated(
            "POST",
            self.endpoint,
            body={"kind": SERVICE_TYPE, "attributes": attributes_of(request)},
            headers={"Idempotency-Key": wanted},
        )
        created = headers.get("Location", "").rstrip("/").rpartition("/")[2]
        try:
            checks.cluster_id(created)
        except InvalidAnswer:
            created = wanted  # it was sent, and an answer that names another is odd
        with contextlib.suppress(*TRANSIENT):
            return self.get(created)
        return Cluster(created)

    def delete(
        self,
        cluster_id: str,
        wait: bool = False,
        timeout: float | None = None,
        callback: Callback | None = None,
    ) -> None:
        """Delete a cluster; with ``wait``, return when nothing is left of it.

        Raises:
            NotFound: the project has no such cluster.
            ClusterFailed, DeadlineExceeded: with ``wait``.
        """
        before = self._status(cluster_id) if wait else ""
        self._http.request("DELETE", self._url(cluster_id))
        if wait:
            self.wait_until_gone(cluster_id, timeout, callback, before)

    def delete_with_evidence(self, cluster_id: str) -> dict[str, Any]:
        """Begin to delete a cluster; returns its diagnostics.

        Those are attributes (without secrets), events, consoles and the master's log.

        Raises:
            NotFound: the project has no such cluster.
        """
        data, _ = self._http.request("DELETE", self._url(cluster_id), params={"evidence": "true"})
        if not isinstance(data, dict) or "attributes" not in data:
            raise ServiceFailed(
                "The cluster is being deleted. This DISCO is older: it gives no evidence."
            )
        return data

    def suspend(self, cluster_id: str) -> Cluster:
        """Suspend a cluster; wait for ``SUSPEND_COMPLETE``.

        Raises:
            NotFound: the project has no such cluster.
            Conflict: its status does not allow it.
        """
        return self.act(cluster_id, "suspend")

    def resume(self, cluster_id: str) -> Cluster:
        """Resume a suspended cluster; wait for ``RESUME_COMPLETE``; raises as ``suspend``."""
        return self.act(cluster_id, "resume")

    def extend(self, cluster_id: str, ttl: str) -> Cluster:
        """Let a cluster end ``ttl`` (90s, 15m, 2h, 1d) from now; raises as ``suspend``.

        Raises:
            Conflict: it has no time to live, or its status does not allow it.
        """
        return self.act(cluster_id, "extend", {TTL: ttl})

    def add_packages(
        self, cluster_id: str, apt: Sequence[str] = (), pip: Sequence[str] = ()
    ) -> Cluster:
        """Have workers that join a cluster from now on get packages.

        Raises:
            NotFound: the project has no such cluster.
            BadRequest: a name is none.
            Conflict: its status does not allow it, or it is of an older DISCO.
        """
        wanted = {APT: ",".join(apt), PIP: ",".join(pip)}
        body = {"attributes": {name: text for name, text in wanted.items() if text}}
        data, _ = self._http.request("POST", self._url(cluster_id), body=body)
        return self._read(data, cluster_id)

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
            count: number of plain workers; None keeps those that are there, or are left.
            remove: host names or numbers of workers to remove; by default the highest numbers.
            groups: number of workers, by the name of the group.

        Raises:
            NotFound: the project has no such cluster.
            BadRequest: the number or a worker to remove is wrong.
            Conflict: its status does not allow it.
        """
        attributes = {} if count is None else {SLAVE_COUNT: str(count)}
        if remove:
            attributes[REMOVE] = " ".join(remove)
        if groups:
            wanted = {name: {"count": number} for name, number in groups.items()}
            attributes[GROUPS] = json.dumps(wanted)
        return self.act(cluster_id, "scale", attributes)

    def retry(self, cluster_id: str) -> Cluster:
        """Retry a create or a change of workers that failed; wait for ``UPDATE_COMPLETE``.

        Raises:
            NotFound: the project has no such cluster.
            Conflict: nothing failed.
        """
        return self.act(cluster_id, "retry")

    def check(self, cluster_id: str) -> Cluster:
        """Have the nodes repeat probes and test jobs; ``health`` tells how that ends.

        Raises:
            NotFound: the project has no such cluster.
            Conflict: its status does not allow it, or its nodes cannot be asked.
        """
        return self.act(cluster_id, "check")

    def act(
        self, cluster_id: str, action: str, attributes: Mapping[str, str] | None = None
    ) -> Cluster:
        """Invoke an action of the service's kind.

        Raises:
            BadRequest: the service has no such action.
            Conflict: the cluster's status does not allow it.
        """
        body: dict[str, Any] = {"action": self._action(action)}
        if attributes:
            body["attributes"] = dict(attributes)
        data, _ = self._http.request(
            "POST", self._url(cluster_id), body=body, params={"action": action}
        )
        if isinstance(data, dict) and "id" in data:
            return self._read(data, cluster_id)
        return Cluster(self._id(cluster_id))

    # -- details ------------------------------------------------------------

    def _status(self, cluster_id: str) -> str:
        """The status, if it can be read: a delete does not depend on it."""
        try:
            return self.get(cluster_id).status
        except InvalidAnswer:
            return ""

    def _repeated(self, method: str, url: str, **more: Any) -> tuple[Any, Mapping[str, str]]:
        """A request that may be sent twice; it is sent again when no answer came."""
        try:
            return self._http.request(method, url, **more)
        except Unreachable:
            time.sleep(self._interval)
            return self._http.request(method, url, **more)
