"""What a master says of its nodes is checked to the last number before anybody believes it."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import pytest

from disco.status.node_health import POINTS, Look, most_bytes, read_hour, read_now
from disco.untrusted import Malformed

LINES = [
    "disco_cpu_percent{} 12",
    "disco_memory_percent{} 40",
    "disco_disk_percent{} 7",
    "disco_received_kilobytes{} 1500",
    "disco_sent_kilobytes{} 3",
]
NAMES = {"m", "w-1"}


def now_file(*lines: str, at: object = 90, name: str = "m") -> str:
    return json.dumps([100, {name: [at, [*LINES, *lines]]}])


def look(text: str, name: str = "m") -> Any:
    return read_now(text, NAMES)[1][name]


def test_a_node_s_word_is_read() -> None:
    text = now_file(
        'disco_daemon{name="dask-worker"} 2',
        'disco_daemon{name="dask-nanny"} 1',
        'disco_daemon{name="x"} 0',
    )
    statuses = {"dask-worker": "works", "dask-nanny": "silent", "x": "stopped"}
    assert read_now(text, NAMES) == (100, {"m": Look(90, (12, 40, 7, 1500, 3), statuses)})


def test_numbers_that_are_not_told_are_none() -> None:
    assert look(json.dumps([1, {"m": [1, LINES[1:3]]}])).numbers == (None, 40, 7, None, None)


def test_nodes_that_the_cluster_does_not_have_are_left_out() -> None:
    assert read_now(now_file(name="stranger"), NAMES) == (100, {})


ODD_LINES = [
    "disco_cpu_percent{} -1",
    "disco_cpu_percent{} NaN",
    "disco_cpu_percent{} 1e9",
    "disco_cpu_percent{} 101",
    "disco_cpu_percent{} 9999999999",
    "disco_cpu_percent{} ٣",
    "disco_cpu_percent 3",
    'disco_daemon{name="a\x1b[2J"} 2',
    'disco_daemon{name="A"} 2',
    'disco_daemon{name="' + "a" * 81 + '"} 2',
    'disco_daemon{name="a"} 3',
    "disco_cpu_percent{} 1\n",
    "",
    "x" * 5000,
]


@pytest.mark.parametrize("line", ODD_LINES, ids=lambda line: ascii(line)[:40])
def test_a_line_of_another_form_is_refused_with_the_node_alone(line: str) -> None:
    told = json.loads(now_file())
    told[1]["w-1"] = [90, [line]]
    read = read_now(json.dumps(told), NAMES)[1]
    assert isinstance(read["w-1"], Malformed)
    assert str(read["w-1"]).isprintable()
    assert isinstance(read["m"], Look)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        [90],
        [90, "x"],
        [-1, []],
        [1e30, []],
        [True, []],
        {},
        [253402300800, []],
        [1 << 39, []],
    ],
)
def test_a_node_of_another_form_is_refused_alone(said: object) -> None:
    text = json.dumps([100, {"m": said}])
    assert isinstance(read_now(text, NAMES)[1]["m"], Malformed)


def test_a_node_that_says_too_much_is_refused_alone() -> None:
    lines = [f'disco_daemon{{name="d-{n}"}} 2' for n in range(100)]
    assert "80 lines" in str(look(now_file(*lines)))


FILES = {
    "no JSON": "no",
    "no list": "{}",
    "a time too few": "[{}]",
    "no nodes": "[1, 2]",
    "infinite": "[1e999, {}]",
    "not a number": "[NaN, {}]",
    "negative": "[-1, {}]",
    "the year 19391": "[549755813888, {}]",
    "digits": "[" + "9" * 5000 + ", {}]",
    "nesting": "[" * 10_000,
    "values": "[1, {" + ", ".join(f'"{n}": 1' for n in range(60_000)) + "}]",
    "half a pair": r'[1, {"\ud800": []}]',
    "long": '[1, {"m": "' + "x" * (2 << 20) + '"}]',
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_hostile_file_is_refused_in_words_and_costs_nothing(text: str) -> None:
    for read in (read_now, read_hour):
        began = time.process_time()
        with pytest.raises(Malformed) as caught:
            read(text, NAMES)
        assert time.process_time() - began < 0.5
        assert str(caught.value)
        tracemalloc.start()  # which takes ten times as long
        with pytest.raises(Malformed):
            read(text, NAMES)
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
        tracemalloc.stop()


def test_the_hour_has_five_numbers_or_none_for_a_point() -> None:
    text = json.dumps([3600, {"m": ["1 2 3 4 5", "", "100 0 0 999999999 0"], "gone": []}])
    points = [(1, 2, 3, 4, 5), None, (100, 0, 0, 999_999_999, 0)]
    assert read_hour(text, NAMES) == (3600, {"m": points})


@pytest.mark.parametrize(
    "points",
    [
        "1 2 3 4 5",
        [1],
        ["1 2 3 4"],
        ["1 2 3 4 5 6"],
        ["-1 2 3 4 5"],
        ["101 2 3 4 5"],
        ["1 2 3 4 nan"],
        ["1 2 3 4 5\n"],
        [None],
        [""] * (POINTS + 1),
    ],
    ids=str,
)
def test_points_of_another_form_are_refused_with_the_node_alone(points: object) -> None:
    read = read_hour(json.dumps([1, {"m": points, "w-1": [""]}]), NAMES)[1]
    assert isinstance(read["m"], Malformed)
    assert read["w-1"] == [None]


@pytest.mark.parametrize("nodes", [1, 3, 101, 401])
def test_what_nodes_write_fits_into_what_is_read(nodes: int) -> None:
    """The longest numbers, fifteen daemons on each node, and as many that left, or a hundred."""
    names = [f"disco-worker-{n}" for n in range(nodes)]
    both = [*names, *(f"former-{n}" for n in range(max(nodes, 100)))]
    lines = [f"disco_{name}_percent{{}} 100" for name in ("cpu", "memory", "disk")]
    lines += [f"disco_{name}_kilobytes{{}} 1250000" for name in ("received", "sent")]
    lines += [f'disco_daemon{{name="hadoop-resourcemanager-{n}"}} 2' for n in range(15)]
    now = json.dumps([1790000000, {name: [1790000000, lines] for name in both}])
    hour = json.dumps([1790000000, {n: ["100 100 100 1250000 1250000"] * POINTS for n in both}])
    for text in (now, hour):
        assert len(text) + 1000 < most_bytes(nodes, 8192)
    assert set(read_now(now, set(names))[1]) == set(names)
    assert all(len(p) == POINTS for p in read_hour(hour, set(names))[1].values())  # type: ignore[arg-type]
