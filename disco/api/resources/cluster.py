"""One cluster: show, act, delete, and create under an id that the client chose."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import falcon

from disco.api.http.conditional import reply_unless_known
from disco.api.http.occi import (
    ENTITY_TYPES,
    choose,
    choose_for_cluster,
    dialect_of,
    read_message,
    reply,
)
from disco.api.resources.preview import reply_preview, wants_preview
from disco.api.service import Service
from disco.attributes import APT, PIP, WARNINGS
from disco.clusters.actions import BY_TERM, SCALE
from disco.clusters.added_packages import adds_packages
from disco.clusters.scale import of_workers
from disco.clusters.view import Cluster
from disco.errors import DiscoError, Fault, InvalidRequest, NotFound
from disco.occi import Message, Rendered, render_ok, render_resource
from disco.openstack.session import Login
from disco.status.diagnostics import PARTS

LOG = logging.getLogger(__name__)


class ClusterResource:
    """``/disco/<uuid>``."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """All attributes of the cluster, from its stack as it is now."""
        media_type = choose_for_cluster(request)
        cluster = self._service.clusters.show(self._service.log_in(request), uuid)
        reply_unless_known(request, response, self._rendered(request, cluster, media_type))

    on_head = on_get

    def on_post(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """Partial update: attribute ``action``, action of ``?action=``, or a number of workers."""
        media_type = choose_for_cluster(request)
        message = read_message(request)
        term = request.get_param("action")
        if term is not None or message.action is not None:
            action: str | None = self._service.check_action(message, term or "")
            ignored: Mapping[str, str] = {}
        else:
            self._service.check_kind(message, required=False)
            action = message.attributes.get("action")
            if action is None and of_workers(message.attributes):
                action = SCALE.term
            ignored = {k: v for k, v in message.attributes.items() if k != "action"}
        row = BY_TERM.get(action or "")
        ignored = {k: v for k, v in ignored.items() if row is None or not row.takes(k)}
        if row is None and adds_packages(ignored):
            ignored = {k: v for k, v in ignored.items() if k not in (APT, PIP)}
        cluster = self._update(request, message, uuid, action)
        if ignored:
            cluster = _with_warning(cluster, f"not changed: {'; '.join(sorted(ignored))}")
        reply(response, self._rendered(request, cluster, media_type))

    def on_put(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """Create the cluster with this id; the same request can be repeated."""
        media_type = choose(request, ENTITY_TYPES)
        message = read_message(request)
        message = self._service.check_create(message)
        login = self._service.log_in(request, message.attributes)
        if wants_preview(request, message):
            with self._service.limits.creating(login.project_id):
                preview = self._service.clusters.preview(login, message.attributes, uuid)
            reply_preview(request, response, preview)
            return
        with self._service.limits.creating(login.project_id):
            cluster = self._service.clusters.create(login, message.attributes, uuid)
        location = f"{request.prefix}{self._service.kind.location}{cluster.id}"
        response.set_header("Location", location)
        reply(response, render_ok(media_type), falcon.HTTP_201)

    def on_delete(self, request: falcon.Request, response: falcon.Response, uuid: str) -> None:
        """Begin to delete the cluster; with ``?evidence=true`` the answer has its diagnostics.

        An unknown one is answered with 400, not 404: the original's dashboard
        forgets a cluster on 200 and 400 only.
        """
        wanted = _wants_diagnostics(request)
        media_type = "" if wanted else choose(request, ENTITY_TYPES)
        diagnostics: dict[str, Any] = {}
        try:
            login = self._service.log_in(request)
            if wanted:
                diagnostics = self._diagnostics(login, uuid)
            self._service.clusters.delete(login, uuid)
        except NotFound as error:
            raise _as_400(error) from error
        if wanted:
            reply_preview(request, response, diagnostics)
        else:
            reply(response, render_ok(media_type))

    def _diagnostics(self, login: Login, uuid: str) -> dict[str, Any]:
        """What is known of the cluster; that nothing is known where collecting it fails."""
        try:
            return self._service.clusters.diagnostics(login, uuid)
        except Exception as error:
            # a delete depends on nothing else; an unknown cluster is refused by the delete
            known = isinstance(error, DiscoError)
            LOG.warning("no diagnostics of %r: %s", uuid[:64], error, exc_info=not known)
            return {"id": uuid, "attributes": {}, "missing": list(PARTS)}

    def _update(
        self, request: falcon.Request, message: Message, uuid: str, action: str | None
    ) -> Cluster:
        login = self._service.log_in(request, message.attributes)
        try:
            if action is None and adds_packages(message.attributes):
                return self._service.clusters.add_packages(login, uuid, message.attributes)
            if action is None:
                return self._service.clusters.show(login, uuid, "update")
            return self._service.clusters.act(login, uuid, action, message.attributes)
        except NotFound as error:
            raise _as_400(error) from error

    def _rendered(self, request: falcon.Request, cluster: Cluster, media_type: str) -> Rendered:
        resource = self._service.resource(cluster)
        dialect = dialect_of(request, media_type)
        return render_resource(resource, media_type, request.prefix, dialect)


def _wants_diagnostics(request: falcon.Request) -> bool:
    """The parameter ``evidence``.

    Raises:
        InvalidRequest: neither true nor false.
    """
    text = (request.get_param("evidence") or "false").lower()
    if text not in ("true", "false"):
        raise InvalidRequest.of(
            [Fault("evidence", f'"{text[:32]}" is neither true nor false', "true, false")]
        )
    return text == "true"


def _as_400(error: NotFound) -> DiscoError:
    return InvalidRequest(error.message, faults=error.faults, code=error.code)


def _with_warning(cluster: Cluster, text: str) -> Cluster:
    attributes = dict(cluster.attributes)
    known = attributes.get(WARNINGS)
    attributes[WARNINGS] = f"{known}; {text}" if known else text
    return Cluster(cluster.id, attributes)
