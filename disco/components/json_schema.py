"""The JSON schema of ``component.yaml``, which editors can check it with."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from disco.components.models import Component


class _Generator(GenerateJsonSchema):
    """Says what the models say, and no null: a key without a value is a fault."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        """Keys of another form are refused, not let through."""
        table = super().dict_schema(schema)
        for pattern, values in table.pop("patternProperties", {}).items():
            table.setdefault("propertyNames", {})["pattern"] = pattern
            table["additionalProperties"] = values
        return table

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@lru_cache(maxsize=1)
def describe_schema() -> dict[str, Any]:
    """Return the JSON schema, draft 2020-12."""
    schema = Component.model_json_schema(schema_generator=_Generator, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


if __name__ == "__main__":
    print(json.dumps(describe_schema(), indent=2))
