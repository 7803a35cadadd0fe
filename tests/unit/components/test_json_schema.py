import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from disco.components.json_schema import describe_schema
from disco.data_files import data_dir

VALIDATOR = Draft202012Validator(describe_schema())
DESCRIPTIONS = sorted((data_dir() / "frameworks").glob("*/component.yaml"))
PUBLISHED = Path(__file__).parents[3] / "docs" / "component.schema.json"
MINIMAL = {"schema": 1, "name": "a", "title": "A", "description": "B", "versions": ["1.0"]}


def test_it_is_a_json_schema():
    Draft202012Validator.check_schema(describe_schema())


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.parent.name)
def test_it_takes_what_is_shipped(path):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(path.read_text()))) == []


@pytest.mark.parametrize(
    "more",
    [
        {"schema": 2},
        {"colour": "red"},
        {"folder": "/"},
        {"java": None},
        {"java": "seventeen"},
        {"states": []},
        {"versions": ["1", "1"]},
        {"properties": {"A B": {}}},
        {"properties": {"a": {"name": "a"}}},
        {"properties": {"a": {"minimum": 1}}},
        {"roles": {"manager": {}}},
        {"roles": {"master": {"ready": [{"tcp": "a:1", "http": "http://a"}]}}},
        {"roles": {"master": {"ready": [{}]}}},
        {"roles": {"master": {"daemons": [{"name": "d", "exec": ""}]}}},
        {"ports": [{"port": 70000, "role": "master", "expose": "public"}]},
        {"artifacts": [{"file": "a", "sources": [], "sha512": {}}]},
    ],
    ids=str,
)
def test_it_refuses_what_the_loader_refuses(more):
    VALIDATOR.validate(MINIMAL)
    assert not VALIDATOR.is_valid({**MINIMAL, **more})


def test_the_published_one_is_current():
    written = json.dumps(describe_schema(), indent=2) + "\n"
    assert PUBLISHED.read_text() == written, "run python -m disco.components.json_schema"
