"""Free addresses in a row."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from disco.heat.stacks import Stack
from disco.openstack.existing_network import Run, address_tag, coming, free_runs
from disco.spec import Network

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


THERE = Network(
    "mine", "", ipaddress.IPv4Network("10.1.0.0/24"), base=5, room=20, id="n", subnet="s"
)


def test_addresses_of_a_cluster_that_comes_are_read_from_its_tag() -> None:
    tag = address_tag(THERE, 2)
    assert tag is not None
    assert len(tag) <= 80

    def told(status: str, *tags: str) -> list[str]:
        found = coming([Stack("c", "i", status, tags=("disco", *tags))], "s")
        return [str(ipaddress.IPv4Address(number)) for number in found]

    assert told("CREATE_IN_PROGRESS", tag) == ["10.1.0.5", "10.1.0.6", "10.1.0.7"]
    assert told("CREATE_FAILED", tag)  # a retry makes the ports that are missing
    assert told("CREATE_COMPLETE", tag) == []  # the ports tell
    assert told("UPDATE_FAILED", tag)  # so does one that was tried before
    assert told("CREATE_IN_PROGRESS", "disco-addresses=nonsense") == []
    assert told("CREATE_IN_PROGRESS", "disco-addresses=s/10.1.0.300/2", tag)[0] == "10.1.0.5"
    assert list(coming([Stack("c", "i", "CREATE_IN_PROGRESS", tags=(tag,))], "other")) == []


def test_a_cluster_with_a_network_of_its_own_tells_no_addresses() -> None:
    own = Network("own", "", ipaddress.IPv4Network("10.1.0.0/24"))
    assert address_tag(own, 2) is None
