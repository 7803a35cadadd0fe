"""From the request to a cluster that is complete, on the embedded cloud.

Each cluster with frameworks is measured beside one without: what Heat, booting and the end
take. The anchor is that and what the slowest node spent on its own steps, which is the time
that would be left if nodes never waited for each other. Many workers are measured on a Heat
whose servers run nothing.
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

from benchmarks.measure import Row
from benchmarks.schemes import SCHEMES, Scheme, finish, from_the_master
from benchmarks.verbs import service
from disco.embedded.cloud import EmbeddedCloud
from tests.frameworks.site import STATUS, Cluster, Site, running_site
from tests.support.cloud import free_port_pair, headers_of, wait_for_image
from tests.support.service import Caller, attributes

#: the second has no framework's software in it: it is fetched
IMAGE, PLAIN, FLAVOR = "debian-12-disco", "debian-12", "m1.small"
#: workers and frameworks; so many workers that run nothing
CLUSTERS = (
    *((workers, ("dask",)) for workers in (1, 2, 4, 8, 15)),
    *((workers, ("hadoop", "spark")) for workers in (1, 3)),
)
#: images and numbers of workers with which others' schemes are done
BESIDE = ((IMAGE, (1, 2, 4, 8, 15)), (PLAIN, (1, 3)))
MANY = (10, 100, 400)
GOAL = 1.25
#: of what the original's scheme takes with a master and 15 workers
GOAL_OF_MASTER = 0.2
#: steps in which a node waits for others
WAITING = {"master:up", "workers:done"}
DEADLINE = 1800


@dataclass(frozen=True)
class Sample:
    """One cluster: seconds from the request to the end, and where they went.

    Attributes:
        total: until Heat says that it is complete.
        boot: until the last node began its first step.
        own: what the slowest node spent on its own steps.
        smoke: of that, what the smoke jobs took.
        node: the slowest one's name.
    """

    total: float
    boot: float
    own: float
    smoke: float
    node: str


def measure(folder: Path) -> Iterator[Row]:
    """Clusters of 1 to 15 workers; nothing where nodes cannot run."""
    if STATUS.mode == "none":
        print(f"  skipped: nodes do not run here: {STATUS.reason}", flush=True)
        return
    with running_site(folder, []) as site:
        wait_for_image(site.cloud, IMAGE)
        create(site, [], 1)  # what is done once is done now
        bare: dict[int, Sample] = {}
        for workers, frameworks in CLUSTERS:
            if workers not in bare:
                bare[workers] = create(site, [], workers)
            full = create(site, frameworks, workers)
            yield Row(
                f"create, {'+'.join(frameworks)}, {workers} worker{'s' if workers > 1 else ''}",
                full.total,
                "s",
                bare[workers].total + full.own,
                "the slowest node's own steps, and a cluster without frameworks",
                GOAL,
                {
                    "boot": full.boot,
                    f"steps of {full.node}": full.own,
                    "smoke": full.smoke,
                    "load": os.getloadavg()[0],
                },
            )
        for image, numbers in BESIDE:
            wait_for_image(site.cloud, image)
            for workers in numbers:
                yield from beside(site, image, workers)


def beside(site: Site, image: str, workers: int) -> Iterator[Row]:
    """DISCO, and each scheme of others, from the request to Dask's first job."""
    ours = create(site, ["dask"], workers, image).total
    for name, scheme in SCHEMES.items():
        theirs = by_hand(site, scheme, workers, image)
        yield Row(
            f"create, dask, {workers} worker{'s' if workers > 1 else ''} of {image}",
            ours,
            "s",
            theirs.total,
            name,
            GOAL_OF_MASTER if scheme is from_the_master and workers == 15 else None,
            {"over ssh": theirs.own, "load": os.getloadavg()[0]},
        )


def by_hand(site: Site, scheme: Scheme, workers: int, image: str) -> Sample:
    """A cluster without frameworks, to which a scheme brings Dask; deleted at the end."""
    with made(site, [], workers, image) as (cluster, total, _):
        own = finish(cluster, scheme)
    return Sample(total + own, 0.0, own, 0.0, "")


@contextlib.contextmanager
def made(
    site: Site, frameworks: Sequence[str], workers: int, image: str
) -> Iterator[tuple[Cluster, float, float]]:
    """A cluster that is complete, the seconds that it took, and when it was asked for."""
    sent = attributes(
        masterimage=image,
        slaveimage=image,
        masterflavor=FLAVOR,
        slaveflavor=FLAVOR,
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


def create(site: Site, frameworks: Sequence[str], workers: int, image: str = IMAGE) -> Sample:
    """Make a cluster, look at its events, delete it."""
    with made(site, frameworks, workers, image) as (cluster, total, at):
        files = {"master": "events.jsonl"}
        files |= {name: f"nodes/{name}/events.jsonl" for name in cluster.workers()}
        told = {name: _records(cluster.log(path)) for name, path in files.items()}
    own = {name: own_seconds(records) for name, records in told.items()}
    slowest = max(own, key=lambda name: own[name])
    first = max(_time(records[0]["time"]) for records in told.values() if records)
    smoke = sum(_seconds(r) for r in told["master"] if str(r["step"]).endswith(":smoke"))
    return Sample(total, max(first - at, 0.0), own[slowest], smoke, slowest)


Record = Mapping[str, str]


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
        service(folder / "service", cloud.auth_url) as process,
    ):
        caller = Caller(process.base, headers_of(cloud.credentials))
        first = 0.0
        for workers in MANY:
            began = time.monotonic()
            answer = caller.create(attributes(slavecount=str(workers)))
            assert answer.status_code == 201, answer.text
            answered = time.monotonic() - began
            location = answer.headers["Location"]
            caller.wait_for(location, "CREATE_COMPLETE", seconds=DEADLINE)
            total = time.monotonic() - began
            began = time.monotonic()
            caller.request("DELETE", location)
            caller.wait_until_gone(location, seconds=DEADLINE)
            each = total / workers
            first = first or each
            yield Row(
                f"create, {workers} workers whose servers run nothing",
                total,
                "s",
                first * workers if workers != MANY[0] else None,
                f"as long for each worker as with {MANY[0]}",
                more={"until the answer": answered, "delete": time.monotonic() - began},
            )
