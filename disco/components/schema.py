"""The JSON Schema of ``component.yaml``; ``docs/components.md`` says it in words."""

from __future__ import annotations

from typing import Any

#: Component names become parts of bash function, unit and attribute names.
NAME = "^[a-z][a-z0-9_]{0,31}$"
#: As OCCI attribute names have it; a final ``.*`` takes a whole family of names.
PROPERTY_NAME = r"^[a-z][a-z0-9]*([._-][A-Za-z0-9]+)*(\.\*)?$"
STATE_NAME = "^[a-z][a-z0-9_]{0,31}$"
SHA512 = "^[0-9a-f]{128}$"

_TEXT: dict[str, Any] = {"type": "string"}
_LINE: dict[str, Any] = {"type": "string", "pattern": r"^[^\r\n]*$"}
_PATH: dict[str, Any] = {"type": "string", "pattern": r"^(?!/)(?!.*\.\.)[A-Za-z0-9_./-]+$"}
_NODE_PATH: dict[str, Any] = {"type": "string", "pattern": r"^/[^\s'\"]+$"}
_SECONDS: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 7200}
_USER: dict[str, Any] = {"type": "string", "pattern": "^[a-z_][a-z0-9_-]{0,31}$"}


def _object(required_keys: tuple[str, ...] = (), /, **properties: Any) -> dict[str, Any]:
    """An object that has these keys and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required_keys),
        "properties": properties,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_PROPERTY = _object(
    type={"enum": ["str", "int", "bool", "enum", "secret", "cidr", "duration"]},
    description=_TEXT,
    default={"type": ["string", "integer", "boolean"]},
    required={"type": "boolean"},
    unless=_TEXT,
    values={"type": "array", "minItems": 1, "uniqueItems": True, "items": _TEXT},
    min={"type": "integer"},
    max={"type": "integer"},
    pattern=_TEXT,
    generate={"type": "integer", "minimum": 8, "maximum": 128},
    advertised={"type": "boolean"},
)

_REQUIREMENT = _object(
    ("component",), component=_TEXT, state=_TEXT, when=_TEXT, optional={"type": "boolean"}
)

_FILE = _object(
    ("template", "path"),
    template=_PATH,
    path=_NODE_PATH,
    mode={"type": "string", "pattern": "^0?[0-7]{3}$"},
    owner={"type": "string", "pattern": "^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$"},
)

_PROBE = _object(http=_LINE, tcp=_LINE, command=_TEXT, expect=_LINE, timeout=_SECONDS) | {
    "oneOf": [{"required": [kind]} for kind in ("http", "tcp", "command")]
}

_DAEMON = _object(
    ("name", "exec"),
    name={"type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$"},
    exec={"type": "string", "minLength": 1},
    user=_USER,
    environment={
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
        "additionalProperties": {"type": ["string", "integer"]},
    },
    working_directory=_NODE_PATH,
    ready=_PROBE,
    when=_LINE,
    first={"type": ["string", "integer"]},
)

_ROLE = _object(
    install=_PATH,
    files=_list(_FILE),
    configure=_PATH,
    daemons=_list(_DAEMON),
    ready=_list(_PROBE),
)

_PORT = _object(
    ("port", "role", "expose"),
    port={"type": "integer", "minimum": 1, "maximum": 65535},
    role={"enum": ["master", "worker"]},
    expose={"enum": ["public", "restricted", "cluster"]},
    name=_TEXT,
    path={"type": "string", "pattern": "^/"},
    scheme={"enum": ["http", "https", "tcp"]},
    when=_LINE,
)

_ARTIFACT = _object(
    ("file", "sources", "sha512"),
    file={"type": "string", "pattern": r"^[^/\s]+$|\{\{"},
    sources={"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^https?://"}},
    sha512={"type": "object", "additionalProperties": {"type": "string", "pattern": SHA512}},
)

_RESOURCES = _object(
    weight={"type": "integer", "minimum": 1, "maximum": 1000},
    min_ram_mb={"type": "integer", "minimum": 0, "maximum": 1 << 22},
)

SCHEMA: dict[str, Any] = _object(
    ("schema", "name", "title", "description"),
    schema={"const": 1},
    name={"type": "string", "pattern": NAME},
    title=_LINE,
    description=_TEXT,
    base={"type": "boolean"},
    states={
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"type": "string", "pattern": STATE_NAME},
    },
    versions={
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"type": "string", "pattern": r"^[0-9][0-9A-Za-z.+_-]{0,31}$"},
    },
    java={"type": "integer", "minimum": 8},
    artifacts=_list(_ARTIFACT),
    python=_list(_LINE),
    properties={
        "type": "object",
        "propertyNames": {"pattern": PROPERTY_NAME},
        "additionalProperties": _PROPERTY,
    },
    requires={"type": "object", "additionalProperties": _list(_REQUIREMENT)},
    roles=_object(master=_ROLE, worker=_ROLE),
    ports=_list(_PORT),
    resources=_object(master=_RESOURCES, worker=_RESOURCES),
    smoke=_object(("script",), script=_PATH, timeout=_SECONDS),
    scale_in=_object(
        refuse=_LINE,
        keep=_LINE,
        least=_LINE,
        reason=_LINE,
        script=_PATH,
        timeout=_SECONDS,
        data={"type": "boolean"},
    ),
)
