"""Renderings: from categories, resources and errors to headers and bodies.

Bodies keep the original's bytes where clients may depend on them, unless a ``dialect`` of
OCCI's own is asked for; each rendering has a module of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from disco.errors import DiscoError
from disco.occi import render_html, render_json, render_text
from disco.occi.dialect import Dialect
from disco.occi.media import (
    HTML,
    JSON,
    OCCI_JSON,
    TEXT_OCCI,
    TEXT_OCCI_PLAIN,
    TEXT_PLAIN,
    URI_LIST,
    MediaType,
)
from disco.occi.model import Action, Kind, Mixin, Resource
from disco.occi.pieces import Form, Piece, Pieces
from disco.occi.render_text import Line, TextRenderer
from disco.occi.rendered import Rendered, RenderedList

__all__ = [
    "Rendered",
    "RenderedList",
    "render_categories",
    "render_collection",
    "render_error",
    "render_ok",
    "render_resource",
]

_IN_BODY = (TEXT_PLAIN, TEXT_OCCI_PLAIN)
_JSON = (JSON, OCCI_JSON)
#: what lists that are no JSON have of each resource
_PATHS = Form("paths", lambda item: Piece.of(_path(item), _path(item)))


def _path(item: Resource) -> bytes:
    return item.path.encode("utf-8", "surrogatepass")


def render_categories(
    categories: Sequence[Kind | Mixin | Action],
    media_type: str,
    base_url: str,
    dialect: Dialect = Dialect.ORIGINAL,
) -> Rendered:
    """The query interface.

    ``base_url`` is what locations begin with: scheme and authority, e.g. ``http://host:8888``.

    Raises:
        ValueError: there is no such rendering; ``negotiate`` among those that there are.
    """
    media = MediaType.parse(media_type)
    if media.name in _JSON:
        return Rendered(media_type, {}, render_json.categories(categories, media.is_occi_12))
    if media.name == HTML:
        return render_html.categories(categories)
    text = TextRenderer(base_url.rstrip("/"), dialect)
    return _text(text, text.categories(categories), media)


def render_resource(
    resource: Resource, media_type: str, base_url: str, dialect: Dialect = Dialect.ORIGINAL
) -> Rendered:
    """One resource with its categories, attributes and actions.

    Raises:
        ValueError: as ``render_categories``.
    """
    media = MediaType.parse(media_type)
    if media.name in _JSON:
        return Rendered(media_type, {}, render_json.resource(resource, media.is_occi_12))
    if media.name == HTML:
        return render_html.resource(resource)
    text = TextRenderer(base_url.rstrip("/"), dialect)
    return _text(text, text.resource(resource), media)


def render_collection(
    pieces: Pieces,
    media_type: str,
    base_url: str,
    path: str = "/disco/",
    dialect: Dialect = Dialect.ORIGINAL,
) -> RenderedList:
    """A list of resources: whole ones in JSON, their locations otherwise.

    ``path`` is that of the collection, which text/uri-list names.

    Raises:
        ValueError: as ``render_categories``.
    """
    media = MediaType.parse(media_type)
    is_json = media.name in _JSON
    form = render_json.list_form(media.is_occi_12) if is_json else _PATHS
    listed = pieces(form)

    def render() -> Rendered:
        if is_json:
            body = render_json.collection(listed, pieces, media.is_occi_12)
            return Rendered(media_type, {}, body)
        paths = [piece.text.decode("utf-8", "surrogatepass") for piece in listed]
        if media.name == HTML:
            return render_html.collection(paths, path)
        text = TextRenderer(base_url.rstrip("/"), dialect)
        if media.name == URI_LIST:
            return Rendered(media_type, {}, text.uri_list(paths, path))
        return _text(text, text.locations(paths), media)

    said = "\0".join((media_type, base_url, path, dialect.name))
    whole = b"\0".join((said.encode("utf-8", "replace"), *(piece.tag for piece in listed)))
    return RenderedList(hashlib.sha256(whole).digest(), render)


def render_ok(media_type: str) -> Rendered:
    """Success with nothing to tell.

    ``OK``, also in the old JSON rendering, as the original; an empty object in OCCI 1.2's.
    """
    media = MediaType.parse(media_type)
    if media.is_occi_12:
        return Rendered(media_type, {}, "{}")
    if media.name == HTML:
        return render_html.page("OK", "<p>OK</p>")
    return Rendered(media_type, {}, "OK")


def render_error(error: DiscoError, media_type: str, request_id: str | None = None) -> Rendered:
    """An error with all its faults.

    Text renderings have it in the body, a line for each fault, text/occi too: its
    headers are for entities. What is not in a list of locations is text/plain.
    """
    media = MediaType.parse(media_type)
    if media.name in _JSON:
        return Rendered(media_type, {}, render_json.error(error, request_id))
    lines = render_text.error(error, request_id)
    if media.name == HTML:
        return render_html.error(error, lines)
    known = media.name in (*_IN_BODY, TEXT_OCCI)
    return Rendered(media_type if known else TEXT_PLAIN, {}, "\n".join(lines))


def _text(text: TextRenderer, lines: Sequence[Line], media: MediaType) -> Rendered:
    if media.name == TEXT_OCCI:
        return Rendered(media.name, text.as_headers(lines), "OK")
    if media.name not in _IN_BODY:
        raise ValueError(f"no rendering of this in {media.name}")
    body = text.as_body(lines)
    # not for clients of the original, which compare the whole; others take text for latin-1
    named = text.dialect is not Dialect.ORIGINAL and not body.isascii()
    return Rendered(media.name + ("; charset=utf-8" if named else ""), {}, body)
