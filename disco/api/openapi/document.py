"""``/openapi.json``: the interface in OpenAPI 3.1, made from what the service works with.

Attributes come from the components' declarations, actions from their table, media types
from what is read and rendered, answers from the types that they are made of, errors from
their classes: none is written twice.
"""

from __future__ import annotations

import json
from typing import Any

import falcon

from disco import __version__
from disco.api.http.occi import ENTITY_TYPES, LIST_TYPES
from disco.api.keystone.v2_tokens import AccessBody, AccessRequest
from disco.api.keystone.v3_tokens import TokenBody, TokenRequest
from disco.api.openapi.monitoring import monitoring
from disco.api.openapi.operations import (
    DESCRIBED,
    HEALTH,
    KNOWN,
    PAGE,
    UNCHANGED,
    action,
    answer,
    content,
    listed,
    made,
    ok,
    operation,
    parameter,
)
from disco.api.openapi.schemas import ACTION_REQUEST, ERRORS, entity_request, schemas
from disco.api.resources.choices import OfferedChoices
from disco.api.resources.event_followers import MAX_WAIT
from disco.api.resources.event_messages import OFFERED as EVENT_TYPES
from disco.api.resources.event_messages import EventsBody
from disco.api.resources.health import HealthBody, ReadyBody
from disco.api.resources.interfaces import OFFERED as INTERFACE_TYPES
from disco.api.resources.interfaces import InterfacesBody
from disco.api.resources.nodes import NodesBody
from disco.api.service import Service
from disco.clusters.actions import BY_TERM, PREVIEW
from disco.occi.media import JSON
from disco.occi.render_json import CollectionBody, ErrorBody, QueryBody, ResourceBody

PREVIEW_TYPES = (JSON, "text/plain")
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
    "region": ("X-Region-Name", "Needed where several regions have Heat."),
    "user_domain": ("X-User-Domain-Name", "`Default` if it is missing."),
    "user_domain_id": ("X-User-Domain-Id", "In place of the name."),
    "project_domain": ("X-Project-Domain-Name", "Without it: the token's own, else `Default`."),
    "project_domain_id": ("X-Project-Domain-Id", "In place of the name."),
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
                " which `Accept: application/json` asks for; other renderings say the same."
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
                    name: parameter("header", header, text)
                    for name, (header, text) in OPTIONAL.items()
                },
                "uuid": {
                    **parameter("path", "uuid", "The cluster's id.", {"format": "uuid"}),
                    "required": True,
                },
                "idempotency_key": parameter(
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
                        kind: content(ErrorBody if kind in DESCRIBED else None)
                        for kind in LIST_TYPES
                        if kind != "text/uri-list"
                    },
                }
                for status, text in ERRORS.items()
            },
        },
    }


def actions_in_words() -> str:
    """What each action does, and in which statuses it is allowed."""
    return " ".join(
        f"`{row.term}`: {row.help} Allowed in {', '.join(sorted(row.allowed))}."
        for row in BY_TERM.values()
    )


