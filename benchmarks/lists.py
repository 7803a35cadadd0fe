"""Lists of 1 to 10,000 clusters beside bare Falcon that reads the same from the same stub.

The first list of a process makes all of it. A later one, as a poll is, makes what changed; here
nothing did.
"""

from __future__ import annotations

import json
import re
import statistics
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Row, cpu_of
from benchmarks.recording import Tape
from benchmarks.service import asker, bare, connect, disco, memory_row, resident, stub
from benchmarks.verbs import JSON, Recorded, record_once

LISTS = (1, 100, 1000, 10000)
#: processes of which the first list is measured, and rounds of later lists of each
STARTS, ROUNDS = 3, 3
#: clusters of a page
PAGE = 250


def measure(folder: Path) -> Iterator[Row]:
    """Lists of 1 to 10,000 clusters: the first, later ones, and those that the client has."""
    recorded = record_once()
    for clusters in LISTS:
        path = folder / f"list-{clusters}.json"
        tape = with_clusters(recorded.tape, clusters)
        tape.save(path)
        yield from _listed(folder, path, clusters, recorded)
    yield _as_text(folder, path, recorded)
    yield from _paged(folder, path, tape, recorded)


def _listed(folder: Path, tape: Path, clusters: int, recorded: Recorded) -> Iterator[Row]:
    """The first list of a process, later ones, and one of which the client has the tag."""
    headers = {**recorded.headers, "Accept": JSON}
    took: defaultdict[str, list[float]] = defaultdict(list)
    size = 0
    with stub(tape, 0) as port, bare(folder, recorded.calls, port) as anchor:
        for number in range(STARTS):
            with disco(folder / f"{clusters}-{number}", port) as ours:
                start = resident(ours)
                asker(ours[0], "GET", "/disco/choices", recorded.headers)()  # logs in
                known = {**headers, "If-None-Match": '"unknown"'}
                asks = {
                    "again": (asker(ours[0], "GET", "/disco/", headers), ours[1]),
                    "known": (asker(ours[0], "GET", "/disco/", known, 305), ours[1]),
                    "bare": (asker(anchor[0], "GET", "/list", {}), anchor[1]),
                }
                began = cpu_of(ours[1])
                size = asks["again"][0]()
                took["first"].append(cpu_of(ours[1]) - began)
                known["If-None-Match"] = _tag(ours[0], headers)
                asks["bare"][0]()
                for _ in range(ROUNDS):
                    for name, (ask, pid) in asks.items():
                        began = cpu_of(pid)
                        ask()
                        took[name].append(cpu_of(pid) - began)
                memory = memory_row(ours, start, f"lists of {clusters:,}")
    median = {name: statistics.median(values) * 1e3 for name, values in took.items()}
    what, told = f"list of {clusters:,}", {"bytes": size}
    against = "bare Falcon that reads the same list"
    for name, kind, more in (
        ("first", ", the first of a process", None),
        ("again", ", asked for again", told),
        ("known", ", asked for again with its tag", None),
    ):
        title = f"{what}{kind}: CPU"
        yield Row(title, median[name], "ms CPU", median["bare"], against, 1.5, more)
    if clusters == LISTS[-1]:
        yield memory


def _as_text(folder: Path, path: Path, recorded: Recorded) -> Row:
    """The longest list, by a process that is asked for no other form of it."""
    headers = {**recorded.headers, "Accept": "text/plain"}
    took: dict[str, list[float]] = {"text": [], "bare": []}
    with (
        stub(path, 0) as port,
        bare(folder, recorded.calls, port) as anchor,
        disco(folder / "text", port) as ours,
    ):
        asks = {
            "text": (asker(ours[0], "GET", "/disco/", headers), ours[1]),
            "bare": (asker(anchor[0], "GET", "/list", {}), anchor[1]),
        }
        for ask, _ in asks.values():
            size = ask()
        for _ in range(STARTS * ROUNDS):
            for name, (ask, pid) in asks.items():
                began = cpu_of(pid)
                size = max(size, ask())
                took[name].append(cpu_of(pid) - began)
    ours_ms, bare_ms = (statistics.median(values) * 1e3 for values in took.values())
    what = f"list of {LISTS[-1]:,} as text/plain, asked for again: CPU"
    against = "bare Falcon that reads the same list"
    return Row(what, ours_ms, "ms CPU", bare_ms, against, 1.5, {"bytes": size})


