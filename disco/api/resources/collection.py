"""The collection of clusters: list, create, delete all, act on all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import falcon

from disco.api.http.occi import LIST_TYPES, choose, read_filter, read_message, reply
from disco.api.http.paging import NEXT, Page, read_page, unknown_marker
from disco.api.kind import PREVIEW
from disco.api.resources.mixin_collection import of_components, reply_list
from disco.api.resources.preview import reply_preview, wants_preview, without_action
from disco.api.service import Service
from disco.clusters.cluster_id import parse_id
from disco.clusters.view import LISTED_ATTRIBUTES, Cluster
from disco.errors import Fault, InvalidRequest, MethodNotAllowed, NotFound
from disco.occi import Form, Message, Piece, Pieces, Resource, matches, pieces_of, render_ok
from disco.occi.media import JSON, OCCI_JSON_12
from disco.openstack.session import Login
from disco.untrusted import one_line

ALLOWED = "DELETE, GET, HEAD, OPTIONS, POST"
NOT_A_MIXIN = "This operation is only supported on Collections of Mixins."


class Collection:
    """``/disco/``, and ``/``, which has the same members."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """The caller's clusters, all or filtered by category and attributes, or a page of them."""
        media_type = choose(request, LIST_TYPES)
        wanted, page = read_filter(request), read_page(request)
        ask = _asks_health(request)
        login = self._service.log_in(request)
        is_plain = not _is_filter(wanted)
        if is_plain and not self._service.clusters.lists.may_tell_health(login, ask):
            pieces = self._unfiltered(response, login, page)
        elif page is None:
            listed = self._service.clusters.lists.list(login, ask)
            pieces = pieces_of(self._matching(login, listed, wanted))
        else:
            clusters = self._page(login, page, wanted, ask)
            if len(clusters) > page.limit:
                clusters = clusters[: page.limit]
                response.set_header(NEXT, clusters[-1].id)
            pieces = pieces_of(clusters)
        reply_list(request, response, pieces, media_type, self._service.kind.location)

    on_head = on_get

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Create a cluster, or do the action of ``?action=`` with all that allow it.

        Clusters in another state are left alone; if none allows it the answer is 409.
        """
        if request.get_param("action") != PREVIEW.term:
            media_type = choose(request, LIST_TYPES)
        message = read_message(request)
        if message.locations:
            raise InvalidRequest(NOT_A_MIXIN)
        if wants_preview(request, message):
            self._preview(request, response, without_action(message))
            return
        action = request.get_param("action")
        if action is not None or message.action is not None:
            self._act(request, message, action or "")
        else:
            cluster = self._create(request, message)
            response.set_header("Location", f"{request.prefix}{self._path(cluster)}")
            reply(response, render_ok(media_type), falcon.HTTP_201)
            return
        reply(response, render_ok(media_type))

    def on_options(self, _: falcon.Request, response: falcon.Response) -> None:
        """The methods, without PUT, which is answered only to say why it is refused."""
        response.set_header("Allow", ALLOWED)
        response.set_header("Content-Length", "0")

    def on_put(self, _: falcon.Request, response: falcon.Response) -> None:
        """Only a mixin's collection could be replaced."""
        response.set_header("Allow", ALLOWED)
        raise MethodNotAllowed(NOT_A_MIXIN)

    def on_delete(self, request: falcon.Request, response: falcon.Response) -> None:
        """Delete every cluster of the caller's project, and with JSON only if it is confirmed."""
        media_type = choose(request, LIST_TYPES)
        _check_confirmed(request, media_type)
        if read_filter(request).locations:
            raise InvalidRequest(NOT_A_MIXIN)
        self._service.clusters.delete_all(self._service.log_in(request))
        reply(response, render_ok(media_type))

    def _create(self, request: falcon.Request, message: Message) -> Cluster:
        message = self._service.check_create(message)
        login = self._service.log_in(request, message.attributes)
        wanted_id = idempotency_key(request)
        with self._service.limits.creating(login.project_id):
            return self._service.clusters.create(login, message.attributes, wanted_id)

    def _preview(
        self, request: falcon.Request, response: falcon.Response, message: Message
    ) -> None:
        by_action = request.get_param("action") is not None
        message = self._service.check_create(message, required=not by_action)
        login = self._service.log_in(request, message.attributes)
        wanted_id = idempotency_key(request)
        with self._service.limits.creating(login.project_id):
            preview = self._service.clusters.preview(login, message.attributes, wanted_id)
        reply_preview(request, response, preview)

    def _act(self, request: falcon.Request, message: Message, term: str) -> None:
        action = self._service.check_action(message, term)
        login = self._service.log_in(request)
        self._service.clusters.act_on_all(login, action, message.attributes)

    def _unfiltered(self, response: falcon.Response, login: Login, page: Page | None) -> Pieces:
        """What was made of a cluster before is kept as long as Heat says the same of it."""
        clusters, resource = self._service.clusters, self._service.resource
        if page is None:
            listing, most = clusters.lists.listing(login), None
        else:
            most = page.limit + 1
            with _marker_explained(page):
                listing = clusters.lists.listing_after(login, page.marker, most)

        def pieces(form: Form) -> Sequence[Piece]:
            found = listing.pieces(form.name, lambda cluster: form.make(resource(cluster)), most)
            if page is not None and len(found) > page.limit:
                found = found[: page.limit]
                response.set_header(NEXT, found[-1].path.decode().rpartition("/")[2])
            return found

        return pieces

    def _page(self, login: Login, page: Page, wanted: Message, ask: bool) -> list[Resource]:
        """The clusters of a page, and one more if there is one."""
        with _marker_explained(page):
            listed = self._service.clusters.lists.list_after(
                login, page.marker, page.limit + 1, ask
            )
            return list(islice(self._matching(login, listed, wanted), page.limit + 1))

    def _matching(
        self, login: Login, clusters: Iterable[Cluster], wanted: Message
    ) -> Iterator[Resource]:
        """Those that a filter names; only for what a list does not tell each stack is read."""
        named = {n: v for n, v in wanted.attributes.items() if n in LISTED_ATTRIBUTES}
        untold = {n: v for n, v in wanted.attributes.items() if n not in named}
        for cluster in clusters:
            found, rest = of_components([cluster], wanted, self._service.mixins)
            listed = [self._service.resource(c) for c in found]
            listed = [r for r in listed if matches(r, replace(rest, attributes=named))]
            if listed and untold:
                whole = (self._service.resource(c) for c in self._whole(login, found))
                listed = [r for r in whole if matches(r, rest)]
            yield from listed

    def _whole(self, login: Login, clusters: Iterable[Cluster]) -> Iterator[Cluster]:
        for cluster in clusters:
            with contextlib.suppress(NotFound):  # deleted since it was listed
                yield self._service.clusters.show(login, cluster.id)

    def _path(self, cluster: Cluster) -> str:
        return f"{self._service.kind.location}{cluster.id}"


