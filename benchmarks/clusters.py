"""From the request to a cluster that is complete, on the embedded cloud.

Each cluster with frameworks is measured beside one without: what Heat, booting and the end
take. The anchor is that and what the slowest node spent on its own steps, which is the time
that would be left if nodes never waited for each other. To the cluster without frameworks others'
schemes bring Dask then. Many workers are measured on a Heat whose servers run nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.measure import Row, each_by_itself
from benchmarks.schemes import SCHEMES, finish, from_the_master, undo
from benchmarks.verbs import service
from disco.embedded.cloud import EmbeddedCloud
from tests.frameworks.site import STATUS, Cluster, Site, running_site
from tests.support.cloud import free_port_pair, headers_of, wait_for_image
from tests.support.service import Caller, attributes

#: the second has no framework's software in it: it is fetched
IMAGE, PLAIN = "debian-12-disco", "debian-12"
DASK, SPARK, HADOOP, BOTH = ("dask",), ("spark",), ("hadoop",), ("hadoop", "spark")
#: the smallest flavors that have room for them
FLAVORS = {DASK: "m1.small", SPARK: "m1.medium", HADOOP: "m1.medium", BOTH: "m1.medium"}
#: with a master, 15 workers are sixteen nodes
WORKERS = (1, 2, 4, 8, 15)
#: workers, frameworks and image, what matters most first; Dask is brought by others' schemes, too
CLUSTERS = (
    *((workers, DASK, IMAGE) for workers in WORKERS),
    *((workers, frameworks, IMAGE) for frameworks in (SPARK, HADOOP) for workers in WORKERS),
    (3, BOTH, IMAGE),
    (3, DASK, PLAIN),
)
MANY = (10, 100, 400)
GOAL = 1.25
#: of what the original's scheme takes with a master and 15 workers
GOAL_OF_MASTER = 0.2
#: what a node's steps are for, by how they are called after the component
KINDS = {
    "fetched": "fetch and unpack", "installed": "fetch and unpack", "configured": "start",
    "ready": "register", "smoke": "smoke",
}  # fmt: skip
#: steps in which a node waits for others
WAITING = {"master:up", "workers:done"}
DEADLINE = 600
#: seconds after which no other cluster is begun
MOST_S, MOST_MANY_S = 2700.0, 600.0
Record = Mapping[str, str]


@dataclass(frozen=True)
class Sample:
    """One cluster: seconds from the request to the end, and where they went.

    Attributes:
        total: until Heat says that it is complete.
        own: what the slowest node spent on its own steps.
        node: the slowest one's name.
        parts: of the total, by what the time was for, as the master saw it: Heat, boot, kinds
            of steps, waiting for workers, and the end. Heat's times are to the second.
    """

    total: float
    own: float
    node: str
    parts: Mapping[str, float]


def measure(folder: Path) -> Iterator[Row]:
    """Clusters of 1 to 15 workers; nothing where nodes cannot run."""
    if STATUS.mode == "none":
        print(f"  skipped: nodes do not run here: {STATUS.reason}", flush=True)
        return
    with running_site(folder, ["hadoop"]) as site:
        for image in (IMAGE, PLAIN):
            wait_for_image(site.cloud, image)
        with made(site, DASK, 1, IMAGE, FLAVORS[DASK]):
            pass  # what is done once is done now
        yield from each_by_itself(MOST_S, {_called(*one): beside(site, *one) for one in CLUSTERS})


def _called(workers: int, frameworks: Sequence[str], image: str) -> str:
    plural = "s" if workers > 1 else ""
    fetched = ", fetched" if image == PLAIN else ""
    return f"create, {'+'.join(frameworks)}, {workers} worker{plural}{fetched}"


def beside(site: Site, workers: int, frameworks: tuple[str, ...], image: str) -> Iterator[Row]:
    """A cluster beside the limit, and beside the schemes of others."""
    what = _called(workers, frameworks, image)
    theirs = {}
    flavor = FLAVORS[frameworks]
    with made(site, [], workers, image, flavor) as (cluster, bare, _):
        if frameworks == DASK:
            for name, scheme in SCHEMES.items():
                theirs[name] = bare + finish(cluster, scheme)
                undo(cluster, fetched=image == PLAIN)
    with made(site, frameworks, workers, image, flavor) as (cluster, total, at):
        full = looked_at(cluster, total, at)
    yield Row(
        what,
        full.total,
        "s",
        bare + full.own,
        "the slowest node's own steps, and a cluster without frameworks",
        GOAL,
        {**full.parts, f"own steps of {full.node}": full.own, "load": os.getloadavg()[0]},
    )
    for name, took in theirs.items():
        is_master = SCHEMES[name] is from_the_master
        yield Row(
            f"{what}, beside {'the master' if is_master else 'outside'}",
            full.total,
            "s",
            took,
            name,
            GOAL_OF_MASTER if is_master and workers == 15 else None,
            {"of that over ssh": took - bare},
        )


@contextlib.contextmanager
def made(
    site: Site, frameworks: Sequence[str], workers: int, image: str, flavor: str
) -> Iterator[tuple[Cluster, float, float]]:
    """A cluster that is complete, the seconds that it took, and when it was asked for."""
    sent = attributes(
        masterimage=image,
        slaveimage=image,
        masterflavor=flavor,
        slaveflavor=flavor,
        slavecount=str(workers),
        inject=str(dict.fromkeys(frameworks, "")),
    )
    began, at = time.monotonic(), time.time()
    answer = site.caller.create(sent)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    try:
        shown = site.caller.wait_for(location, "CREATE_COMPLETE", seconds=DEADLINE)
        yield Cluster(site, location, shown), time.monotonic() - began, at
    finally:
        site.caller.request("DELETE", location)
        site.caller.wait_until_gone(location, seconds=300)


def looked_at(cluster: Cluster, total: float, at: float) -> Sample:
    """Where the time of a cluster went that was asked for at a time."""
    files = {"master": "events.jsonl"}
    files |= {name: f"nodes/{name}/events.jsonl" for name in cluster.workers()}
    told = {name: _records(cluster.log(path)) for name, path in files.items()}
    own = {name: own_seconds(records) for name, records in told.items()}
    slowest = max(own, key=lambda name: own[name])
    answer = cluster.site.caller.request(
        "GET", f"{cluster.location}/events", headers={"Accept": "application/json"}
    )
    heat = begun_by_heat(answer.json()["events"], at)
    first = max(_time(told["master"][0]["time"]) - at, heat)
    last = max(_time(told["master"][-1]["time"]) - at, first)
    parts = {"Heat": heat, "boot": first - heat, **kinds_of(told["master"]), "end": total - last}
    return Sample(total, own[slowest], slowest, parts)


def begun_by_heat(events: Sequence[Record], at: float) -> float:
    """Seconds until Heat had begun the last node's server."""
    begun = [
        _time(event["time"])
        for event in events
        if event["source"] == "heat" and event.get("node") and event["status"] == "started"
    ]
    return max(max(begun, default=at) - at, 0.0)


