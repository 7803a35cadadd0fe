"""The schemas of ``/openapi.json``: attributes, resources, errors."""

from __future__ import annotations

from disco.api.keystone.v2_tokens import AccessBody, AccessRequest
from disco.api.keystone.v3_tokens import TokenBody, TokenRequest
from disco.api.kind import occi_action
from disco.api.openapi.json_schema import Schema, schema_of
from disco.api.resources.choices import OfferedChoices
from disco.api.resources.event_messages import EventsBody
from disco.api.resources.health import HealthBody, ReadyBody
from disco.api.resources.interfaces import InterfacesBody
from disco.api.resources.nodes import NodesBody
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
from disco.clusters.actions import BY_TERM, SUSPEND_CLUSTER
from disco.clusters.health_view import ClusterHealth, ClusterHour
from disco.clusters.job_list import ClusterJobs
from disco.clusters.monitoring import LogText
from disco.components.values import Property, describe_allowed
from disco.errors import DiscoError
from disco.occi import READABLE
from disco.occi.render_json import CollectionBody, ErrorBody, QueryBody, ResourceBody

TEXT = {"type": "string"}
#: the types that answers are made of
ANSWERS = (
    ErrorBody,
    OfferedChoices,
    EventsBody,
    InterfacesBody,
    NodesBody,
    HealthBody,
    ReadyBody,
    ClusterHealth,
    ClusterHour,
    ClusterJobs,
    LogText,
)
#: likewise, with members that are somebody else's or may be added to
OPEN = (QueryBody, AccessBody, AccessRequest, TokenBody, TokenRequest)
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
    """The sentences of the classes of errors, by status; 500 is not part of the contract."""
    classes = sorted(DiscoError.__subclasses__(), key=lambda c: c.status)
    return {
        c.status: (c.__doc__ or "").strip().splitlines()[0]
        for c in classes
        if c.status != DiscoError.status
    }


#: description by status
ERRORS = _errors()


def entity_request() -> Schema:
    """The body of a create, in every format that is read."""
    return _body("NewCluster", EXAMPLE)


def _body(schema: str, example: Schema) -> Schema:
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
    {"action": occi_action(SUSPEND_CLUSTER).type_id},
)


def schemas(service: Service) -> Schema:
    """All of them, by name."""
    return {
        "Attributes": _attributes(service),
        "ShownAttributes": {
            **schema_of(dict[str, str]),
            "description": "As requested, without secrets, and what docs/attributes.md lists.",
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
                "action": {"enum": [occi_action(row).type_id for row in BY_TERM.values()]},
                "attributes": {"$ref": "#/components/schemas/Attributes"},
            },
            required=["action"],
        ),
        "ResourceBody": _resource(service),
        "CollectionBody": _collection(),
        "Done": {"type": "object", "description": "Empty.", "maxProperties": 0},
        "Deleted": {
            "type": "object",
            "description": "Empty, or the diagnostics of `evidence=true`.",
            "properties": {"attributes": {"$ref": "#/components/schemas/ShownAttributes"}},
        },
        **{answer.__name__: schema_of(answer) for answer in ANSWERS},
        **{kind.__name__: schema_of(kind, closed=False) for kind in OPEN},
    }


def _attributes(service: Service) -> Schema:
    components = service.clusters.components
    return {
        "type": "object",
        "description": f"Unknown names are kept, and listed in `{WARNINGS}`.",
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


def _property(prop: Property) -> Schema:
    schema: Schema = {
        **SCALAR,
        "description": f"{prop.description} Allowed: {describe_allowed(prop)}.",
    }
    if prop.default not in (None, ""):
        schema["default"] = prop.default
    return schema


def _resource(service: Service) -> Schema:
    """The type of a resource, narrowed to what this service's resources are."""
    schema = schema_of(ResourceBody)
    schema["properties"] |= {
        "kind": {"const": service.kind.type_id},
        "id": {"type": "string", "pattern": "^urn:uuid:"},
        "attributes": {"$ref": "#/components/schemas/ShownAttributes"},
        "actions": {
            "type": "array",
            "description": "Those that the cluster's status allows.",
            "items": {"enum": [a.type_id for a in service.kind.actions]},
        },
    }
    return schema


def _collection() -> Schema:
    schema = schema_of(CollectionBody, closed=False)
    schema["properties"]["resources"]["items"] = {"$ref": "#/components/schemas/ResourceBody"}
    return schema


def _object(properties: Schema, required: list[str]) -> Schema:
    """The object of a request."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
