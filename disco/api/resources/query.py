"""The query interface: ``/-/`` and ``/.well-known/org/ogf/occi/-/``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import falcon

from disco.api.http.occi import LIST_TYPES, choose, dialect_of, read_filter, read_message, reply
from disco.errors import Fault, Forbidden, InvalidRequest, NotAcceptable, NotSupported
from disco.occi import (
    LINK_KIND,
    Action,
    CategoryRef,
    Kind,
    Message,
    Mixin,
    render_categories,
)

Known = Kind | Mixin | Action
URI_LIST = "text/uri-list"
#: renderings of all categories that are kept: some media types under some names of the service
_KEPT = 32


class QueryInterface:
    """Lists the categories that the service knows; the same for every caller."""

    def __init__(self, kind: Kind, mixins: Sequence[Mixin] = ()) -> None:
        categories: tuple[Known, ...] = (LINK_KIND, kind, *kind.actions, *mixins)
        self._categories = categories
        # clients choose the prefix, by ``Host``: so not all that there were are kept
        self._whole = lru_cache(maxsize=_KEPT)(partial(render_categories, categories))

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """All categories, or those named in ``Category`` headers."""
        offered = tuple(t for t in LIST_TYPES if t != URI_LIST)
        try:
            media_type = choose(request, offered)
        except NotAcceptable:
            if URI_LIST in (request.get_header("Accept") or ""):
                raise InvalidRequest(
                    "Unable to handle this request with the text/uri-list rendering."
                ) from None
            raise
        wanted = read_filter(request).categories
        listed = [self._find(ref) for ref in wanted] if wanted else self._categories
        dialect = dialect_of(request, media_type)
        if wanted:
            rendered = render_categories(listed, media_type, request.prefix, dialect)
        else:
            rendered = self._whole(media_type, request.prefix, dialect)
        reply(response, rendered)

    on_head = on_get

    def on_post(self, request: falcon.Request, _: falcon.Response) -> None:
        """Refuse users' mixins: DISCO has nowhere to keep them."""
        self._expect_mixin(read_message(request))
        raise NotSupported(
            "Users' mixins are not supported: DISCO has no state of its own.",
            hint="Attributes that DISCO does not know are kept with the cluster.",
        )

    def on_delete(self, request: falcon.Request, _: falcon.Response) -> None:
        """Refuse: only users' mixins could be deleted, and there are none."""
        for ref in self._expect_mixin(read_message(request)):
            self._find(ref)
        raise Forbidden("Needs to be of type Mixin.")

    def _expect_mixin(self, message: Message) -> Sequence[CategoryRef]:
        if not message.categories:
            raise InvalidRequest.of([Fault("Category", "missing", "a mixin")])
        return message.categories

    def _find(self, ref: CategoryRef) -> Known:
        for category in self._categories:
            if (category.scheme, category.term) == (ref.scheme, ref.term):
                return category
        raise unknown_category(ref)


def unknown_category(ref: CategoryRef) -> InvalidRequest:
    """The original's sentence about a category that is not registered."""
    text = (
        "The following category is not registered within this service"
        f" (See Query interfaces): {ref.scheme}{ref.term}"
    )
    return InvalidRequest.of([Fault("Category", text, "those listed at /-/", "unknown-category")])
