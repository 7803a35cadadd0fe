"""Lists of 1 to 10,000 clusters beside bare Falcon that reads the same from the same stub.

The first list of a process makes all of it. A later one, as a poll is, makes what changed; here
nothing did.
"""

from __future__ import annotations

import json
import re
import statistics
import uuid
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


def measure(folder: Path) -> Iterator[Row]:
    """Lists of 1 to 10,000 clusters: the first, later ones, and those that the client has."""
    recorded = record_once()
    for clusters in LISTS:
        tape = folder / f"list-{clusters}.json"
        with_clusters(recorded.tape, clusters).save(tape)
        yield from _listed(folder, tape, clusters, recorded)


def _listed(folder: Path, tape: Path, clusters: int, recorded: Recorded) -> Iterator[Row]:
    """The first list of a process, later ones, and one of which the client has the tag."""
    headers = {**recorded.headers, "Accept": JSON}
    took: dict[str, list[float]] = {"first": [], "again": [], "known": [], "bare": []}
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