def kinds_of(records: Sequence[Record]) -> dict[str, float]:
    """The seconds of a node's steps, by what they are for."""
    spent = dict.fromkeys(KINDS.values(), 0.0)
    for record in records:
        step = record["step"]
        kind = "wait" if step in WAITING else KINDS.get(step.rpartition(":")[2], "other steps")
        spent[kind] = spent.get(kind, 0.0) + _seconds(record)
    return spent


def _records(text: str) -> list[Record]:
    return [json.loads(line) for line in text.splitlines()]


def _time(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _seconds(record: Record) -> float:
    return float(record.get("seconds") or 0) if record["event"] == "end" else 0.0


def own_seconds(records: Sequence[Record]) -> float:
    """What a node spent on its own steps."""
    return sum(_seconds(record) for record in records if record["step"] not in WAITING)


def measure_many(folder: Path) -> Iterator[Row]:
    """Clusters of 10 to 400 workers on a real Heat, whose servers run nothing."""
    with (
        EmbeddedCloud(folder / "cloud", nodes="none", cloud_port=free_port_pair()) as cloud,
        # one Heat has two cores here, and answers late while it makes 400 servers
        service(folder / "service", cloud.auth_url, cloud_timeout=str(DEADLINE)) as process,
    ):
        caller = Caller(process.base, headers_of(cloud.credentials), timeout_s=DEADLINE)
        first: list[float] = []
        yield from each_by_itself(
            MOST_MANY_S,
            {f"{workers} workers": _many(caller, workers, first) for workers in MANY},
        )


def _many(caller: Caller, workers: int, first: list[float]) -> Iterator[Row]:
    """``first`` has the seconds of a worker of the smallest cluster, as soon as it was made."""
    began = time.monotonic()
    answer = caller.create(attributes(slavecount=str(workers)))
    assert answer.status_code == 201, answer.text
    answered = time.monotonic() - began
    location = answer.headers["Location"]
    caller.wait_for(location, "CREATE_COMPLETE", seconds=DEADLINE)
    total = time.monotonic() - began
    more = {"until the answer": answered}
    if workers != MANY[-1]:  # this one goes with its cloud
        began = time.monotonic()
        caller.request("DELETE", location)
        caller.wait_until_gone(location, seconds=DEADLINE)
        more["delete"] = time.monotonic() - began
    yield Row(
        f"create, {workers} workers whose servers run nothing",
        total,
        "s",
        first[0] * workers if first else None,
        f"as long for each worker as with {MANY[0]}",
        more=more,
    )
    first.append(total / workers)
