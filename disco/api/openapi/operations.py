"""Parts of ``/openapi.json``: operations, answers and parameters, in a few words each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from disco.api.http.occi import LIST_TYPES
from disco.api.http.paging import MOST, NEXT
from disco.api.openapi.schemas import ERRORS
from disco.api.resources.event_messages import EventsBody
from disco.api.resources.interfaces import InterfacesBody
from disco.occi.media import JSON, OCCI_JSON
from disco.occi.media import OCCI_JSON_12 as JSON_12
from disco.occi.render_json import CollectionBody

#: media types that schemas describe; the old JSON and the text renderings have none
DESCRIBED = (JSON, JSON_12)


def operation(
    name: str,
    summary: str,
    answers: dict[str, Any],
    *,
    body: dict[str, Any] | None = None,
    parameters: Sequence[dict[str, Any]] = (),
    description: str = "",
    anonymous: bool = False,
) -> dict[str, Any]:
    """One operation with all errors that the service may answer it with."""
    described: dict[str, Any] = {"operationId": name, "summary": summary}
    if description:
        described["description"] = description
    if parameters:
        described["parameters"] = list(parameters)
    if body:
        described["requestBody"] = body
    if anonymous:
        described["security"] = []
    refused = {str(s): {"$ref": f"#/components/responses/{s}"} for s in ERRORS}
    return {**described, "responses": {**refused, **answers}}


def answer(schema: type | str | None, types: Sequence[str], text: str = "OK") -> dict[str, Any]:
    """A 200 in these media types."""
    bodies = {kind: content(schema if kind in DESCRIBED else None) for kind in types}
    if OCCI_JSON in bodies and JSON in bodies and schema in (EventsBody, InterfacesBody):
        bodies[OCCI_JSON] = content(schema)
    return {"200": {"description": text, "content": bodies}}


def ok() -> dict[str, Any]:
    """A 200 without content."""
    return answer("Done", LIST_TYPES)


def made(cluster_id: str) -> dict[str, Any]:
    """A 201; ``cluster_id`` says where the id is that further requests need."""
    location = {"Location": {"description": "The cluster's URL.", "schema": {"type": "string"}}}
    bodies = {kind: content("Done" if kind in DESCRIBED else None) for kind in LIST_TYPES}
    links = {
        name: {"operationId": name, "parameters": {"uuid": cluster_id}}
        for name in ("show", "events", "interfaces", "nodes", "act", "delete")
    }
    created = {
        "description": "The cluster is being created.",
        "headers": location,
        "content": bodies,
    }
    return {"201": {**created, "links": links}}


def content(schema: type | str | None) -> dict[str, Any]:
    """What is in an answer or a request: a type, a schema by its name, or anything."""
    if schema is None:
        return {"schema": {}}
    name = schema if isinstance(schema, str) else schema.__name__
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


def action(terms: Iterable[str]) -> dict[str, Any]:
    """The parameter with an action's term."""
    return parameter("query", "action", "The action's term.", {"enum": list(terms)})


def parameter(
    where: str, name: str, text: str, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A parameter; text unless ``schema`` has another type."""
    return {
        "name": name,
        "in": where,
        "description": text,
        "schema": {"type": "string", **(schema or {})},
    }


#: of a list: which part of it
PAGE = (
    parameter(
        "query", "limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": MOST}
    ),
    parameter(
        "query",
        "marker",
        "The last cluster of the page before.",
        {"type": "string", "format": "uuid"},
    ),
)
#: of a list: whether it is to say how clusters are
HEALTH = parameter(
    "query",
    "health",
    "Have the nodes of complete clusters asked how they are, for two seconds at most; a later"
    " list goes on with the others. What they say is also in lists of the next half minute.",
    {"type": "string", "enum": ["now"]},
)
#: of an answer with a tag: what the client has already
KNOWN = parameter("header", "If-None-Match", "The `ETag` of an answer that you have.")
UNCHANGED = {"304": {"description": "It is the answer that you have."}}


def listed() -> dict[str, Any]:
    """A list of clusters, or a page of it."""
    whole = answer(CollectionBody, LIST_TYPES)
    next_page = {"description": "The marker of the next page.", "schema": {"type": "string"}}
    whole["200"]["headers"] = {NEXT: next_page}
    return {**whole, **UNCHANGED}
