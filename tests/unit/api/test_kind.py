"""The kind, from its manifest, with the actions of the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from disco.api.kind import ACTION_SCHEME, ACTIONS, load_manifest
from disco.clusters.actions import TABLE
from disco.errors import ConfigurationError

GOOD: dict[str, Any] = {
    "service_type": "http://example.com/sm#haas",
    "service_endpoint": "https://host/haas",
    "service_attributes": {"a.b": ""},
}


def manifest(folder: Path, content: Any) -> Path:
    path = folder / "manifest.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_location_port_and_endpoint_follow_from_it(tmp_path: Path) -> None:
    read = load_manifest(manifest(tmp_path, GOOD))
    assert (read.kind.type_id, read.kind.location) == ("http://example.com/sm#haas", "/haas/")
    assert (read.port, read.endpoint) == (443, "https://host/haas/")
    assert [a.name for a in read.kind.attributes] == ["a.b"]
    bare = load_manifest(manifest(tmp_path, GOOD | {"service_endpoint": "http://host:8888"}))
    assert (bare.port, bare.kind.location) == (8888, "/haas/")


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        "[]",
        {"service_type": "x#y"},
        GOOD | {"service_type": "no-term"},
        GOOD | {"service_endpoint": "/path"},
        GOOD | {"service_type": "http://example.com/sm#two words"},
        GOOD | {"service_type": 'http://example.com/"sm#haas'},
        GOOD | {"service_endpoint": "https://host/a b/"},
        GOOD | {"service_attributes": {"a b": ""}},
        GOOD | {"service_description": ["DISCO"]},
    ],
)
def test_a_malformed_manifest_is_named(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"manifest\.json"):
        load_manifest(manifest(tmp_path, wrong))


def test_its_actions_are_those_of_the_table() -> None:
    assert [a.type_id for a in ACTIONS] == [f"{ACTION_SCHEME}{row.term}" for row in TABLE]
    assert [a.title for a in ACTIONS] == [row.title for row in TABLE]
