"""A list of stacks as Heat sends it: the text of each, which tells whether it is as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from disco.heat.reads import SERVICE
from disco.heat.stacks import LISTED, Stack, Stacks, read_stack
from disco.openstack.answers import LIST, TEXT, Form, read_object
from disco.openstack.errors import cloud_errors
from disco.spec import STACK_NAME

T = TypeVar("T")
#: how a list begins that Python's ``json`` wrote, up to the name of a stack's first member
_BEGINS = re.compile(rb'\{"stacks": \[(\{"[a-z_]+": )')
#: and how it ends; a page tells where the next one is
_ENDS = re.compile(rb'\](?:, "links": \[[^][]*\])?\}\Z')
#: bytes of that
_LONGEST_END = 2000
#: stacks that are read in a row: enough that it is quick, and few enough to be in memory
_AT_ONCE = 100
_NAMED: Form = {"stack_name": TEXT}
_DECODER = json.JSONDecoder()


class StackTexts:
    """The stacks of one answer of Heat's, the newest first."""

    def __init__(self, stacks: Stacks) -> None:
        """Ask Heat; one call.

        Raises:
            CloudError: and its relatives, when Heat refuses or fails.
        """
        self._answer = stacks.read(f"/stacks?{urlencode(LISTED)}")

    def read(self, known: Callable[[bytes], T | None]) -> Iterator[tuple[bytes, T | Stack | None]]:
        """As ``read_texts``."""
        return read_texts(self._answer, known)


def read_texts(
    answer: Any, known: Callable[[bytes], T | None]
) -> Iterator[tuple[bytes, T | Stack | None]]:
    """The text of each stack in an answer, with what is known of it, or else the stack.

    That is None for stacks that are no clusters, and for what is left of deleted ones. Of
    what is known nothing is read or checked again.

    Raises:
        CloudError: Heat's answer has another form.
    """
    # one for all: what the reader does meanwhile is not in it
    with cloud_errors(SERVICE):
        done = 0
        try:
            texts = _apart(answer.content)
            while some := [_looked_up(text, known) for text in islice(texts, _AT_ONCE)]:
                yield from some
                done += len(some)
            return
        except (ValueError, RecursionError):
            # not as Python writes it, or no JSON at all; up to here there was no difference
            listed = read_object(answer.json(), {"stacks": LIST}, "the answer")["stacks"]
        for raw in listed[done:]:
            text = json.dumps(raw).encode()
            found = known(text)
            yield text, _cluster(raw) if found is None else found


def _looked_up(text: bytes, known: Callable[[bytes], T | None]) -> tuple[bytes, T | Stack | None]:
    if (found := known(text)) is not None:
        return text, found
    return text, _cluster(_DECODER.decode(text.decode()))


def _apart(body: bytes) -> Iterator[bytes]:
    """The texts between which a list has its commas, without reading them.

    A name with its quotation marks after a bracket begins an object, wherever it stands, for in
    texts these marks are escaped. Parts that are JSON are elements of the list, up to the first
    that is none: there an object stands in another one.

    Raises:
        ValueError: the list has another form.
    """
    begins = _BEGINS.match(body)
    ends = _ENDS.search(body, max(len(body) - _LONGEST_END, 0))
    if begins is None or ends is None:
        raise ValueError("not as Python writes it")
    between = b", " + begins[1]
    at = begins.start(1)
    while (end := body.find(between, at, ends.start())) >= 0:
        yield body[at:end]
        at = end + len(b", ")
    yield body[at : ends.start()]


def _cluster(raw: object) -> Stack | None:
    named = read_object(raw, _NAMED, "stack")
    if not STACK_NAME.match(named["stack_name"]):
        return None
    stack = read_stack(named)
    return None if stack.deleted else stack
