"""The template's text says what its data say, in every YAML reader."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import yaml

from disco.heat.template.stack import render_stack
from disco.heat.template.template_text import quoted, template_text
from disco.spec import RenderedStack, Volume, WorkerGroup
from tests.support.specs import LARGE, SHIPPED, draft, rendered

#: Heat reads with libyaml where it is, else in Python
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]
ODD = (
    "yes",
    "null",
    "1_000",
    "1e3",
    "0x1",
    "a: b",
    "# c",
    "a_b",
    "&a",
    "*a",
    "<<",
    "ü 🚀",
    "\t",
    "",
)


def everything(word: str = "z", **changes: Any) -> RenderedStack:
    """A stack with groups, volumes and addresses, in which ``word`` is what users name."""
    plan, spec = draft({"dask": ""}, floating="all", ttl_s=60, volume=Volume(5, word), **changes)
    groups = (WorkerGroup("on", "disco-on", word, LARGE, 2, "affinity", None, Volume(9, word)),)
    workers = replace(spec.workers, zone=word, image=word)
    return render_stack(SHIPPED, plan, replace(spec, groups=groups, workers=workers))


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("word", ODD)
def test_what_is_read_is_what_was_counted(loader: Any, word: str) -> None:
    for stack in (everything(word), everything(word, wait=False, config_drive=True)):
        read = yaml.load(stack.template, Loader=loader)["resources"]
        assert read == dict(stack.resources)
        assert list(read) == list(stack.resources)


def test_a_word_that_looks_like_a_mark_harms_nothing_else() -> None:
    stack = everything("\0")
    assert yaml.safe_load(stack.template)["resources"]["worker_1"]["properties"]["image"] == "\0"
    name = "\0name\0"
    assert "\0" not in everything(name).template.split("port_1:")[1]


@pytest.mark.parametrize("word", ODD)
def test_a_quoted_word_is_ascii_and_stays_as_it_is(word: str) -> None:
    assert quoted(word).isascii()
    assert yaml.safe_load(quoted({"k": [word]})) == {"k": [word]}


def test_the_head_and_the_outputs_are_beside_the_resources() -> None:
    stack = rendered(floating="none")
    read = yaml.safe_load(stack.template)
    assert list(read) == [
        "heat_template_version",
        "description",
        "parameters",
        "resources",
        "outputs",
    ]
    text = template_text({"description": "a: b"}, stack.resources, {"o": {"value": ""}})  # type: ignore[arg-type]
    assert yaml.safe_load(text)["outputs"] == {"o": {"value": ""}}
    assert json.dumps(yaml.safe_load(text)["description"]) == '"a: b"'
