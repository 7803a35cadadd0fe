"""``/openapi.json``: the interface in OpenAPI 3.1, made from what the service validates with.

Attributes come from the components' declarations, actions from the kind, media types
from what is read and rendered, errors from their classes: none is written twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import falcon

from disco import __version__
from disco.api.events import MAX_WAIT
from disco.api.events import OFFERED as EVENT_TYPES
from disco.api.interfaces import OFFERED as INTERFACE_TYPES
from disco.api.occi_http import ENTITY_TYPES, LIST_TYPES
from disco.api.openapi_schemas import ACTION_REQUEST, ERRORS, entity_request, schemas
from disco.api.service import Service
from disco.occi.media import JSON, OCCI_JSON
from disco.occi.media import OCCI_JSON_12 as JSON_12

PREVIEW_TYPES = (JSON, "text/plain")
#: of which schemas tell; the old JSON and the text renderings are what they were
DESCRIBED = (JSON, JSON_12)
CALLER: list[dict[str, list[str]]] = [
    {"token": []},
    {"user": [], "password": [], "project": []},
    {"application_credential_id": [], "application_credential_secret": []},
]
HEADERS = {
    "token": ("X-Auth-Token", "A Keystone token."),
    "user": ("X-User-Name", "With X-Password and X-Tenant-Name."),
    "password": ("X-Password", "Used, and never kept."),
    "project": ("X-Tenant-Name", "Name or id of the project."),
    "application_credential_id": ("X-Application-Credential-Id", "With its secret."),
    "application_credential_secret": ("X-Application-Credential-Secret", "Used, and never kept."),
}
OPTIONAL = {
    "region": ("X-Region-Name", "Where the catalogue has several."),
    "user_domain": ("X-User-Domain-Name", "`Default` if it is missing."),
    "project_domain": ("X-Project-Domain-Name", "`Default` if it is missing."),
}


class OpenApi:
    """The document; the same for every caller."""

    def __init__(self, service: Service) -> None:
        self._text = json.dumps(document(service), indent=1, ensure_ascii=False)

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """JSON in every case."""
        response.content_type = JSON
        response.text = self._text

    on_head = on_get


def document(service: Service) -> dict[str, Any]:
    """The whole document for a service's kind and components."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DISCO",
            "version": __version__,
            "summary": "One request becomes a computing cluster on OpenStack.",
            "description": (
                "The interface is OCCI 1.1 and 1.2. Schemas describe the JSON of OCCI 1.2,"
                " which `Accept: application/json` asks for; the other renderings say the same."
            ),
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": CALLER,
        "paths": _paths(service),
        "components": {
            "schemas": schemas(service),
            "securitySchemes": {
                name: {"type": "apiKey", "in": "header", "name": header, "description": text}
                for name, (header, text) in HEADERS.items()
            },
            "parameters": {
                **{
                    name: _parameter("header", header, text)
                    for name, (header, text) in OPTIONAL.items()
                },
                "uuid": {
                    **_parameter("path", "uuid", "The cluster's id.", {"format": "uuid"}),
                    "required": True,
                },
                "idempotency_key": _parameter(
                    "header",
                    "Idempotency-Key",
                    "The cluster's id, so that the request can be repeated.",
                    {"format": "uuid"},
                ),
            },
            "responses": {
                str(status): {
                    "description": text,
                    "content": {
                        kind: _content("Error" if kind in DESCRIBED else None)
                        for kind in LIST_TYPES
                        if kind != "text/uri-list"
                    },
                }
                for status, text in ERRORS.items()
            },
        },
    }


