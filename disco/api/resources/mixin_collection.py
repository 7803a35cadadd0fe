"""The members of a mixin: clusters that have a component, at ``/component/<name>/``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import falcon

from disco.api.http.conditional import reply_list_unless_known
from disco.api.http.occi import LIST_TYPES, choose, dialect_of
from disco.api.mixins import FRAMEWORK_SCHEME
from disco.api.service import Service
from disco.attributes import (
    FRAMEWORKS,
)
from disco.clusters.view import Cluster
from disco.errors import NotFound
from disco.occi import Message, Mixin, Pieces, pieces_of, render_collection


class ComponentMembers:
    """Read only: clusters are created and changed in the kind's collection."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response, name: str) -> None:
        """The caller's clusters that have this component."""
        media_type = choose(request, LIST_TYPES)
        known = [m for m in self._service.mixins if m.term == name]
        if not known:
            raise NotFound(f'Unknown component "{name[:64]}".', hint="/-/ lists the components.")
        clusters = self._service.clusters.lists.list(self._service.log_in(request))
        members = pieces_of(self._service.resource(c) for c in _having(clusters, known[0]))
        reply_list(request, response, members, media_type, known[0].location)

    on_head = on_get


def reply_list(
    request: falcon.Request,
    response: falcon.Response,
    clusters: Pieces,
    media_type: str,
    path: str,
) -> None:
    """Send a list of clusters; ``path`` is that of the collection."""
    dialect = dialect_of(request, media_type)
    rendered = render_collection(clusters, media_type, request.prefix, path, dialect)
    reply_list_unless_known(request, response, rendered)


def of_components(
    clusters: list[Cluster], wanted: Message, mixins: Sequence[Mixin]
) -> tuple[list[Cluster], Message]:
    """The clusters with all components that a filter names, and the rest of the filter."""
    known = {mixin.type_id: mixin for mixin in mixins}
    for ref in wanted.categories:
        if ref.type_id in known:
            clusters = _having(clusters, known[ref.type_id])
    rest = tuple(c for c in wanted.categories if c.type_id not in known)
    return clusters, replace(wanted, categories=rest)


def _having(clusters: Iterable[Cluster], mixin: Mixin) -> list[Cluster]:
    """The clusters that have it; all have the base, and frameworks are in the list."""
    if mixin.scheme != FRAMEWORK_SCHEME:
        return list(clusters)
    return [c for c in clusters if mixin.term in c.attributes.get(FRAMEWORKS, "").split("+")]
