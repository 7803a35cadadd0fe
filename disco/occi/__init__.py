"""OCCI as a library: the core model, reading requests, and renderings.

It knows no HTTP framework and no cloud. Its errors are those of ``disco.errors``.
"""

from disco.occi.dialect import VERSION, Dialect, find_dialect
from disco.occi.filter import matches
from disco.occi.grammar import parse_attributes, parse_categories, parse_locations
from disco.occi.media import MEDIA_TYPES, READABLE, negotiate
from disco.occi.message import CategoryRef, LinkRef, Message
from disco.occi.model import (
    CORE,
    LINK_KIND,
    Action,
    Attribute,
    Category,
    Kind,
    Mixin,
    Resource,
)
from disco.occi.parser import parse_message
from disco.occi.pieces import Form, Piece, Pieces, pieces_of
from disco.occi.render import (
    Rendered,
    RenderedList,
    render_categories,
    render_collection,
    render_error,
    render_ok,
    render_resource,
)

__all__ = [
    "CORE",
    "LINK_KIND",
    "MEDIA_TYPES",
    "READABLE",
    "VERSION",
    "Action",
    "Attribute",
    "Category",
    "CategoryRef",
    "Dialect",
    "Form",
    "Kind",
    "LinkRef",
    "Message",
    "Mixin",
    "Piece",
    "Pieces",
    "Rendered",
    "RenderedList",
    "Resource",
    "find_dialect",
    "matches",
    "negotiate",
    "parse_attributes",
    "parse_categories",
    "parse_locations",
    "parse_message",
    "pieces_of",
    "render_categories",
    "render_collection",
    "render_error",
    "render_ok",
    "render_resource",
]
