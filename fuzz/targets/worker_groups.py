"""The attribute ``groups``: groups of workers, as asked for and as changed."""

from __future__ import annotations

from disco.components.worker_groups import (
    count_groups,
    parse_groups,
    read_count_changes,
    replace_counts,
)
from fuzz.parts import as_text, collect
from fuzz.target import Target

PRESENT = "{'gpu': {'count': 2, 'flavor': 'g1.large'}}"


def run(data: bytes) -> str:
    """Read groups as a create, a change and a stack tell them."""
    text = as_text(data)
    return collect(
        lambda: parse_groups(text),
        lambda: count_groups(text),
        lambda: read_count_changes(text, PRESENT),
        lambda: read_count_changes(PRESENT, text),
        lambda: replace_counts(text, {"gpu": 3}),
    )


TARGET = Target(
    run,
    answer_bytes=1 << 17,
    answer_factor=60,
    dictionary=(
        "'count'",
        "'flavor'",
        "'image'",
        "'antiaffinity'",
        "'volumesize'",
        "'soft'",
        "True",
    ),
)