def _paths(service: Service) -> dict[str, Any]:
    location = service.kind.location
    one = f"{location}{{uuid}}"
    uuid = [{"$ref": "#/components/parameters/uuid"}]
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in OPTIONAL]
    key = {"$ref": "#/components/parameters/idempotency_key"}
    actions = [action.term for action in service.kind.actions]
    query_types = tuple(t for t in LIST_TYPES if t != "text/uri-list")
    return {
        "/-/": {
            "get": _operation(
                "query", "What the service offers: kinds, actions, components",
                _answer("Query", query_types), anonymous=True,
            ),
        },
        location: {
            "parameters": shared,
            "get": _operation("list", "The project's clusters", _answer("Collection", LIST_TYPES)),
            "post": _operation(
                "create", "Create a cluster, or preview it, or act on all",
                {
                    **_answer(None, (*LIST_TYPES, *PREVIEW_TYPES), "What a preview shows, or OK."),
                    **_made(),
                },
                body=entity_request(),
                parameters=[key, _action(["preview", *(a for a in actions if a != "preview")])],
                description=(
                    "With `action=preview` nothing is created. With another action it is done"
                    " with all clusters of the project."
                ),
            ),
            "delete": _operation("delete_all", "Delete all clusters of the project", _ok()),
        },
        f"{location}choices": {
            "parameters": shared,
            "get": _operation(
                "choices", "What the project can choose from", _answer("Choices", (JSON,))
            ),
        },
        one: {
            "parameters": [*uuid, *shared],
            "get": _operation(
                "show", "One cluster with all its attributes", _answer("Resource", ENTITY_TYPES)
            ),
            "put": _operation(
                "create_as", "Create the cluster under this id",
                {**_answer(None, ENTITY_TYPES, "What a preview shows."), **_made()},
                body=entity_request(),
            ),
            "post": _operation(
                "act", "Act on a cluster, or change it",
                _answer("Resource", ENTITY_TYPES),
                body=ACTION_REQUEST, parameters=[_action([a for a in actions if a != "preview"])],
                description="`action` has its term, the body's member `action` its type.",
            ),
            "delete": _operation("delete", "Delete the cluster and all that belongs to it", _ok()),
        },
        f"{one}/events": {
            "parameters": [*uuid, *shared],
            "get": _operation(
                "events", "What happened to the cluster, and what happens now",
                {
                    **_answer("Events", EVENT_TYPES),
                    "204": {"description": "Nothing will happen: a stream need not come again."},
                },
                parameters=[
                    _parameter("query", "since", "The marker of an earlier answer."),
                    _parameter(
                        "query", "wait", "Seconds to wait for an event if there is none.",
                        {"type": "integer", "minimum": 0, "maximum": MAX_WAIT},
                    ),
                    _parameter(
                        "query", "nodes", "Whether the nodes are asked.",
                        {"enum": ["true", "false"]},
                    ),
                ],
            ),
        },
        f"{one}/interfaces": {
            "parameters": [*uuid, *shared],
            "get": _operation(
                "interfaces", "The cluster's web pages, and how to reach them",
                _answer("Interfaces", INTERFACE_TYPES),
            ),
        },
        "/component/{name}/": {
            "parameters": [
                {
                    **_parameter(
                        "path", "name", "A component.",
                        {"enum": [mixin.term for mixin in service.mixins]},
                    ),
                    "required": True,
                },
                *shared,
            ],
            "get": _operation(
                "members", "The clusters that have a component", _answer("Collection", LIST_TYPES)
            ),
        },
        "/v3/auth/tokens": {
            "post": _operation(
                "log_in", "Change credentials for a token, as Keystone's third API does",
                {
                    "201": {
                        "description": "The token is in `X-Subject-Token`.",
                        "headers": {"X-Subject-Token": {"schema": {"type": "string"}}},
                        "content": {JSON: _content("Token")},
                    }
                },
                body={"required": True, "content": {JSON: _content("Auth")}}, anonymous=True,
            ),
            "delete": _operation(
                "log_out", "Take the token of X-Auth-Token back",
                {"204": {"description": "It is good no more."}},
            ) | {"security": [{"token": []}]},
        },
        "/v2.0/tokens": {
            "post": _operation(
                "log_in_2", "The same in the form of Keystone's second API",
                {"200": {"description": "OK", "content": {JSON: _content("Access")}}},
                body={"required": True, "content": {JSON: _content("Auth2")}}, anonymous=True,
            ),
        },
        "/health": {
            "get": _operation(
                "health", "Whether the process answers", _answer("Health", (JSON,)), anonymous=True
            ),
        },
        "/openapi.json": {
            "get": _operation(
                "openapi", "This document", _answer(None, (JSON,)), anonymous=True
            ),
        },
    }  # fmt: skip


def _operation(
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


def _answer(schema: str | None, types: Sequence[str], text: str = "OK") -> dict[str, Any]:
    """A 200 in these media types."""
    content = {kind: _content(schema if kind in DESCRIBED else None) for kind in types}
    if OCCI_JSON in content and JSON in content and schema in ("Events", "Interfaces"):
        content[OCCI_JSON] = _content(schema)
    return {"200": {"description": text, "content": content}}


def _ok() -> dict[str, Any]:
    return _answer("Done", LIST_TYPES)


def _made() -> dict[str, Any]:
    location = {"Location": {"description": "The cluster's URL.", "schema": {"type": "string"}}}
    content = {kind: _content("Done" if kind in DESCRIBED else None) for kind in LIST_TYPES}
    return {"201": {"description": "It is being made.", "headers": location, "content": content}}


def _content(schema: str | None) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else {}}


def _action(terms: Sequence[str]) -> dict[str, Any]:
    return _parameter("query", "action", "The action's term.", {"enum": list(terms)})


def _parameter(
    where: str, name: str, text: str, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "description": text,
        "schema": {"type": "string", **(schema or {})},
    }