def _paged(folder: Path, path: Path, tape: Tape, recorded: Recorded) -> Iterator[Row]:
    """The longest list in pages: all of them the first time, and once more."""
    (listed,) = recorded.calls["list"]
    listing = json.loads(tape.answers[listed]["body"])["stacks"]
    last = listing[PAGE - 1 : -1 : PAGE]
    first = f"{listed}&limit={PAGE + 1}"
    calls = {_letters(0): [first]}
    for number, stack in enumerate(last, 1):
        named = f"{listed.partition('?')[0]}?name={stack['stack_name']}"
        calls[_letters(number)] = [named, f"{first}&marker={stack['id']}"]
    took: defaultdict[str, list[float]] = defaultdict(list)
    with stub(path, 0) as port, bare(folder, calls, port) as anchor:
        routes = [asker(anchor[0], "GET", f"/{name}", {}) for name in calls]
        for number in range(STARTS):
            with disco(folder / f"pages-{number}", port) as ours:
                asker(ours[0], "GET", "/disco/choices", recorded.headers)()  # logs in
                for name in ("first", *["again"] * ROUNDS):
                    began = cpu_of(ours[1])
                    seen = _walk(ours[0], {**recorded.headers, "Accept": JSON})
                    took[name].append(cpu_of(ours[1]) - began)
                    assert seen == (len(calls), len(listing)), seen
                    began = cpu_of(anchor[1])
                    for ask in routes:
                        ask()
                    took["bare"].append(cpu_of(anchor[1]) - began)
    bare_ms = statistics.median(took["bare"]) * 1e3
    for name, kind in (("first", "the first time"), ("again", "asked for again")):
        yield Row(
            f"{len(listing):,} in {len(calls)} pages, {kind}: CPU of all",
            statistics.median(took[name]) * 1e3,
            "ms CPU",
            bare_ms,
            "bare Falcon that reads the same pages",
            1.5,
        )


def _letters(number: int) -> str:
    return "page-" + chr(ord("a") + number // 26) + chr(ord("a") + number % 26)


def _walk(port: int, headers: Mapping[str, str]) -> tuple[int, int]:
    """Read a list to its end; how many pages and clusters it had."""
    connection = connect(port)
    pages, clusters, marker = 0, 0, ""
    while pages == 0 or marker:
        more = f"&marker={marker}" if marker else ""
        connection.request("GET", f"/disco/?limit={PAGE}{more}", headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:300]
        pages, clusters = pages + 1, clusters + len(json.loads(body))
        marker = answer.headers.get("X-Next-Marker", "")
    return pages, clusters


def _tag(port: int, headers: Mapping[str, str]) -> str:
    """The tag of the list."""
    connection = connect(port)
    connection.request("GET", "/disco/", headers=dict(headers))
    answer = connection.getresponse()
    answer.read()
    return answer.headers["ETag"]


def with_clusters(tape: Tape, clusters: int) -> Tape:
    """The tape, with so many clusters in Heat's lists."""
    answers = {}
    for name, kept in tape.answers.items():
        answers[name] = kept
        if not re.search(r"/stacks(\?|$)", name) or not name.startswith("1 GET"):
            continue
        said = json.loads(kept["body"])
        if not said.get("stacks"):
            continue
        text = json.dumps(said["stacks"][0])
        own = json.loads(text)["stack_name"].removeprefix("disco_")
        stack_id = json.loads(text)["id"]
        copies = (
            text.replace(own, str(uuid.uuid4())).replace(stack_id, str(uuid.uuid4()))
            for _ in range(clusters)
        )
        body = json.dumps({"stacks": [json.loads(copy) for copy in copies]})
        answers[name] = {**kept, "body": body}
    return replace(tape, answers=answers)
