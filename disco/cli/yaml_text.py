"""YAML whose scalars stay as they were written.

YAML makes numbers, truth values and dates of words that people mean as text: 0123456701 is an
octal number, 1_000 one thousand, 1.10 the same as 1.1, ``no`` false. Here every scalar is its
text, and what the schema wants as a number or a truth value is made of that text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

#: JSON's whole numbers: of others, such as 010 and 1_000, people and parsers think differently
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_TRUTHS = {
    "true": True, "yes": True, "on": True,
    "false": False, "no": False, "off": False,
}  # fmt: skip
_TYPED = ("bool", "int", "float", "timestamp", "str")
_KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")


class _TextLoader(yaml.SafeLoader):
    """Knows empty values, and texts."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that occurs twice: one of its values would be lost."""
        keys = [k.value for k, _ in node.value if isinstance(k, yaml.ScalarNode)]
        for place, key in enumerate(keys):
            if key in keys[:place] and key != "<<":
                mark = node.value[place][0].start_mark
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} occurs twice", mark
                )
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def _construct_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_TextLoader.yaml_implicit_resolvers = {
    first: kept
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if (kept := [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT])
}
for _tag in _TYPED:
    _TextLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _construct_text)


def load(text: str) -> Any:
    """Read YAML: mappings, lists, texts, and None for what is empty.

    Raises:
        YAMLError: it is not YAML, or has a key twice.
    """
    return yaml.load(text, Loader=_TextLoader)  # nosec B506  # a SafeLoader


def convert(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return the value with numbers and truth values where the schema has nothing else.

    A text that is none stays a text, for the schema's check to refuse.
    """
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        return {name: convert(v, known.get(name, others)) for name, v in value.items()}
    if not isinstance(value, str):
        return value
    if schema.get("type") == "integer" and _WHOLE.fullmatch(value):
        return int(value)
    if schema.get("type") == "boolean" or True in schema.get("enum", ()):
        return _TRUTHS.get(value.lower(), value)
    return value
