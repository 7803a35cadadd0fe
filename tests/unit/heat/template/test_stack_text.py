"""One worker of each kind is written and counted, and every worker is sent."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.stack import _context, _written, render_stack, resources_of
from disco.heat.template.stack_text import WRITTEN_OUT, quoted
from disco.openstack.demand import boots_from_volumes, count
from disco.spec import RenderedStack, Volume, WorkerGroup
from tests.support.specs import HUGE, LARGE, SHIPPED, draft, rendered, sent_resources

#: Heat reads with libyaml where it is, else in Python
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]
ODD = ("yes", "1_000", "0x1", "a: b", "# c", "&a", "<<", "ü 🚀", "\t", "\0name\0", "\0kind\0\n")
GROUPS = (
    WorkerGroup("big", "disco-big", "i", HUGE, 3, "anti-affinity", Volume(9, "t")),
    WorkerGroup("gpu", "disco-gpu", "i", LARGE, 1, None, None, Volume(20)),
)


def made(
    word: str = "z", workers: int = 3, groups: tuple[WorkerGroup, ...] = GROUPS, **changes: Any
) -> RenderedStack:
    """A stack in which ``word`` is what users name."""
    plan, spec = draft({"dask": ""}, workers=workers, volume=Volume(5, word), **changes)
    named = replace(spec.workers, zone=word, image=word)
    return render_stack(SHIPPED, plan, replace(spec, groups=groups, workers=named))


@pytest.mark.parametrize(
    ("floating", "groups"), itertools.product(("none", "master", "all"), (GROUPS, ()))
)
def test_what_is_counted_is_what_is_sent(floating: str, groups: tuple[WorkerGroup, ...]) -> None:
    stack = made(floating=floating, groups=groups, ttl_s=60)
    sent = sent_resources(stack)
    assert len(stack.resources) == len(sent)
    assert count(stack.resources, [LARGE, HUGE]) == count(sent, [LARGE, HUGE])
    assert boots_from_volumes(stack.resources) == boots_from_volumes(sent)
    by_type: Counter[str] = Counter()
    for resource, times in stack.resources.counted():
        by_type[resource["type"]] += times
    assert by_type == Counter(resource["type"] for resource in sent.values())


def test_more_plain_workers_are_more_of_what_each_has() -> None:
    few, many = made(workers=0), made(workers=7)
    assert count(few.resources.with_plain_workers(7), [LARGE]) == count(
        sent_resources(many), [LARGE]
    )


def test_each_worker_is_sent_with_its_own_number_name_and_address() -> None:
    sent = sent_resources(made(floating="all"))
    servers = {n: r["properties"] for n, r in sent.items() if n.startswith("worker_")}
    assert list(servers) == [f"worker_{n}" for n in range(1, 8)]
    assert [p["name"] for p in servers.values()] == [f"disco-worker-{n}" for n in range(1, 8)]
    params = [p["user_data"]["str_replace"]["params"] for p in servers.values()]
    assert [p["@@INDEX@@"] for p in params] == [str(n) for n in range(1, 8)]
    addresses = [sent[f"port_{n}"]["properties"]["fixed_ips"][0]["ip_address"] for n in range(1, 8)]
    assert [p["@@ADDRESS@@"] for p in params] == addresses
    assert len(set(addresses)) == 7


MANY = WorkerGroup("many", "disco-many", "m", LARGE, WRITTEN_OUT + 2, "affinity", Volume(7))
CASES: list[tuple[tuple[WorkerGroup, ...], int, dict[str, Any]]] = [
    ((), 3, {}),
    (GROUPS, 3, {}),
    ((*GROUPS, MANY), WRITTEN_OUT, {"ttl_s": 60}),
    (GROUPS, WRITTEN_OUT + 1, {"volume": Volume(5, "t")}),
    ((MANY,), WRITTEN_OUT + 1, {"wait": False, "config_drive": True, "ssh_public_key": None}),
]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(("groups", "workers", "changes"), CASES)
def test_workers_are_as_if_jinja_wrote_each_of_them(
    groups: tuple[WorkerGroup, ...], workers: int, changes: dict[str, Any], loader: Any
) -> None:
    plan, spec = draft({"dask": ""}, workers=workers, floating="all", **changes)
    spec = replace(spec, groups=groups)
    table = list(spec.worker_table())
    each: Mapping[str, object] = {"kinds": table, "many": [False] * len(table), "mark": ""}
    written = Templates(SHIPPED, spec.id).file(
        "heat", "stack.yaml.j2", {**_context(plan, spec), **each}
    )
    sent = yaml.load(render_stack(SHIPPED, plan, spec).template, Loader=loader)
    assert sent == yaml.safe_load(written)
    assert list(sent["resources"]) == list(yaml.safe_load(written)["resources"])


def test_many_workers_are_sent_as_what_is_their_own() -> None:
    few, many, more = (rendered(workers=n).template for n in (WRITTEN_OUT, 100, 200))
    assert "<<" not in few
    assert len(more) - len(many) < 100 * 380


@pytest.mark.parametrize("workers", [1, WRITTEN_OUT, 100])
def test_the_size_is_that_of_what_a_change_of_the_stack_sends(workers: int) -> None:
    plan, spec = draft({"dask": ""}, workers=workers)
    written = _written(SHIPPED, plan, spec)
    sent = len(json.dumps(yaml.safe_load(render_stack(SHIPPED, plan, spec).template)))
    assert sent <= written.size(spec.numbers_by_kind) <= sent * 1.2


def test_heat_s_own_reader_finds_the_same() -> None:
    template_format = pytest.importorskip("heat.common.template_format")
    stack = made(workers=WRITTEN_OUT + 1, groups=(MANY,))
    assert template_format.simple_parse(stack.template)["resources"] == sent_resources(stack)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("word", ODD)
def test_words_of_users_are_no_marks_and_stay_as_they_are(loader: Any, word: str) -> None:
    sent = sent_resources(made(word), loader)
    for number in (1, 2, 3):
        worker = sent[f"worker_{number}"]["properties"]
        assert (worker["image"], worker["availability_zone"]) == (word, word)
        assert sent[f"volume_{number}"]["properties"]["volume_type"] == word
    assert sent["worker_4"]["properties"]["image"] == "i"


@pytest.mark.parametrize("word", ODD)
def test_a_quoted_word_is_ascii(word: str) -> None:
    assert quoted(word).isascii()
    assert yaml.safe_load(quoted({"k": [word]})) == {"k": [word]}


def test_a_request_with_more_workers_than_addresses_is_counted() -> None:
    plan, spec = draft({"dask": ""})
    many = replace(spec, workers=replace(spec.workers, count=5000))
    assert count(resources_of(SHIPPED, plan, many), [])["instances"] == 5001
