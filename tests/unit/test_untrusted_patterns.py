"""Every pattern that reads text from outside takes a time that grows as the text does.

The worst texts are made from each pattern itself: what it begins with, again and again, and
long runs of what it repeats.
"""

from __future__ import annotations

import importlib
import re
import re._constants as sre
import re._parser as parser
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import disco

PACKAGE = Path(disco.__file__).parent
#: the length of a text, and how much longer each next one is
SMALL, TIMES = 3125, 4
LARGE = SMALL * TIMES**3
#: CPU seconds that are too few to tell a growth from
NOISE_S = 0.02
#: patterns for DISCO's own scripts, which are shipped with it
OWN_TEXT = {"disco.heat.template.user_data._COMMENT", "disco.heat.template.user_data._REMARK"}


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The compiled patterns of all modules, also those in tuples, lists and dictionaries."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        # modules that run when they are imported have no patterns
        if "embedded" in parts or parts[-1] in ("__main__", "__init__"):
            continue
        module = importlib.import_module(".".join(parts))
        for name, value in vars(module).items():
            for place, pattern in enumerate(compiled(value)):
                yield f"{module.__name__}.{name}" + (f"[{place}]" if place else ""), pattern


def compiled(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from compiled(list(value.values()))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from compiled(one)


ALL = {
    name: pattern
    for name, pattern in patterns()
    # each is looked at in the module that made it
    if name not in OWN_TEXT
}
UNIQUE = {id(pattern): name for name, pattern in reversed(ALL.items())}


def literals(tree: Any) -> Iterator[str]:
    """The words of a pattern: runs of characters that stand for themselves, and of each set one."""
    word = ""
    for op, argument in tree:
        if op is sre.LITERAL:
            word += chr(argument)
            continue
        if word:
            yield word
        word = ""
        if op is sre.IN:
            yield from filter(None, (member(*one) for one in argument))
        elif op is sre.BRANCH:
            for branch in argument[1]:
                yield from literals(branch)
        elif op is sre.SUBPATTERN:
            yield from literals(argument[3])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            yield from literals(argument[2])
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from literals(argument[1])
        elif op is sre.ATOMIC_GROUP:
            yield from literals(argument)
    if word:
        yield word


def member(op: Any, argument: Any) -> str:
    if op is sre.LITERAL:
        return chr(argument)
    if op is sre.RANGE:
        return chr(argument[0])
    return {sre.CATEGORY_DIGIT: "0", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "a"}.get(
        argument, ""
    )


def pieces(pattern: re.Pattern[Any]) -> list[str]:
    """What the worst texts consist of."""
    source = pattern.pattern.decode("latin-1") if is_bytes(pattern) else pattern.pattern
    words = list(dict.fromkeys(literals(parser.parse(source, pattern.flags & ~re.DEBUG))))[:12]
    begun = "".join(words)
    # the beginnings of what the pattern looks for, cut before its end
    partly = ["".join(words[:n]) for n in range(2, min(len(words), 6))]
    return list(dict.fromkeys([" ", "a", "0", "\n", "a ", *words, *partly, begun]))


def is_bytes(pattern: re.Pattern[Any]) -> bool:
    return isinstance(pattern.pattern, bytes)


def is_long(pattern: re.Pattern[Any]) -> bool:
    """Whether what fits can be long; what cannot takes as many steps at each place at most."""
    source = pattern.pattern.decode("latin-1") if is_bytes(pattern) else pattern.pattern
    return int(parser.parse(source, pattern.flags & ~re.DEBUG).getwidth()[1]) > 64


def worst_texts(pattern: re.Pattern[Any]) -> Iterator[Any]:
    """Functions from a length to a text."""
    first, *_ = pieces(pattern)[5:] or ["a"]
    for piece in pieces(pattern):
        for before, after in (("", ""), (first, "\x01")):
            yield lambda size, p=piece, b=before, a=after: b + (p * size)[:size] + a


def methods(name: str) -> set[str]:
    """How the modules use a pattern: one that must fit as a whole is not looked for everywhere."""
    module, _, word = name.partition("[")[0].rpartition(".")
    private = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    text = private.read_text() if word.startswith("_") else SOURCES
    used = set(re.findall(rf"\b{word}(?:\[\w+\])?\.({'|'.join(METHODS)})\(", text))
    return used or set(METHODS[:1])


METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")
SOURCES = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))


def seconds(pattern: re.Pattern[Any], text: str, used: set[str]) -> float:
    given: Any = text.encode("utf-8", "replace") if is_bytes(pattern) else text
    began = time.process_time()
    for method in used & {"search", "match", "fullmatch"}:
        getattr(pattern, method)(given)
    if not used <= {"search", "match", "fullmatch"}:
        for _ in pattern.finditer(given):
            pass
    return time.process_time() - began


def test_patterns_are_found() -> None:
    assert {"disco.openstack.errors.REQUEST_ID", "disco.status.failure._HINTS[1]"} <= set(ALL)
    assert len(UNIQUE) > 40


@pytest.mark.parametrize("name", sorted(n for n in UNIQUE.values() if is_long(ALL[n])))
def test_the_time_grows_as_the_text_does(name: str) -> None:
    pattern, used = ALL[name], methods(name)
    for make in worst_texts(pattern):
        size, before = SMALL, seconds(pattern, make(SMALL), used)
        while size < LARGE:
            size *= TIMES
            text = make(size)
            now = seconds(pattern, text, used)
            # once more where it looks bad: this machine may have been busy
            if now > 2 * TIMES * max(before, NOISE_S):
                now = min(now, seconds(pattern, text, used))
            assert now <= 2 * TIMES * max(before, NOISE_S), (size, text[:60], before, now)
            before = now


@pytest.mark.parametrize(
    "source", [r"\s*\(Request-ID: [^)]*\)", r"engine.*(stopped|restart)", r"(\{.*\})\s*$"]
)
def test_what_is_quadratic_is_found(source: str) -> None:
    """The patterns that DISCO had."""
    pattern = re.compile(source)
    slow = False
    for make in worst_texts(pattern):
        before = seconds(pattern, make(SMALL), {"search"})
        slow = slow or seconds(pattern, make(TIMES * SMALL), {"search"}) > 6 * max(before, 0.002)
    assert slow
