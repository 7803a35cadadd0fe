"""Questions to a DISCO, which change nothing."""

from __future__ import annotations

import builtins
import uuid
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from keystoneauth1 import session as keystone_session

from disco.client import checks
from disco.client.cluster import Cluster
from disco.client.cluster_list import ClusterList
from disco.client.errors import (
    BadRequest,
    InvalidAnswer,
    NotFound,
    NotOffered,
    ServiceFailed,
)
from disco.client.event import EventPage, read_event
from disco.client.handle import find_id, whole_id
from disco.client.health import Health, LogPart, Metrics, read_health, read_log, read_metrics
from disco.client.interface import has_url, read_interface
from disco.client.job import JobList, read_jobs
from disco.client.node import Node, read_nodes
from disco.client.offered_kind import Kind, read_kind
from disco.client.request import ClusterRequest
from disco.client.transport import SERVICE_TYPE, Transport


class Reader:
    """Reads the clusters of one project, and what new ones can be made of.

    Args: as of ``Client``.
    """

    def __init__(
        self,
        session: keystone_session.Session,
        endpoint: str | None = None,
        region: str | None = None,
        interval: float = 1.0,
        interface: str | None = None,
    ) -> None:
        self._http = Transport(session, endpoint, region, interface)
        self._interval = interval
        self._kind: Kind | None = None

    @property
    def endpoint(self) -> str:
        """URL of the collection of clusters."""
        return self._http.collection

    def frameworks(self) -> Kind:
        """What the service offers: kinds, attributes, actions; asked once.

        Raises:
            ServiceFailed: what answers is not a DISCO.
        """
        if self._kind is None:
            data, _ = self._http.request("GET", f"{self._http.base}/-/", anonymous=True)
            try:
                self._kind = read_kind(data or {}, SERVICE_TYPE)
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise ServiceFailed(self._not_disco()) from error
        return self._kind

    def clock(self) -> float | None:
        """The service's clock, seconds since the epoch; None where it does not tell.

        By it the service says when clusters end.
        """
        _, headers = self._http.request("GET", f"{self._http.base}/health", anonymous=True)
        try:
            # the longest that RFC 9110 allows has 33 characters
            return parsedate_to_datetime(headers.get("Date", "")[:40]).timestamp()
        except (ValueError, OverflowError):
            return None

    def list(self, health: bool = False) -> ClusterList:
        """The project's clusters, with what a list tells: state, workers, frameworks.

        With ``health`` the service asks those that are complete how they are now, for two seconds
        at most. One that cannot be what the service says is left out, and told in ``odd`` of the
        list.
        """
        params = {"health": "now"} if health else None
        data, _ = self._http.request("GET", self.endpoint, params=params)
        return ClusterList.read(self._member(data, "resources"))

    def get(self, cluster_id: str) -> Cluster:
        """One cluster with all its attributes, the private key among them.

        Raises:
            NotFound: the project has no such cluster.
            InvalidAnswer: what the service says is no cluster, or another one.
        """
        data, _ = self._http.request("GET", self._url(cluster_id))
        return self._read(data, cluster_id)

    def find(self, handle: str) -> Cluster:
        """One cluster with all its attributes, by its name, its id or the beginning of its id.

        Raises:
            NotFound: the project has no such cluster.
            AmbiguousName: it has several.
            InvalidAnswer: as of ``get``.
        """
        return self.get(self.find_id(handle))

    def find_id(self, handle: str) -> str:
        """The id of the cluster that ``find`` finds; a whole id is not looked up."""
        if found := whole_id(handle):
            return found
        return find_id(handle, self.list())

    def events(self, cluster_id: str, since: str | None = None, wait: int = 0) -> EventPage:
        """What happened to a cluster, of Heat's and of its nodes' events.

        Args:
            cluster_id: which.
            since: the marker of an earlier page; its events are left out.
            wait: seconds to wait for an event if there is none.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service is older and has no events.
        """
        given = {"since": since, "wait": str(wait) if wait else None}
        params = {name: value for name, value in given.items() if value}
        data = self._part(cluster_id, "events", params)
        events = tuple(map(read_event, self._member(data, "events")))
        return EventPage(events, checks.optional(data.get("marker"), checks.marker) or "")

    def nodes(self, cluster_id: str) -> builtins.list[Node]:
        """The cluster's nodes, the master first.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service is older and does not list nodes.
        """
        return read_nodes(self._member(self._part(cluster_id, "nodes"), "nodes"))

    def interfaces(self, cluster: str | Cluster) -> tuple[Mapping[str, Any], ...]:
        """The cluster's web interfaces.

        Args:
            cluster: its id; or as ``get`` gave it, which may save asking for its address.

        Each has ``component``, ``name``, ``node``, ``port``, ``path``, ``reach``
        (``public``, ``allowed`` or ``tunnel``), ``url`` where there is one, and ``group``
        where it is one of a group of workers.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service is older and does not list interfaces.
            InvalidAnswer: one leads elsewhere than to the cluster, or is none.
        """
        cluster_id = cluster if isinstance(cluster, str) else cluster.id
        listed = self._member(self._part(cluster_id, "interfaces"), "interfaces")
        address = None
        if any(map(has_url, listed)):
            address = (self.get(cluster) if isinstance(cluster, str) else cluster).address
        return tuple(read_interface(raw, address) for raw in listed)

    def health(self, cluster_id: str) -> Health:
        """How the cluster's nodes and daemons are now, and what the last check told.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service is older and does not tell.
            InvalidAnswer: what it says is no health.
        """
        return read_health(self._part(cluster_id, "health"))

    def metrics(self, cluster_id: str) -> Metrics:
        """CPU, memory, disk and network of the nodes in the last hour; raises as ``health``."""
        return read_metrics(self._part(cluster_id, "metrics"))

    def jobs(self, cluster_id: str) -> JobList:
        """The jobs that `disco job submit` has shown to the service; raises as ``health``."""
        return read_jobs(self._part(cluster_id, "jobs"))

    def job_log(self, cluster_id: str, job: str, stream: str = "stdout", after: int = 0) -> LogPart:
        """What a job says to ``stdout`` or ``stderr``; raises as ``log``, and Forbidden."""
        params = {"job": job, "log": stream, "after": str(after)}
        return read_log(self._part(cluster_id, "logs", params))

    def log(
        self, cluster_id: str, log: str = "deployment", node: str = "", after: int = 0
    ) -> LogPart:
        """A log that the service reads from the master, after so many characters.

        Args:
            cluster_id: which.
            log: ``deployment``, ``events``, or a step such as ``dask:installed``.
            node: a host name; the master's where it is empty.
            after: the ``end`` of an earlier part.

        Raises:
            BadRequest: there is no such node, or the log's name is none.
            NotFound: no such cluster, or the service cannot read the log.
            InvalidAnswer: what it says is no log.
        """
        params = {"log": log, "node": node, "after": str(after)}
        return read_log(self._part(cluster_id, "logs", {n: v for n, v in params.items() if v}))

    def choices(self) -> dict[str, Any]:
        """What the project can choose from: images, flavors, networks, key pairs, quotas.

        Raises:
            NotFound: the service is older and has no choices.
        """
        data, _ = self._http.request("GET", f"{self.endpoint}choices")
        if not isinstance(data, dict):
            raise ServiceFailed(self._not_disco())
        return data

    def preview(self, request: ClusterRequest | Mapping[str, str]) -> dict[str, Any]:
        """The plan of a create: nodes, resources, quotas, template; nothing is made.

        Raises:
            BadRequest: with every fault of the request.
        """
        self._action("preview")
        body = {"kind": SERVICE_TYPE, "attributes": attributes_of(request)}
        data, _ = self._http.request("POST", self.endpoint, body=body, params={"action": "preview"})
        if not isinstance(data, dict):
            raise ServiceFailed(self._not_disco())
        for name in ("nodes", "quotas"):
            for row in self._member({name: [], **data}, name):
                checks.mapping(row, f"{name} of the preview")
        for name in ("frameworks", "resources"):
            checks.mapping(data.get(name) or {}, f"{name} of the preview")
        self._member({"warnings": [], **data}, "warnings")
        return data

    # -- details ------------------------------------------------------------

    def _action(self, term: str) -> str:
        """The type identifier of an action that the service has."""
        known = self.frameworks().actions
        if term not in known:
            raise BadRequest(
                f'Unknown action "{term}". Actions of the DISCO at {self._http.base}: '
                f"{', '.join(sorted(known))}.",
                code="unknown-action",
            )
        return known[term]

    def _part(
        self, cluster_id: str, name: str, params: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """What the service has at a page below a cluster.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service has no such page.
        """
        url = f"{self._url(cluster_id)}/{name}"
        try:
            data, _ = self._http.request("GET", url, params=params)
        except NotFound as error:
            if any(fault.code == "unknown-cluster" for fault in error.faults):
                raise
            if error.code == "log-not-read":
                raise
            raise NotOffered(
                f"The DISCO at {self._http.base} is older than this client: "
                f"it does not list a cluster's {name}.",
                status=error.status,
            ) from error
        return data if isinstance(data, dict) else {}

    def _member(self, data: Any, name: str) -> builtins.list[Any]:
        members = data.get(name) if isinstance(data, dict) else None
        if not isinstance(members, list):
            raise ServiceFailed(self._not_disco())
        return members

    def _not_disco(self) -> str:
        return f"{self._http.base} is not a DISCO service (unexpected answer)."

    def _url(self, cluster_id: str) -> str:
        return f"{self.endpoint}{self._id(cluster_id)}"

    def _id(self, cluster_id: str) -> str:
        """An id that a caller gave, in its usual form."""
        try:
            return str(uuid.UUID(cluster_id))
        except ValueError:
            raise NotFound(
                f'Invalid cluster id "{cluster_id}": an id is a UUID.', code="unknown-cluster"
            ) from None

    def _read(self, data: Any, cluster_id: str) -> Cluster:
        if not isinstance(data, dict):
            raise ServiceFailed(self._not_disco())
        cluster = Cluster.read(data)
        if cluster.id != self._id(cluster_id):
            raise InvalidAnswer(f"The service answered with another cluster than {cluster_id}.")
        return cluster


def attributes_of(request: ClusterRequest | Mapping[str, str]) -> dict[str, str]:
    """The OCCI attributes of a request in either form."""
    return request.to_attributes() if isinstance(request, ClusterRequest) else dict(request)
