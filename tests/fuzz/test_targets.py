"""A short run of each fuzz target, the same each time; ``make fuzz`` runs them for longer."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from fuzz.__main__ import find_broken
from fuzz.growth import find_slow
from fuzz.mutation import Mutator
from fuzz.target import CORPUS, Broken, Target, list_targets, load_target, read_corpus

RUNS, SEED = 150, 18
TARGETS = list_targets()
#: their readers are not mended yet: the inputs in the corpus break them
AWAITED: set[str] = set()
MARKED = [
    pytest.param(name, marks=pytest.mark.xfail(strict=False)) if name in AWAITED else name
    for name in TARGETS
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What readers log of hostile input is not looked at."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", MARKED)
def test_only_documented_errors_come_out(name: str) -> None:
    assert find_broken(name, RUNS, SEED) == []


@pytest.mark.parametrize("name", MARKED)
def test_the_time_grows_as_the_length(name: str) -> None:
    assert find_slow(load_target(name), []) == []


def test_the_corpus_is_small_and_belongs_to_targets() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == {*TARGETS}
    assert sum(path.stat().st_size for path in files) < 300_000
    for name in TARGETS:
        inputs = list(read_corpus(name))
        assert len({*inputs}) == len(inputs)


def test_the_same_seed_gives_the_same_inputs() -> None:
    one, two, other = (Mutator([b"abc"], ["word"], seed) for seed in (1, 1, 2))
    first = [one.next() for _ in range(50)]
    assert first == [two.next() for _ in range(50)]
    assert first != [other.next() for _ in range(50)]


def test_a_long_answer_breaks_a_target() -> None:
    with pytest.raises(Broken):
        Target(lambda data: "x" * 1000 * len(data)).check(b"y" * 1000)


def test_half_a_surrogate_pair_in_an_answer_breaks_a_target() -> None:
    with pytest.raises(Broken):
        Target(lambda _: "\ud800").check(b"")


def test_quadratic_time_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(data: bytes) -> None:
        for place in range(0, len(data), 16):
            data[place:].count(b"?")

    monkeypatch.setattr("fuzz.growth._PIECES", (b"a",))
    assert find_slow(Target(read, longest=128 * 1024), [])


def test_an_undocumented_error_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target(lambda data: [][len(data)])
    monkeypatch.setattr("fuzz.__main__.load_target", lambda _: target)
    ((error, _),) = find_broken("none", 20, 1)
    assert error.startswith("IndexError")
