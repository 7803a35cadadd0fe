"""The OpenAPI document says what the model says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from disco.api.app import create_app
from disco.api.openapi.document import document
from disco.api.service import Service
from disco.config import Settings
from disco.data_files import data_dir
from disco.errors import DiscoError

SETTINGS = Settings(
    "http://127.0.0.1:9/v3", data_dir() / "service_manifest.json", (data_dir() / "frameworks",), ()
)


@pytest.fixture(scope="module")
def described(service: Service) -> dict[str, Any]:
    return document(service)


def test_every_attribute_of_a_component_is_in_it(
    service: Service, described: dict[str, Any]
) -> None:
    known = described["components"]["schemas"]["Attributes"]["properties"]
    for name, prop in service.clusters.components.properties().items():
        assert prop.family or prop.description in known[name]["description"], name


def test_every_action_and_status_is_in_it(service: Service, described: dict[str, Any]) -> None:
    cluster = described["paths"]["/disco/{uuid}"]["post"]
    (action,) = (p for p in cluster["parameters"] if p["name"] == "action")
    terms = {a.term for a in service.kind.actions} - {"preview"}
    assert set(action["schema"]["enum"]) == terms
    statuses = {c.status for c in DiscoError.__subclasses__()} - {500}
    assert {str(status) for status in statuses} <= set(cluster["responses"])


def test_every_address_of_the_service_is_in_it(described: dict[str, Any]) -> None:
    routes = {
        re.sub(r"\{(\w+)\}", r"{\1}", route)
        for route in _routes(create_app(SETTINGS)._router._roots)
    }
    aliases = {"/", "/-", "/disco", "/dashboard", "/dashboard/", "/dashboard/{name}"}
    aliases.add("/dashboard/vendor/{name}")
    aliases |= {r for r in routes if r.startswith("/.well-known") or r == "/disco/{uuid}/"}
    assert routes - aliases == set(described["paths"])


def _routes(nodes: list[Any]) -> set[str]:
    found = {node.uri_template for node in nodes if node.resource is not None}
    return found.union(*(_routes(node.children) for node in nodes)) if nodes else found


def test_every_reference_leads_somewhere_and_every_schema_is_one(
    described: dict[str, Any],
) -> None:
    def references(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(references, value))
        if not isinstance(value, dict):
            return set()
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))

    for reference in references(described):
        found: Any = described
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_examples_are_valid(described: dict[str, Any]) -> None:
    operation = described["paths"]["/disco/"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    resolved = {**described["components"]["schemas"]["NewCluster"]}
    Draft202012Validator(
        {**resolved, "components": described["components"]},
    ).validate(content["example"])


def test_the_folder_of_the_dashboard_is_there() -> None:
    assert (Path(data_dir()) / "dashboard" / "index.html").is_file()
