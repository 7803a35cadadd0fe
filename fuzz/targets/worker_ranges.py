"""Ranges of workers, as stacks tell them."""

from __future__ import annotations

from disco.worker_numbers import read_groups, read_ranges
from fuzz.parts import as_text
from fuzz.target import Target


def run(data: bytes) -> str:
    """Read the same as ranges, and as ranges of groups."""
    text = as_text(data)
    return f"{len(read_ranges(text))} {len(read_groups(text))}"


TARGET = Target(run, refusals=(), dictionary=("1-3,7", "gpu:4-5 ", "1-999999999", "0-0"))