def _asks_health(request: falcon.Request) -> bool:
    """Whether the list is to say how clusters are now: ``?health=now``.

    Raises:
        InvalidRequest: it has another value.
    """
    asked = request.get_param("health")
    if asked not in (None, "now"):
        raise InvalidRequest.of([Fault("health", f'"{one_line(asked, 32)}" is not now', "now")])
    return asked is not None


def _is_filter(wanted: Message) -> bool:
    return bool(wanted.categories or wanted.attributes)


@contextlib.contextmanager
def _marker_explained(page: Page) -> Iterator[None]:
    """Say of a cluster that is not there that it was to be the page's marker."""
    try:
        yield
    except NotFound as error:
        fault = unknown_marker(page.marker or "")
        raise NotFound(f"{fault}", faults=[fault], code=fault.code) from error


def _check_confirmed(request: falcon.Request, media_type: str) -> None:
    """Refuse to delete all clusters because an id was left out of the address.

    Clients of the original ask for text and know no such parameter. It had no plain JSON and
    no OCCI 1.2, so who asks for these is newer, and must send ``confirm=all``.

    Raises:
        InvalidRequest: it is missing, or has another value.
    """
    confirmed = request.get_param("confirm")
    if confirmed is None and media_type not in (JSON, OCCI_JSON_12):
        return
    if confirmed != "all":
        found = "is missing" if confirmed is None else f'"{one_line(confirmed, 32)}" is not all'
        raise InvalidRequest.of(
            [Fault("confirm", found, "all", "not-confirmed")],
            hint="Without a cluster's id in the address, all clusters of the project are deleted.",
        )


def idempotency_key(request: falcon.Request) -> str | None:
    """The id that a client chose so that it can repeat its create.

    Raises:
        InvalidRequest: it is not a UUID.
    """
    key = request.get_header("Idempotency-Key")
    if key is None:
        return None
    cluster_id = parse_id(key.strip().strip('"'))
    if cluster_id is None:
        fault = Fault("Idempotency-Key", f'"{key[:64]}" is not a UUID', "a UUID")
        raise InvalidRequest.of([fault])
    return cluster_id
