"""The schemas of ``/openapi.json``: attributes, resources, errors."""

from __future__ import annotations

from typing import Any

from disco.api.service import Service
from disco.attributes import (
    EXTERNAL_NETWORK,
    INJECT,
    MASTER_FLAVOR,
    MASTER_IMAGE,
    NETWORK_NAME,
    SLAVE_COUNT,
    SLAVE_FLAVOR,
    SLAVE_IMAGE,
    WARNINGS,
)
from disco.components.values import Property, describe_allowed
from disco.errors import DiscoError, InvalidRequest
from disco.occi import READABLE
from disco.openstack.quotas import QUOTAS

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
MAYBE = {"type": ["string", "null"]}
#: of attributes in requests: text as in all renderings, or what JSON has for it
SCALAR = {"type": ["string", "number", "boolean", "null"]}
EXAMPLE = {
    "kind": "http://schemas.cloudcomplab.ch/occi/sm#disco",
    "attributes": {
        MASTER_IMAGE: "debian-12-disco",
        SLAVE_IMAGE: "debian-12-disco",
        MASTER_FLAVOR: "m1.medium",
        SLAVE_FLAVOR: "m1.small",
        SLAVE_COUNT: "2",
        NETWORK_NAME: "my-network",
        EXTERNAL_NETWORK: "public",
        INJECT: '{"dask": ""}',
    },
}


def _errors() -> dict[int, str]:
    """What the classes of errors say of themselves, by status; 5xx of ours is no contract."""
    found: dict[int, str] = {}
    classes = sorted(DiscoError.__subclasses__(), key=lambda c: c.status)
    for one in classes:
        if one.status != DiscoError.status:
            text = (one.__doc__ or "").strip().splitlines()[0]
            found[one.status] = text
    return found


#: status: what it says
ERRORS = _errors()


def entity_request() -> dict[str, Any]:
    """The body of a create, in every format that is read."""
    return _body("NewCluster", EXAMPLE)


def _body(schema: str, example: dict[str, Any]) -> dict[str, Any]:
    json_types = [kind for kind in READABLE if kind.endswith("json")]
    described = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
    others = [kind for kind in READABLE if kind not in json_types and kind != "text/uri-list"]
    return {
        "required": True,
        "content": {
            **{kind: described for kind in reversed(json_types)},
            **{kind: {"schema": {"type": "string"}} for kind in others},
        },
    }


ACTION_REQUEST = _body(
    "ActionRequest",
    {"action": "http://schemas.cloudcomplab.ch/occi/sm/action#suspend"},
)


def schemas(service: Service) -> dict[str, Any]:
    """All of them, by name."""
    return {
        "Error": _error(),
        "Attributes": _attributes(service),
        "ShownAttributes": {
            "type": "object",
            "description": "As requested, without secrets, and what docs/attributes.md lists.",
            "additionalProperties": TEXT,
        },
        "NewCluster": _object(
            {
                "kind": {"const": service.kind.type_id},
                "mixins": {
                    "type": "array",
                    "description": "Frameworks; the same as naming them in inject.",
                    "items": {"enum": [m.type_id for m in service.mixins]},
                },
                "attributes": {"$ref": "#/components/schemas/Attributes"},
                "id": {"type": "string", "description": "A UUID of your choice."},
                "title": {"type": "string", "description": "A name for people."},
                "summary": TEXT,
            },
            required=["kind", "attributes"],
        ),
        "ActionRequest": _object(
            {
                "action": {
                    "enum": [a.type_id for a in service.kind.actions if a.term != "preview"]
                },
                "attributes": {"$ref": "#/components/schemas/Attributes"},
            },
            required=["action"],
        ),
        "Resource": _resource(service),
        "Collection": _object({"resources": _array("#/components/schemas/Resource")}, closed=False),
        "Query": _query(),
        "Done": {"type": "object", "description": "Nothing more to tell.", "maxProperties": 0},
        "Deleted": {
            "type": "object",
            "description": "Nothing, or the evidence that was asked for.",
            "properties": {"attributes": {"$ref": "#/components/schemas/ShownAttributes"}},
        },
        **_parts(),
        **_tokens(),
    }


def _error() -> dict[str, Any]:
    fault = {"attribute": MAYBE, "code": TEXT, "message": TEXT, "allowed": MAYBE}
    return _object(
        {
            "code": {"type": "string", "description": "For programs; docs/errors.md lists them."},
            "message": TEXT,
            "hint": MAYBE,
            "request_id": MAYBE,
            "faults": {"type": "array", "items": _object(fault)},
        }
    ) | {"description": (InvalidRequest.__doc__ or "").strip()}


