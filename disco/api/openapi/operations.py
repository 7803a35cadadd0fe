"""Parts of ``/openapi.json``: operations, answers and parameters, in a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from disco.api.http.occi import LIST_TYPES
from disco.api.openapi.schemas import ERRORS
from disco.occi.media import JSON, OCCI_JSON
from disco.occi.media import OCCI_JSON_12 as JSON_12

#: of which schemas tell; the old JSON and the text renderings are what they were
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
    found: dict[str, Any] = {"operationId": name, "summary": summary}
    if description:
        found["description"] = description
    if parameters:
        found["parameters"] = list(parameters)
    if body:
        found["requestBody"] = body
    if anonymous:
        found["security"] = []
    refused = {str(s): {"$ref": f"#/components/responses/{s}"} for s in ERRORS}
    return {**found, "responses": {**answers, **refused}}


def answer(schema: str | None, types: Sequence[str], text: str = "OK") -> dict[str, Any]:
    """A 200 in these media types."""
    found = {kind: content(schema if kind in DESCRIBED else None) for kind in types}
    if OCCI_JSON in found and JSON in found and schema in ("Events", "Interfaces"):
        found[OCCI_JSON] = content(schema)
    return {"200": {"description": text, "content": found}}


def ok() -> dict[str, Any]:
    """A 200 that tells nothing more."""
    return answer("Done", LIST_TYPES)


def made(cluster_id: str) -> dict[str, Any]:
    """A 201; ``cluster_id`` is where the id stands by which one goes on."""
    location = {"Location": {"description": "The cluster's URL.", "schema": {"type": "string"}}}
    found = {kind: content("Done" if kind in DESCRIBED else None) for kind in LIST_TYPES}
    links = {
        name: {"operationId": name, "parameters": {"uuid": cluster_id}}
        for name in ("show", "events", "interfaces", "nodes", "act", "delete")
    }
    said = {"description": "It is being made.", "headers": location, "content": found}
    return {"201": {**said, "links": links}}


def content(schema: str | None) -> dict[str, Any]:
    """What is in an answer or a request: a schema by its name, or anything."""
    return {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else {}}


def action(terms: Sequence[str]) -> dict[str, Any]:
    """The parameter with an action's term."""
    return parameter("query", "action", "The action's term.", {"enum": list(terms)})


def parameter(
    where: str, name: str, text: str, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A parameter; of text unless ``schema`` says otherwise."""
    return {
        "name": name,
        "in": where,
        "description": text,
        "schema": {"type": "string", **(schema or {})},
    }
