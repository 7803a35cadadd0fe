"""How the time until a cluster is complete grows with its workers; a command, not a test.

    python -m tests.frameworks.bench_install --workers 1 2 4 8 --frameworks dask

For each number of workers two clusters are made on the embedded cloud, one after
the other: one without frameworks (what Heat, booting and the end take) and one with.
Their quotient is the total over the sum of that and of what the slowest node itself
spent on its steps; it would be 1 if nodes did not wait for each other.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.frameworks.site import STATUS, Cluster, Site, running_site, wait_for_image
from tests.support.service import attributes

#: steps in which a node waits for others
WAITING = {"master:up", "workers:done"}
DEADLINE = 1800


@dataclass(frozen=True)
class Sample:
    """One cluster: seconds from the request to the end, and of its slowest node's own steps."""

    total: float
    longest: float
    node: str


def own_seconds(events: str) -> float:
    """What a node spent on its own steps."""
    lines = [json.loads(line) for line in events.splitlines()]
    return sum(
        float(e["seconds"]) for e in lines if e["event"] == "end" and e["step"] not in WAITING
    )


def measure(site: Site, frameworks: Sequence[str], workers: int, image: str, flavor: str) -> Sample:
    """Make a cluster, look at its events, delete it."""
    sent = attributes(
        masterimage=image,
        slaveimage=image,
        masterflavor=flavor,
        slaveflavor=flavor,
        slavecount=str(workers),
        inject=str(dict.fromkeys(frameworks, "")),
    )
    began = time.monotonic()
    answer = site.caller.create(sent)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    try:
        shown = site.caller.wait_for(location, "CREATE_COMPLETE", seconds=DEADLINE)
        total = time.monotonic() - began
        cluster = Cluster(site, location, shown)
        own = {"master": own_seconds(cluster.log("events.jsonl"))}
        for name in cluster.workers():
            own[name] = own_seconds(cluster.log(f"nodes/{name}/events.jsonl"))
    finally:
        site.caller.request("DELETE", location)
        site.caller.wait_until_gone(location, seconds=300)
    node = max(own, key=lambda name: own[name])
    return Sample(total, own[node], node)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="bench_install", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--frameworks", nargs="+", default=["dask"])
    parser.add_argument("--image", default="debian-12-disco")
    parser.add_argument("--flavor", default="m1.small")
    options = parser.parse_args(arguments)
    if STATUS.mode == "none":
        print(f"nodes do not run here: {STATUS.reason}", file=sys.stderr)
        return 2
    print("| workers | longest node's own | without frameworks | total | quotient | load |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder), []) as site:
        wait_for_image(site.cloud, options.image)
        for count in options.workers:
            bare = measure(site, [], count, options.image, options.flavor)
            full = measure(site, options.frameworks, count, options.image, options.flavor)
            quotient = full.total / (full.longest + bare.total)
            print(
                f"| {count} | {full.longest:.1f} s ({full.node}) | {bare.total:.1f} s "
                f"| {full.total:.1f} s | {quotient:.2f} | {os.getloadavg()[0]:.1f} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
