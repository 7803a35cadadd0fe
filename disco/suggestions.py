"""Which known name a mistyped one was probably meant to be.

What differs is counted in edits, and what is allowed depends on the words that differ: a long
common beginning, as all attributes have, makes no two names alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

_SEPARATOR = re.compile(r"[._ -]")
#: the plural of the first noun, unless that is a unit
_PLURAL = re.compile(r"^(?!GB|GiB|MiB)((?:\w+ )*?\w+)s\b")
#: letters of a word that are compared; a longer one is nobody's typing error
_LONGEST = 64
#: names of a cloud's that one is compared with: any user can give a thousand images names
_MOST_NAMES = 500


def suggest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to ``name``, or None if none is close."""
    wanted = _words(name)
    best: tuple[int, str] | None = None
    for candidate in known:
        edits = _compare(wanted, _words(candidate))
        if edits is not None and (best is None or edits < best[0]):
            best = edits, candidate
    return best[1] if best else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` Did you mean "x"?``, or an empty text if nothing is close."""
    close = suggest(word, known)
    return f' Did you mean "{close}"?' if close else ""


def name_some(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, plural: str) -> str:
    """A number of things: ``2 cores``, ``1 core``, ``1 key pair``, ``1 GB of volumes``."""
    things = _PLURAL.sub(r"\1", plural) if number == 1 else plural
    return f"{number} {things}"


def closest(name: str, known: Iterable[str], number: int, cutoff: float = 0.6) -> list[str]:
    """The names of a cloud's that are most like ``name``, the likeliest first.

    Long ones are left out: to compare two names takes the product of their lengths.
    """
    if not name or len(name) > _LONGEST:
        return []
    short = (other for other in known if len(other) <= _LONGEST)
    return get_close_matches(name, islice(short, _MOST_NAMES), number, cutoff)


def _words(name: str) -> list[str]:
    return _SEPARATOR.split(name.lower())


def _compare(typed: list[str], known: list[str]) -> int | None:
    """How many edits the names are apart; None if a word of theirs is another word."""
    start = 0
    while start < min(len(typed), len(known)) and typed[start] == known[start]:
        start += 1
    typed, known = typed[start:], known[start:]
    while typed and known and typed[-1] == known[-1]:
        typed, known = typed[:-1], known[:-1]
    if len(typed) == len(known):
        pairs = list(zip(typed, known, strict=True))
    else:  # a separator too many or too few
        pairs = [("".join(typed), "".join(known))]
    edits = [_word_edits(ours, theirs) for ours, theirs in pairs]
    return None if None in edits else sum(filter(None, edits))


def _word_edits(typed: str, known: str) -> int | None:
    if max(len(typed), len(known)) > _LONGEST:
        return None
    short, long = sorted((typed, known), key=len)
    if len(short) >= 3 and long.startswith(short) and 3 * len(short) >= len(long):
        return 2 if typed != known else 0  # cut short, or more was said
    allowed = _allowed_edits(min(len(typed), len(known)))
    if abs(len(typed) - len(known)) > allowed:
        return None
    edits = count_edits(typed, known)
    return edits if edits <= allowed else None


def _allowed_edits(length: int) -> int:
    """How many edits two words of so many letters may be apart."""
    return 0 if length < 3 else 1 if length < 6 else 2


def count_edits(first: str, second: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbors between two words."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        row, before, older = [i], row, before
        for j, b in enumerate(second, start=1):
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
