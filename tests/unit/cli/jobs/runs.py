"""Runs with a service that is told what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from disco.cli.jobs.run import Run
from disco.cli.main import parse
from disco.client import Cluster, ClusterRequest, NotFound
from disco.client.job import JobList

ID = "3f2a0000-0000-4000-8000-000000000000"
JOB = "run-3f2a0000"


class Service:
    """A client whose clusters are made at once; what was asked of it."""

    def __init__(self) -> None:
        self.clusters: dict[str, ClusterRequest] = {}
        self.said: list[str] = []
        self.failures: dict[str, list[Exception]] = {}

    def _note(self, what: str) -> None:
        self.said.append(what)
        if left := self.failures.get(what):
            raise left.pop(0)

    def create(self, request: ClusterRequest, cluster_id: str) -> Cluster:
        self._note("create")
        self.clusters[cluster_id] = request
        return self.get(cluster_id)

    def get(self, cluster_id: str) -> Cluster:
        if cluster_id not in self.clusters:
            raise NotFound("no such cluster")
        names = "+".join(self.clusters[cluster_id].frameworks)
        return Cluster(cluster_id, {"disco.frameworks": names})

    find = get

    def jobs(self, _: str) -> JobList:
        return JobList((), "", None)

    def wait(self, cluster_id: str, *_: object) -> Cluster:
        self._note("wait")
        return self.get(cluster_id)

    def extend(self, cluster_id: str, ttl: str) -> None:
        self._note(f"extend {ttl}")

    def delete(self, cluster_id: str, **_: object) -> None:
        self._note("delete")
        if self.clusters.pop(cluster_id, None) is None:
            raise NotFound("no such cluster")


class Killed(BaseException):
    """Nothing is done any more, as after SIGKILL."""


def script(text: str, name: str = "job.sh") -> str:
    Path(name).write_text(text)
    return name


def run(service: Any, *words: str, name: str | None = ID) -> int:
    """The exit status of `disco run`."""
    args = parse(["run", *(("--id", name) if name else ()), *words])
    return Run(service, args, Path(args.output), str)()
