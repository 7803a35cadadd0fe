"""Free addresses in a row."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from disco.openstack.existing_network import Run, free_runs

NUMBERS = st.integers(0, 60)
POOLS = st.lists(st.tuples(NUMBERS, NUMBERS).filter(lambda p: p[0] <= p[1]), max_size=1)


def test_runs_lie_between_what_is_taken() -> None:
    assert list(free_runs([(1, 9), (20, 21)], [1, 4, 5, 9, 30])) == [
        Run(2, 3),
        Run(6, 8),
        Run(20, 21),
    ]
    assert list(free_runs([(1, 2)], [1, 2])) == []


@given(POOLS, st.lists(NUMBERS))
def test_runs_are_exactly_what_is_free(pools: list[tuple[int, int]], used: list[int]) -> None:
    runs = list(free_runs(pools, used))
    found = [n for run in runs for n in range(run.first, run.last + 1)]
    assert found == [n for a, b in pools for n in range(a, b + 1) if n not in used]
    assert all(run.length > 0 for run in runs)