def _paths(service: Service) -> dict[str, Any]:
    location = service.kind.location
    one = f"{location}{{uuid}}"
    uuid = [{"$ref": "#/components/parameters/uuid"}]
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in OPTIONAL]
    key = {"$ref": "#/components/parameters/idempotency_key"}
    query_types = tuple(t for t in LIST_TYPES if t != "text/uri-list")
    return {
        "/-/": {
            "get": operation(
                "query", "List kinds, actions and components",
                answer(QueryBody, query_types), anonymous=True,
            ),
            "post": operation(
                "add_mixins", "Add mixins (not supported)", {},
                body=entity_request(), anonymous=True,
            ),
            "delete": operation(
                "remove_mixins", "Remove mixins (there are none)", {}, anonymous=True
            ),
        },
        location: {
            "parameters": shared,
            "get": operation(
                "list", "List the project's clusters", listed(),
                parameters=[*PAGE, HEALTH, KNOWN],
            ),
            "post": operation(
                "create", "Create or preview a cluster, or act on all clusters",
                {
                    **answer(None, (*LIST_TYPES, *PREVIEW_TYPES), "What a preview shows, or OK."),
                    **made("$request.header.Idempotency-Key"),
                },
                body=entity_request(),
                parameters=[key, action([PREVIEW.term, *BY_TERM])],
                description=(
                    "With `action=preview` nothing is created. Another action is done with all"
                    " clusters of the project whose status allows it; others are left alone, and"
                    " the answer is 409 if there are only those."
                ),
            ),
            "delete": operation(
                "delete_all", "Delete all clusters of the project", ok(),
                parameters=[
                    parameter(
                        "query", "confirm", "Required with `Accept: application/json`.",
                        {"enum": ["all"]},
                    )
                ],
            ),
        },
        f"{location}choices": {
            "parameters": shared,
            "get": operation(
                "choices", "List what the project can choose from", answer(OfferedChoices, (JSON,))
            ),
        },
        one: {
            "parameters": [*uuid, *shared],
            "get": operation(
                "show", "Show a cluster with all its attributes",
                {**answer(ResourceBody, ENTITY_TYPES), **UNCHANGED}, parameters=[KNOWN],
            ),
            "put": operation(
                "create_as", "Create a cluster with this id",
                {
                    **answer(None, ENTITY_TYPES, "What a preview shows."),
                    **made("$request.path.uuid"),
                },
                body=entity_request(),
            ),
            "post": operation(
                "act", "Act on a cluster, or change its workers",
                answer(ResourceBody, ENTITY_TYPES),
                body=ACTION_REQUEST, parameters=[action(BY_TERM)],
                description=(
                    "The parameter `action` is the action's term, the body's member `action` its"
                    f" type identifier. {actions_in_words()}"
                ),
            ),
            "delete": operation(
                "delete", "Delete the cluster and all that belongs to it",
                answer("Deleted", (*LIST_TYPES, *PREVIEW_TYPES)),
                parameters=[
                    parameter(
                        "query", "evidence", "Whether to answer with the cluster's diagnostics.",
                        {"enum": ["true", "false"]},
                    )
                ],
            ),
        },
        f"{one}/events": {
            "parameters": [*uuid, *shared],
            "get": operation(
                "events", "List or follow the cluster's events",
                {
                    **answer(EventsBody, EVENT_TYPES),
                    "204": {"description": "The cluster is at rest: a stream need not reconnect."},
                },
                parameters=[
                    parameter("query", "since", "The marker of an earlier answer."),
                    parameter(
                        "query", "wait", "Seconds to wait for an event if there is none.",
                        {"type": "integer", "minimum": 0, "maximum": MAX_WAIT},
                    ),
                    parameter(
                        "query", "nodes", "Whether the nodes are asked.",
                        {"enum": ["true", "false"]},
                    ),
                ],
            ),
        },
        f"{one}/interfaces": {
            "parameters": [*uuid, *shared],
            "get": operation(
                "interfaces", "List the cluster's web pages",
                answer(InterfacesBody, INTERFACE_TYPES),
            ),
        },
        f"{one}/nodes": {
            "parameters": [*uuid, *shared],
            "get": operation(
                "nodes", "The cluster's nodes: names, numbers, addresses",
                answer(NodesBody, (JSON,)),
            ),
        },
        **monitoring(one, [*uuid, *shared]),
        "/component/{name}/": {
            "parameters": [
                {
                    **parameter(
                        "path", "name", "A component.",
                        {"enum": [mixin.term for mixin in service.mixins]},
                    ),
                    "required": True,
                },
                *shared,
            ],
            "get": operation(
                "members", "List the clusters that have a component",
                {**answer(CollectionBody, LIST_TYPES), **UNCHANGED}, parameters=[KNOWN],
            ),
        },
        "/v3/auth/tokens": {
            "post": operation(
                "log_in", "Exchange credentials for a token, as Keystone's third API does",
                {
                    "201": {
                        "description": "The token is in `X-Subject-Token`.",
                        "headers": {"X-Subject-Token": {"schema": {"type": "string"}}},
                        "content": {JSON: content(TokenBody)},
                    }
                },
                body={"required": True, "content": {JSON: content(TokenRequest)}}, anonymous=True,
            ),
            "delete": operation(
                "log_out", "Revoke the token of X-Auth-Token",
                {"204": {"description": "The token is revoked."}},
            ) | {"security": [{"token": []}]},
        },
        "/v2.0/tokens": {
            "post": operation(
                "log_in_2", "The same in the form of Keystone's second API",
                {"200": {"description": "OK", "content": {JSON: content(AccessBody)}}},
                body={"required": True, "content": {JSON: content(AccessRequest)}}, anonymous=True,
            ),
        },
        "/health": {
            "get": operation(
                "health", "Check that the process answers", answer(HealthBody, (JSON,)),
                anonymous=True,
            ),
        },
        "/ready": {
            "get": operation(
                "ready", "Check that Keystone and Heat answer",
                {
                    **answer(ReadyBody, (JSON,)),
                    "503": {
                        "description": "One of them does not.",
                        "content": {JSON: content(ReadyBody)},
                    },
                },
                anonymous=True,
            ),
        },
        "/openapi.json": {
            "get": operation(
                "openapi", "Show this document", answer(None, (JSON,)), anonymous=True
            ),
        },
    }  # fmt: skip