def _attributes(service: Service) -> dict[str, Any]:
    components = service.clusters.components
    return {
        "type": "object",
        "description": f"Names that no component has are kept, and named in `{WARNINGS}`.",
        "properties": {
            INJECT: {
                "type": ["string", "object", "null"],
                "description": "Frameworks and versions: a JSON or Python dictionary.",
                "additionalProperties": {"type": ["string", "null"]},
            },
            **{
                name: _property(prop)
                for name, prop in components.properties().items()
                if not prop.family
            },
        },
        "additionalProperties": SCALAR,
    }


def _property(prop: Property) -> dict[str, Any]:
    found: dict[str, Any] = {
        **SCALAR,
        "description": f"{prop.description} Allowed: {describe_allowed(prop)}.",
    }
    if prop.default not in (None, ""):
        found["default"] = prop.default
    return found


def _resource(service: Service) -> dict[str, Any]:
    return _object(
        {
            "kind": {"const": service.kind.type_id},
            "id": {"type": "string", "pattern": "^urn:uuid:"},
            "title": TEXT,
            "summary": TEXT,
            "attributes": {"$ref": "#/components/schemas/ShownAttributes"},
            "mixins": {"type": "array", "items": TEXT},
            "actions": {
                "type": "array",
                "description": "Those that fit the cluster's state.",
                "items": {"enum": [a.type_id for a in service.kind.actions]},
            },
            "links": {"type": "array"},
        },
        required=["kind", "id", "attributes", "mixins", "actions", "links"],
    )


def _query() -> dict[str, Any]:
    category = _object(
        {"term": TEXT, "scheme": TEXT, "title": TEXT, "attributes": {"type": "object"}},
        closed=False,
    )
    return _object(
        {n: {"type": "array", "items": category} for n in ("kinds", "mixins", "actions")}
    )


def _parts() -> dict[str, Any]:
    named = {"id": TEXT, "name": TEXT}
    event = {name: TEXT for name in ("id", "time", "source", "step", "status")}
    more = {name: TEXT for name in ("node", "resource", "text")}
    sizes = {"cores": NUMBER, "ram_mb": NUMBER, "disk_gb": NUMBER}
    interface = {
        "component": TEXT, "name": TEXT, "node": TEXT, "port": NUMBER, "path": TEXT,
        "reach": {"enum": ["public", "allowed", "tunnel"]}, "url": MAYBE, "allowed_from": MAYBE,
        "group": MAYBE,
    }  # fmt: skip
    lists: dict[str, dict[str, Any]] = {
        "images": {**named, "min_ram_mb": NUMBER, "min_disk_gb": NUMBER, "size": NUMBER},
        "flavors": {**named, **sizes},
        "external_networks": named,
        "networks": named,
        "key_pairs": {"name": TEXT, "fingerprint": MAYBE},
        "quotas": {"name": {"enum": list(QUOTAS)}, "limit": NUMBER, "used": NUMBER},
    }
    return {
        "Choices": _object(
            {
                "project": _object({"id": TEXT, "name": MAYBE}),
                "region": MAYBE,
                **{n: {"type": "array", "items": _object(of)} for n, of in lists.items()},
                "untold": {"type": "array", "items": TEXT},
            }
        ),
        "Events": _object(
            {
                "stack_status": TEXT,
                "at_rest": {"type": "boolean"},
                "marker": TEXT,
                "events": {
                    "type": "array",
                    "items": _object({**event, **more}, required=list(event)),
                },
            }
        ),
        "Interfaces": _object({"interfaces": {"type": "array", "items": _object(interface)}}),
        "Health": _object({"status": {"const": "ok"}, "version": TEXT}),
    }


def _tokens() -> dict[str, Any]:
    who = _object(
        {"username": TEXT, "password": TEXT}, required=["username", "password"], closed=False
    )
    old = _object(
        {"passwordCredentials": who, "tenantName": TEXT},
        required=["passwordCredentials", "tenantName"],
        closed=False,
    )
    return {
        "Auth": _object({"auth": {"type": "object"}}, closed=False),
        "Token": _object({"token": {"type": "object"}}, closed=False),
        "Auth2": _object({"auth": old}, closed=False),
        "Access": _object({"access": {"type": "object"}}, closed=False),
    }


def _array(reference: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": reference}}


def _object(
    properties: dict[str, Any], required: list[str] | None = None, closed: bool = True
) -> dict[str, Any]:
    """An object; all of its properties are there unless ``required`` says which."""
    found: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    return found | {"additionalProperties": False} if closed else found
