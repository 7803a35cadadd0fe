"""What a target is, and what must hold of each input."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from disco.errors import DiscoError

CORPUS = Path(__file__).parent / "corpus"


class Broken(AssertionError):
    """A reader did what it must not do."""


@dataclass(frozen=True)
class Target:
    """One reader of outside text.

    Attributes:
        run: hands an input to the reader; returns what the reader makes of it, as far as
            that is shown to anybody, or None.
        refusals: the exceptions that the reader documents.
        answer_bytes: how long an answer or an error's text may be, whatever the input.
        answer_factor: and how much longer for each byte of the input.
        dictionary: words that the mutations use.
        longest: bytes of an input in the check of growth; less where the reader is given
            no more than that.
    """

    run: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = (DiscoError,)
    answer_bytes: int = 64 * 1024
    answer_factor: int = 12
    dictionary: tuple[str, ...] = field(default=())
    longest: int = 64 * 1024

    def check(self, data: bytes) -> None:
        """Have the reader read ``data``.

        Raises:
            Broken: its answer is too long, or cannot be sent.
            Exception: whatever it raised and does not document.
        """
        try:
            answer = self.run(data)
        except self.refusals as error:
            answer = str(error)
        size = _size(answer)
        most = self.answer_bytes + self.answer_factor * len(data)
        if size > most:
            raise Broken(f"{len(data)} bytes give an answer of {size}; {most} are allowed")


def _size(answer: object) -> int:
    if answer is None:
        return 0
    if isinstance(answer, bytes):
        return len(answer)
    # half of a surrogate pair cannot be sent; it may be shown escaped only
    try:
        return len(str(answer).encode())
    except UnicodeEncodeError as error:
        raise Broken("an answer that cannot be encoded") from error


def list_targets() -> list[str]:
    """List the names of all targets."""
    package = importlib.import_module("fuzz.targets")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def load_target(name: str) -> Target:
    """Import the target ``name``; what it reads with is imported along."""
    target: Target = importlib.import_module(f"fuzz.targets.{name}").TARGET
    return target


def read_corpus(name: str) -> Iterator[bytes]:
    """Read the inputs of a target's corpus, in the order of their names."""
    for path in sorted((CORPUS / name).glob("*")):
        yield path.read_bytes()
