"""The stack's template as Jinja wrote it, in which workers of one kind stand once.

Workers of one kind differ in number, name and address alone. ``stack.yaml.j2`` has marks in
these places, and between the kinds; here each kind becomes as many workers as there are, and
one of each is read back for counting. So neither writing nor counting gets slower with them.

Of many workers the first is written out, and the others as what is not as there, by YAML's
anchors and merge keys. Heat resolves these when it reads the template, and keeps the whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from disco.spec import StackResources


class Mark(str):
    """Stands for what workers of one kind differ in; no text from outside is one."""

    __slots__ = ()


NUMBER, NAME, ADDRESS = Mark("\0number\0"), Mark("\0name\0"), Mark("\0address\0")
#: stands before each kind, and after the last one
BETWEEN = Mark("\0kind\0")
#: workers of a kind up to which each is written out, for people who read a preview
WRITTEN_OUT = 10
#: of a worker that is looked at and not sent
_SAMPLE = {NUMBER: "100", NAME: "disco-worker-100", ADDRESS: "192.168.100.100"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def quoted(value: object) -> str:
    """A value for YAML: as JSON, but characters above U+FFFF are no pairs in YAML.

    What takes the place of a mark needs no escapes, so a mark stays as it is.
    """
    if isinstance(value, Mark):
        return f'"{value}"'
    text = json.dumps(value, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if " " <= c <= "~" else f"\\u{ord(c):04x}" if c <= "\uffff" else f"\\U{ord(c):08x}"
        for c in text
    )


@dataclass(frozen=True)
class StackText:
    """A template with each kind of workers once.

    Attributes:
        before: what stands before the workers.
        kinds: the text of the first worker of each kind, and of the further ones where these
            are shorter; with marks.
        after: what stands behind them.
    """

    before: str
    kinds: Sequence[tuple[str, str]]
    after: str

    @classmethod
    def of(cls, written: str) -> StackText:
        """Take apart what Jinja wrote."""
        before, *kinds, after = written.split(f"{BETWEEN}\n")
        return cls(before, list(zip(kinds[::2], kinds[1::2], strict=True)), after)

    def whole(self, numbers: Sequence[range], words: Callable[[int], Mapping[Mark, str]]) -> str:
        """What Heat is sent.

        Args:
            numbers: of the workers of each kind.
            words: gives what stands in the place of the marks for a worker.
        """
        parts = [self.before]
        for (first, further), its in zip(self.kinds, numbers, strict=True):
            parts += (_filled(first, words(number)) for number in its[:1])
            parts += (_filled(further or first, words(number)) for number in its[1:])
        return "".join((*parts, self.after))

    def size(self, numbers: Sequence[range]) -> int:
        """Bytes of the template if every worker is written out.

        Heat keeps it so, and the next change of the stack sends what it keeps, as objects: Heat
        measures how Python writes these, without the blanks that lines begin with.
        """
        each = (
            len(str(kind)) * len(its) for kind, its in zip(self._read_kinds, numbers, strict=True)
        )
        return len(self.before) + len(self.after) + sum(each)

    def resources(self, numbers: Sequence[range]) -> StackResources:
        """The template's resources."""
        fixed = _read(self.before + self.after)["resources"]
        counted = zip(self._read_kinds, map(len, numbers), strict=True)
        return StackResources(
            list(fixed.values()), [(list(kind.values()), times) for kind, times in counted]
        )

    @cached_property
    def _read_kinds(self) -> list[dict[str, Any]]:
        """The resources of one worker of each kind."""
        return [_read(_filled(first, _SAMPLE)) for first, _ in self.kinds]


def _filled(text: str, words: Mapping[Mark, str]) -> str:
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text


def _read(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # nosec B506  # a SafeLoader
    return document
