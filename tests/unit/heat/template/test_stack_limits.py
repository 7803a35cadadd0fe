"""Whatever is combined: within Heat's and Nova's limits, or refused with what would be allowed."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator
from unittest import mock

import pytest
import yaml
from jinja2 import Environment

from disco.errors import InvalidRequest
from disco.heat.template.stack import MAX_RESOURCES, MAX_TEMPLATE_SIZE
from disco.spec import Flavor, RenderedStack
from tests.support.specs import SHIPPED, rendered

NOVA_LIMIT = 65535
#: what Heat puts in place of the signal's placeholder: a URL and a token
SIGNAL = "x" * 1536
#: room for any three frameworks
LARGE = Flavor("5", "r1.xlarge", 65536, 16, 200)
SMALL = Flavor("1", "m1.small", 2048, 1, 20)
NAMES = SHIPPED.frameworks
SINGLES = [(n,) for n in NAMES]
PAIRS = list(itertools.combinations(NAMES, 2))
TRIPLES = list(itertools.combinations(NAMES, 3))


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> Iterator[None]:
    """Most of the time of so many renderings would be Jinja's compiler, on the same templates."""
    cache: dict[object, object] = {}
    compiling = Environment.compile

    def compile(self: Environment, source: object, *more: object, **options: object) -> object:
        key = (source, more, tuple(sorted(options.items())))
        if key not in cache:
            cache[key] = compiling(self, source, *more, **options)  # type: ignore[call-overload]
        return cache[key]

    with mock.patch.object(Environment, "compile", compile):
        yield


def check(stack: RenderedStack) -> None:
    size = sum(len(text.encode()) for text in (stack.template, *stack.files.values()))
    assert size <= MAX_TEMPLATE_SIZE == 524_288
    for script in stack.user_data.values():
        final = script.replace("@@SIGNAL@@", SIGNAL).encode()
        assert len(base64.b64encode(final)) <= NOVA_LIMIT


def answer(names: tuple[str, ...], **changes: object) -> RenderedStack | None:
    """The stack, or None where it is refused: with an attribute and what is allowed."""
    try:
        return rendered(dict.fromkeys(names, ""), **changes)
    except InvalidRequest as error:
        assert error.faults
        for fault in error.faults:
            assert fault.attribute is not None
            assert fault.attribute.startswith("icclab.disco."), fault
            assert fault.allowed, fault
        return None


@pytest.mark.parametrize("names", SINGLES + PAIRS, ids="+".join)
def test_each_framework_and_each_pair_can_be_had(names: tuple[str, ...]) -> None:
    stack = answer(names, flavor=LARGE, workers=3)
    assert stack is not None, "refused on a large flavor"
    check(stack)
    # what fits has all of it in user data, as it always was
    assert set(stack.files) == {"master.sh", "worker.sh"}
    assert "scripts_" not in stack.template


def test_three_frameworks_can_be_had_or_are_refused_with_a_reason() -> None:
    refused = []
    for names in TRIPLES:
        stack = answer(names, flavor=LARGE, workers=2)
        if stack is None:
            refused.append(names)
        else:
            check(stack)
    assert len(refused) <= len(TRIPLES) // 10, refused


@pytest.mark.parametrize("names", [*SINGLES, NAMES], ids="+".join)
def test_a_small_flavor_is_enough_or_refused_with_a_reason(names: tuple[str, ...]) -> None:
    stack = answer(names, flavor=SMALL, workers=1)
    if stack is not None:
        check(stack)


#: nothing, what images carry, everything at once
MANY = list(dict.fromkeys([(), ("dask", "jupyter", "spark"), NAMES]))


@pytest.mark.parametrize("workers", [1, 10, 100, 400])
@pytest.mark.parametrize("names", MANY, ids=lambda n: "+".join(n) or "base")
def test_clusters_of_all_sizes_stay_within_the_limits(names: tuple[str, ...], workers: int) -> None:
    stack = answer(names, flavor=LARGE, workers=workers)
    if stack is None:
        assert names == NAMES, "only too much at once is refused"
        return
    check(stack)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = yaml.load(stack.template, Loader=loader)["resources"]
    assert len(found) <= MAX_RESOURCES == 1000
    assert len([n for n in found if re.fullmatch(r"worker_\d+", n)]) == workers
