import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco.attributes import SLAVE_FLAVOR
from disco.components.models import Resources
from disco.components.sizing import compute_available_memory, divide_memory, size_containers
from disco.errors import InvalidRequest

GIB = 1024
RAM = st.integers(1 * GIB, 4096 * GIB)
CORES = st.integers(1, 512)
CLAIMS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(Resources, weight=st.integers(0, 1000), min_ram_mb=st.integers(0, 80)),
    min_size=1,
)


@pytest.mark.parametrize(
    ("gib", "left"),
    [(1, 0.5), (2, 1), (4, 3), (8, 6), (16, 14), (128, 104), (512, 448), (1024, 896)],
)
def test_the_system_keeps_what_the_table_says(gib, left):
    assert compute_available_memory(gib * GIB) == left * GIB


@given(RAM, CORES, CLAIMS)
def test_shares_fit_and_nobody_gets_nothing(ram, cores, claims):
    shares = divide_memory(ram, cores, claims)
    assert sum(shares.values()) <= compute_available_memory(ram) < ram
    assert set(shares) == set(claims)
    for name, claim in claims.items():
        assert shares[name] >= max(1, claim.min_ram_mb)


@given(RAM, RAM, CORES, CLAIMS)
def test_a_larger_node_never_gives_less(one, other, cores, claims):
    small, large = sorted((one, other))
    assert compute_available_memory(small) <= compute_available_memory(large)
    less, more = divide_memory(small, cores, claims), divide_memory(large, cores, claims)
    assert all(less[name] <= more[name] for name in claims)


def test_weights_divide_what_there_is():
    shares = divide_memory(8 * GIB, 4, {"a": Resources(weight=3), "b": Resources(weight=1)})
    assert shares == {"a": 4608, "b": 1536}
    shares = divide_memory(
        8 * GIB, 4, {"a": Resources(weight=99), "b": Resources(weight=1, min_ram_mb=512)}
    )
    assert shares == {"a": 5632, "b": 512}
    claims = {"a": Resources(), "b": Resources(weight=0, min_ram_mb=128)}
    assert divide_memory(8 * GIB, 4, claims) == {"a": 6016, "b": 128}


def test_what_does_not_fit_is_refused_with_the_sum():
    with pytest.raises(InvalidRequest) as caught:
        divide_memory(
            2 * GIB,
            1,
            {"a": Resources(weight=1, min_ram_mb=800), "b": Resources(weight=1, min_ram_mb=700)},
            SLAVE_FLAVOR,
        )
    (fault,) = caught.value.faults
    assert fault.attribute == SLAVE_FLAVOR
    assert "1500" in fault.message
    assert "1024" in fault.message


@given(RAM, CORES)
def test_containers_fit_and_are_never_nothing(ram, cores):
    room = compute_available_memory(ram)
    plan = size_containers(room, cores, ram)
    assert plan.count >= 1
    assert 1 <= plan.container_mb * plan.count <= plan.node_manager_mb <= room
    assert plan.container_mb <= plan.reduce_mb <= plan.node_manager_mb
    assert 0 < plan.map_heap_mb < plan.map_mb
    assert 0 < plan.reduce_heap_mb < plan.reduce_mb


def test_containers_need_room():
    with pytest.raises(ValueError, match="three containers do not fit"):
        size_containers(0, 1, 1024)
