"""What can be asked of a DISCO without changing anything."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from keystoneauth1 import session as keystone_session

from disco.client.cluster import Cluster, EventPage, Kind, read_kind
from disco.client.errors import BadRequest, DiscoClientError, NotFound, ServiceFailed
from disco.client.request import ClusterRequest
from disco.client.transport import SERVICE_TYPE, Transport


class Reader:
    """The clusters of one project, and what new ones can be made of.

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
        (``public``, ``allowed`` or ``tunnel``), ``url`` where there is one, and ``group``
        where it is one of a group of workers.

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
        body = {"kind": SERVICE_TYPE, "attributes": attributes_of(request)}
        data, _ = self._http.request("POST", self.endpoint, body=body, params={"action": "preview"})
        if not isinstance(data, dict):
            raise ServiceFailed("The answer is no preview.")
        return data

    # -- details ------------------------------------------------------------

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


def attributes_of(request: ClusterRequest | Mapping[str, str]) -> dict[str, str]:
    """The OCCI attributes of a request in either form."""
    return request.to_attributes() if isinstance(request, ClusterRequest) else dict(request)


def _member(data: Any, name: str) -> list[Any]:
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, list):
        raise DiscoClientError(f"The answer has no {name}: there is no DISCO at this address.")
    return found
