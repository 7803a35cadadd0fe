"""Numbers and names of workers: what is written is read, and one rule makes all names."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco import worker_numbers as numbers
from disco.attributes import (
    CREATED_WORKERS,
    GROUP_WORKERS,
    MASTER_NAME,
    SLAVE_COUNT,
    SLAVE_NAME,
    WORKERS,
)
from disco.untrusted import Malformed

COUNTS = {"big": 2, "gpu": 1}


@pytest.mark.parametrize(
    ("plain", "text"),
    [([], ""), ([1], "1"), ([1, 2, 3], "1-3"), ([9, 2, 3, 7], "2-3,7,9")],
)
def test_numbers_as_text(plain: list[int], text: str) -> None:
    assert numbers.write_ranges(plain) == text
    assert numbers.read_ranges(text) == sorted(plain)


@given(st.sets(st.integers(1, 2000)))
def test_numbers_are_read_as_they_were_written(plain: set[int]) -> None:
    text = numbers.write_ranges(plain)
    if all(int(b or a) - int(a) <= numbers.MOST for a, _, b in
           (part.partition("-") for part in text.split(",") if part)):  # fmt: skip
        assert numbers.read_ranges(text) == sorted(plain)


@pytest.mark.parametrize("text", ["x", "1-", "-3", "1-2-3", "1,,x"])
def test_text_of_another_form_has_no_numbers(text: str) -> None:
    assert numbers.read_ranges(text) in ([], [1])


def test_a_huge_range_is_not_expanded() -> None:
    assert numbers.read_ranges("1-999999999") == []


MANY = "9" * 5000
HOSTILE = [
    *(MANY, f"1-{MANY}", f"{MANY}-1", "\u0661", "1_0", "+1", " 1"),
    *(",".join(["1-1000"] * 9000), "1-1000 " * 9000, "\ud800"),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_a_note_that_cannot_be_read_counts_as_absent(text: str) -> None:
    began = time.process_time()
    assert numbers.read_ranges(text) == []
    assert numbers.read_groups(f"big:{text}") == {}
    count = {SLAVE_COUNT: "2"}
    for note in (WORKERS, GROUP_WORKERS):
        assert numbers.workers_in({**count, note: text}, {}) == {1: "", 2: ""}
    assert numbers.workers_in({SLAVE_COUNT: text}, {}) == {}
    # groups are numbered from what cannot be read as from nothing
    assert len(numbers.workers_in({**count, CREATED_WORKERS: text}, COUNTS)) <= 5
    assert time.process_time() - began < 1


@pytest.mark.parametrize("group", ["\x1b]0;x\x07", "<b>", "", "g" * 64, "\ud800", "../x"])
def test_a_group_that_no_service_made_is_none(group: str) -> None:
    """Its name is shown, in text for terminals, too."""
    assert numbers.read_groups(f"big:1 {group}:2") == {}
    assert numbers.read_groups("big:1 gpu-a2:2") == {1: "big", 2: "gpu-a2"}


def test_many_groups_are_bounded_together() -> None:
    text = " ".join(f"g{n}:1-1000" for n in range(20_000))
    began = time.process_time()
    assert numbers.read_groups(text) == {}
    assert time.process_time() - began < 1


@pytest.mark.parametrize("digits", ["0" * 5000, "9" * 5000, "9" * 8, "\u0661"])
def test_resources_with_no_number_of_a_workers_belong_to_none(digits: str) -> None:
    assert numbers.server_number(f"worker_{digits}") is None
    assert numbers.node_of_resource(f"port_{digits}", {}) is None


@pytest.mark.parametrize(
    ("address", "places"),
    [("", 1), ("x", 1), ("10.0.0.1/24", 1), ("::1", 1), ("1" * 5000, 1), ("255.255.255.255", 1)],
)
def test_what_is_no_address_has_no_neighbours(address: str, places: int) -> None:
    with pytest.raises(Malformed):
        numbers.shift_address(address, places)


def test_numbers_by_group_as_text() -> None:
    groups = {1: "", 2: "big", 3: "big", 6: "big", 4: "gpu", 5: ""}
    assert numbers.write_groups(groups) == "big:2-3,6 gpu:4"
    assert numbers.read_groups("big:2-3,6 gpu:4") == {n: g for n, g in groups.items() if g}
    assert numbers.read_groups("") == numbers.read_groups("x :") == {}


def test_groups_go_on_behind_the_plain_workers() -> None:
    workers = numbers.workers_in({SLAVE_COUNT: "2"}, COUNTS)
    assert workers == {1: "", 2: "", 3: "big", 4: "big", 5: "gpu"}
    assert numbers.first_workers(workers) == {"": 1, "big": 3, "gpu": 5}


def test_the_notes_of_a_scaled_cluster_win_over_its_counts() -> None:
    scaled = {SLAVE_COUNT: "2", WORKERS: "2,6", CREATED_WORKERS: "2"}
    # groups that no change has named are where they were created
    assert numbers.workers_in(scaled, COUNTS) == {2: "", 3: "big", 4: "big", 5: "gpu", 6: ""}
    noted = {**scaled, GROUP_WORKERS: "big:4,7 gpu:5"}
    workers = numbers.workers_in(noted, COUNTS)
    assert workers == {2: "", 4: "big", 5: "gpu", 6: "", 7: "big"}
    assert list(workers) == sorted(workers)


def test_attributes_of_another_service_tell_no_workers() -> None:
    assert numbers.workers_in({}, {}) == {}
    assert numbers.workers_in({SLAVE_COUNT: "many"}, {}) == {}


def test_a_group_has_names_of_its_own_until_the_cluster_is_scaled() -> None:
    attributes = {SLAVE_COUNT: "2"}
    aliases = {3: "disco-big-1", 4: "disco-big-2", 5: "disco-gpu-1"}
    assert numbers.worker_aliases(attributes, COUNTS) == aliases
    named = {**attributes, SLAVE_NAME: "node"}
    assert numbers.worker_aliases(named, COUNTS)[3] == "node-big-1"
    scaled = {**attributes, GROUP_WORKERS: "big:4 gpu:5"}
    assert numbers.worker_aliases(scaled, COUNTS) == {}


@pytest.mark.parametrize(
    ("resource", "node"),
    [
        ("master", "boss"), ("master_port", "boss"), ("floating_ip_association", "boss"),
        ("drained_3", "boss"), ("worker_12", "w-12"), ("port_1", "w-1"), ("volume_2", "w-2"),
        ("volume_attachment_2", "w-2"), ("floating_ip_association_7", "w-7"),
        ("floating_ip", None), ("router", None), ("worker_gpu_1", None), ("joined_1", None),
    ],
)  # fmt: skip
def test_a_resource_leads_to_its_node(resource: str, node: str | None) -> None:
    attributes = {MASTER_NAME: "boss", SLAVE_NAME: "w"}
    assert numbers.node_of_resource(resource, attributes) == node


def test_names_of_resources_are_read_as_they_were_made() -> None:
    assert numbers.server_number(numbers.server_resource(12)) == 12
    assert numbers.server_number("worker_0") is numbers.server_number("worker_gpu_1") is None
    assert numbers.renumber_resource("floating_ip_association_2", 11, before=2) == (
        "floating_ip_association_11"
    )
    assert numbers.group_of_script(f"{numbers.script_name('gpu-a')}.sh") == "gpu-a"
    assert numbers.group_of_script(f"{numbers.script_name('')}.sh") == numbers.PLAIN


def test_names_and_addresses_keep_their_distance() -> None:
    assert numbers.worker_host({}, 3) == "disco-worker-3"
    assert numbers.renumber_name("rack-1-worker-1", 1, 12) == "rack-1-worker-12"
    assert numbers.shift_address("192.168.19.254", 3) == "192.168.20.1"


@pytest.mark.parametrize("text", ["9" * 5000, f"1-{'9' * 5000}", "1-999," * 10_000, "x", "1-2-3"])
def test_ranges_of_a_stranger_are_read_quickly_or_not_at_all(text: str) -> None:
    assert len(numbers.read_ranges(text)) <= 2 * numbers.MOST
    assert len(numbers.workers_in({SLAVE_COUNT: text}, {})) <= numbers.MOST
    assert len(numbers.workers_in({WORKERS: text, CREATED_WORKERS: text}, {})) <= 2 * numbers.MOST


@pytest.mark.parametrize(
    "text", ["9" * 5000, "1-" + "9" * 5000, "1-1000," * 5000, "1-2001", "\u0661", "2,x"]
)
def test_numbers_that_no_service_noted_are_none(text: str) -> None:
    assert numbers.read_ranges(text) == []
    assert numbers.workers_in({WORKERS: text, CREATED_WORKERS: text, SLAVE_COUNT: text}, {}) == {}
