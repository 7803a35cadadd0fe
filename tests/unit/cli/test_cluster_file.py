"""Cluster files are checked against the schema, and errors name the key and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from disco.cli.cluster_file import read
from disco.cli.exit_status import CommandError
from disco.client.request import schema

ROOT = Path(__file__).parents[3]


def refusal(path: Path, text: str) -> str:
    path = path / "cluster.yaml"
    path.write_text(text)
    with pytest.raises(CommandError) as caught:
        read(str(path))
    assert caught.value.status == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("worker: 2", 'Unknown key "worker". Did you mean "workers"?'),
        ("flavour: m1.small", 'Unknown key "flavour". Did you mean "flavor"?'),
        ("external-network: public", 'Did you mean "external_network"?'),
        ("workers: two", 'workers: must be a whole number, not "two".'),
        ("workers: 0", 'workers: must be at least 1, not "0".'),
        ("wait_condition: maybe", 'wait_condition: must be true or false, not "maybe".'),
        ("floating_ip: some", 'floating_ip: must be one of master, none, all, not "some".'),
        (
            "dns_servers: [ns]",
            'dns_servers.0: must be an IPv4 address, such as 10.0.0.2, not "ns".',
        ),
        ("image: ''", "image: must not be empty."),
        ("frameworks: dask", "frameworks: must be a list of names, or an object"),
        ("- dask", "is not a cluster file: it must have keys, such as image: debian-12."),
        ("image: [", "is not valid YAML (line 1:"),
        ("properties: {jupyter: secret word}", "properties.jupyter: must be an object."),
    ],
)
def test_an_error_names_the_key_and_what_is_allowed(
    tmp_path: Path, text: str, sentence: str
) -> None:
    said = refusal(tmp_path, text)
    assert sentence in said
    assert "secret word" not in said


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, "worker: 2\nworkers: x\nimage: [5]\n")
    assert all(words in said for words in ('"worker"', "workers:", "image:"))


def test_a_file_that_does_not_exist_is_named() -> None:
    with pytest.raises(CommandError, match=r"Cannot read no-such\.yaml \(no such file"):
        read("no-such.yaml")


def test_the_published_schema_is_current_and_takes_the_documented_file() -> None:
    published = json.loads((ROOT / "docs" / "cluster.schema.json").read_text())
    assert published == schema()
    jsonschema.Draft202012Validator.check_schema(published)
    document = (ROOT / "docs" / "cli.md").read_text()
    example = document.partition("```yaml\n")[2].partition("```")[0]
    jsonschema.validate(yaml.safe_load(example), published)
