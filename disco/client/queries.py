"""Questions to a DISCO, which change nothing."""

from __future__ import annotations

import builtins
import uuid
from collections.abc import Mapping
from typing import Any

from keystoneauth1 import session as keystone_session

from disco.client.cluster import Cluster, EventPage
from disco.client.errors import BadRequest, NotFound, NotOffered, ServiceFailed
from disco.client.node import Node, read_node
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
    ) -> None:
        self._http = Transport(session, endpoint, region)
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

    def list(self) -> list[Cluster]:
        """The project's clusters, with what a list tells: state, workers, frameworks."""
        data, _ = self._http.request("GET", self.endpoint)
        return [self._read(raw) for raw in self._member(data, "resources")]

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
            since: the marker of an earlier page; its events are left out.
            wait: seconds to wait for an event if there is none.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service is older and has no events.
        """
        given = {"since": since, "wait": str(wait) if wait else None}
        params = {name: value for name, value in given.items() if value}
        data = self._part(cluster_id, "events", params)
        events = tuple(e for e in self._member(data, "events") if isinstance(e, dict))
        return EventPage(events, str(data.get("marker") or ""))

    def nodes(self, cluster_id: str) -> builtins.list[Node]:
        """The cluster's nodes, the master first.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service is older and does not list nodes.
        """
        data = self._part(cluster_id, "nodes")
        try:
            return [read_node(raw) for raw in self._member(data, "nodes")]
        except (KeyError, TypeError, AttributeError) as error:
            raise ServiceFailed(self._not_disco()) from error

    def interfaces(self, cluster_id: str) -> tuple[Mapping[str, Any], ...]:
        """The cluster's web interfaces.

        Each has ``component``, ``name``, ``node``, ``port``, ``path``, ``reach``
        (``public``, ``allowed`` or ``tunnel``), ``url`` where there is one, and ``group``
        where it is one of a group of workers.

        Raises:
            NotFound: the project has no such cluster.
            NotOffered: the service is older and does not list interfaces.
        """
        data = self._part(cluster_id, "interfaces")
        return tuple(i for i in self._member(data, "interfaces") if isinstance(i, dict))

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
        try:
            return f"{self.endpoint}{uuid.UUID(cluster_id)}"
        except ValueError:
            raise NotFound(
                f'Invalid cluster id "{cluster_id}": an id is a UUID.', code="unknown-cluster"
            ) from None

    def _read(self, data: Any) -> Cluster:
        try:
            return Cluster.read(data)
        except (KeyError, TypeError, AttributeError) as error:
            raise ServiceFailed(self._not_disco()) from error


def attributes_of(request: ClusterRequest | Mapping[str, str]) -> dict[str, str]:
    """The OCCI attributes of a request in either form."""
    return request.to_attributes() if isinstance(request, ClusterRequest) else dict(request)
