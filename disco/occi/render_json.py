"""The JSON renderings: that of OCCI 1.2 (GFD.226), and that of OCCI 1.1 servers before it.

The older one has no specification. Its clients read an array of categories and
a resource whose kind is an object.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NotRequired, TypedDict

from disco.errors import DiscoError, Fault
from disco.occi.json_text import OPEN, PATH, Frame, Kept, array, members, quoted, value
from disco.occi.model import (
    CORE,
    CORE_ID,
    CORE_SUMMARY,
    CORE_TITLE,
    Action,
    Attribute,
    Kind,
    Mixin,
    Resource,
)
from disco.occi.pieces import Form, Piece, Pieces
from disco.occi.text import wire_value
from disco.untrusted import to_utf8

#: characters of JSON up to which somebody may read it as it is
_READ_BY_PEOPLE = 16 * 1024
#: of the older form: what resources of one kind with the same actions have alike, most of each
_FRAMES: dict[bool, Kept[Frame]] = {False: Kept(), True: Kept()}


class ResourceBody(TypedDict):
    """A resource in the JSON of OCCI 1.2."""

    kind: str
    id: str
    title: NotRequired[str]
    summary: NotRequired[str]
    attributes: dict[str, str]
    mixins: list[str]
    actions: list[str]
    links: list[Any]


class CollectionBody(TypedDict):
    """Resources in the JSON of OCCI 1.2."""

    resources: list[ResourceBody]


class CategoryBody(TypedDict):
    """What all categories have in the JSON of OCCI 1.2."""

    term: str
    scheme: str
    title: str
    attributes: dict[str, Any]


class QueryBody(TypedDict):
    """The query interface in the JSON of OCCI 1.2; categories have more members."""

    kinds: list[CategoryBody]
    mixins: list[CategoryBody]
    actions: list[CategoryBody]


class ErrorBody(TypedDict):
    """An error with all its faults; every member is always there, null if there is nothing."""

    code: str
    message: str
    hint: str | None
    request_id: str | None
    faults: list[Fault]


def categories(items: Sequence[Kind | Mixin | Action], is_occi_12: bool) -> str:
    """The query interface.

    The older form has the service's own kind last: some clients take the last
    element with a key ``related`` for it.
    """
    if not is_occi_12:
        return _dump([_old_category(item) for item in sorted(items, key=_is_service_kind)])
    return _dump(
        {
            "kinds": [_kind(item) for item in items if isinstance(item, Kind)],
            "mixins": [_mixin(item) for item in items if isinstance(item, Mixin)],
            "actions": [_action(item) for item in items if isinstance(item, Action)],
        }
    )


def resource(item: Resource, is_occi_12: bool) -> str | bytes:
    """One resource."""
    if is_occi_12:
        return _dump(_resource(item))
    text = _old_piece(item, False).whole
    return text if len(text) > _READ_BY_PEOPLE else _old_piece(item, True).whole


def list_form(is_occi_12: bool) -> Form:
    """What lists have of each resource."""
    return _NEW if is_occi_12 else _OLD


def collection(listed: Sequence[Piece], pieces: Pieces, is_occi_12: bool) -> bytes:
    """Whole resources, in an array, or in an object with the member ``resources``.

    ``listed`` are in the form of ``list_form``; ``pieces`` has them in others.
    """
    text = _joined(listed, b'{"resources": [' if is_occi_12 else b"[")
    if len(text) > _READ_BY_PEOPLE:
        return text
    if is_occi_12:
        return to_utf8(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    return array((piece.whole.decode() for piece in pieces(_OLD_ON_LINES)), True).encode()


def _joined(pieces: Sequence[Piece], begin: bytes) -> bytes:
    """The pieces in an array, without a copy of all of them beside it."""
    out = io.BytesIO()
    out.write(begin)
    for number, piece in enumerate(pieces):
        if number:
            out.write(b", ")
        out.write(piece.whole)
    out.write(b"]}" if begin[:1] == b"{" else b"]")
    return out.getvalue()


def error(problem: DiscoError, request_id: str | None) -> str:
    """An error, as ``ErrorBody`` describes it."""
    body = ErrorBody(
        code=problem.code,
        message=problem.message,
        hint=problem.hint,
        request_id=request_id,
        faults=list(problem.faults),
    )
    return _dump(body)


def readable(data: Any, sort_keys: bool = False) -> str:
    """JSON: on lines for people where it is short, and else as fast as it can be made.

    With an indent it is Python that writes, which takes six times as long.
    """
    options: dict[str, Any] = {"sort_keys": sort_keys, "ensure_ascii": False, "default": asdict}
    text = json.dumps(data, **options)
    return text if len(text) > _READ_BY_PEOPLE else json.dumps(data, indent=2, **options)


def _dump(data: Any) -> str:
    return _encodable(readable(data, sort_keys=True))


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _is_service_kind(item: Kind | Mixin | Action) -> bool:
    return isinstance(item, Kind) and item.parent is not None and item.scheme != CORE


def _old_category(item: Kind | Mixin | Action) -> dict[str, Any]:
    data: dict[str, Any] = {"term": item.term, "scheme": item.scheme}
    if item.title:
        data["title"] = item.title
    if item.attributes:
        data["attributes"] = {a.name: _old_property(a) for a in item.attributes}
    if isinstance(item, Action):
        return data
    data["location"] = item.location
    related = list(item.depends) if isinstance(item, Mixin) else [item.parent]
    if any(related):
        data["related"] = related
    if item.actions:
        data["actions"] = [a.type_id for a in item.actions]
    return data


def _old_property(attribute: Attribute) -> str:
    if attribute.required:
        return "required"
    return "muttable" if attribute.mutable else "immutable"  # sic


def _old_piece(item: Resource, on_lines: bool) -> Piece:
    attributes = value({n: wire_value(v) for n, v in item.all_attributes().items()}, on_lines)
    frame = _FRAMES[on_lines].of(
        (item.kind, *item.mixins, *item.actions), lambda: _old_frame(item, on_lines)
    )
    # in the frame it is a line's indent further in
    return Piece.of(to_utf8(attributes.replace("\n", "\n  ")), _path(item), frame)


def _path(item: Resource) -> bytes:
    return to_utf8(quoted(item.path)[1:-1])


def _old_frame(item: Resource, on_lines: bool) -> Frame:
    def made(category: Kind | Mixin | Action) -> str:
        return value(_old_category(category), on_lines)

    links = (
        members({"kind": made(a), "link": f'"{PATH}{quoted(f"?action={a.term}")[1:]}'}, on_lines)
        for a in item.actions
    )
    parts = {
        "kind": made(item.kind),
        "mixins": array(map(made, item.mixins), on_lines),
        "actions": array(links, on_lines),
        "links": array((), on_lines),
        "attributes": OPEN,
    }
    return Frame(members(parts, on_lines))


def _resource(item: Resource) -> ResourceBody:
    attributes = {n: wire_value(v) for n, v in item.all_attributes().items()}
    del attributes[CORE_ID]
    title, summary = attributes.pop(CORE_TITLE, None), attributes.pop(CORE_SUMMARY, None)
    body = ResourceBody(
        kind=item.kind.type_id,
        id=f"urn:uuid:{item.id}",
        attributes=attributes,
        mixins=[mixin.type_id for mixin in item.mixins],
        actions=[action.type_id for action in item.actions],
        links=[],
    )
    if title is not None:
        body["title"] = title
    if summary is not None:
        body["summary"] = summary
    return body


def _new_piece(item: Resource) -> Piece:
    return Piece.of(to_utf8(value(_resource(item), False)), _path(item))


def _base(item: Kind | Mixin | Action) -> dict[str, Any]:
    return {
        "term": item.term,
        "scheme": item.scheme,
        "title": item.title,
        "attributes": {a.name: _property(a) for a in item.attributes},
    }


def _kind(item: Kind) -> dict[str, Any]:
    data = _base(item)
    if item.parent:
        data["parent"] = item.parent
    return data | {"location": item.location, "actions": [a.type_id for a in item.actions]}


def _mixin(item: Mixin) -> dict[str, Any]:
    return {
        **item.details,
        **_base(item),
        "location": item.location,
        "actions": [a.type_id for a in item.actions],
        "depends": list(item.depends),
        "applies": list(item.applies),
    }


def _action(item: Action) -> dict[str, Any]:
    return _base(item)


def _property(attribute: Attribute) -> dict[str, Any]:
    data: dict[str, Any] = {
        "mutable": attribute.mutable,
        "required": attribute.required,
        "type": attribute.type,
    }
    optional = {
        "default": attribute.default,
        "pattern": attribute.pattern,
        "description": attribute.description or None,
    }
    return data | {name: value for name, value in optional.items() if value is not None}


#: what lists have of resources; the older form on lines, too, for short ones
_OLD = Form("json", lambda item: _old_piece(item, False))
_OLD_ON_LINES = Form("json on lines", lambda item: _old_piece(item, True))
_NEW = Form(
    "json of 1.2", lambda item: Piece.of(to_utf8(value(_resource(item), False)), _path(item))
)
