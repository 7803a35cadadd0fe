"""One look at a project's clusters: those whose end has come are deleted.

Nothing is remembered between two looks: what a cluster's end is the service tells, and Heat
knows which deletes have begun. So looks may be repeated, interrupted and made side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from disco.attributes import EXPIRES, IDLE, PHASE_SINCE
from disco.cli.parser import seconds
from disco.client import Client, Cluster, DiscoClientError, NotFound
from disco.heat.stack_status import DELETE
from disco.untrusted import Malformed, read_time

ENDED = "ended"


@dataclass(frozen=True)
class Deed:
    """What was done about a cluster, and why."""

    cluster_id: str
    project: str
    reason: str

    def as_data(self) -> dict[str, str]:
        """For programs."""
        return {"id": self.cluster_id, "project": self.project, "reason": self.reason}


@dataclass
class Report:
    """What one look did.

    Attributes:
        time: when it began, seconds since the epoch.
        dry_run: whether nothing was to be deleted.
        projects, clusters: how many were looked at.
        deleted: clusters whose delete has begun, or would have.
        failed: clusters that are over and could not be deleted, and projects that could not be
            looked at, whose ``cluster_id`` is empty.
        credentials: clusters whose credential was removed after they had deleted themselves.
        errors: of what failed.
    """

    time: float
    dry_run: bool = False
    projects: int = 0
    clusters: int = 0
    deleted: list[Deed] = field(default_factory=list)
    failed: list[Deed] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def fail(self, cluster_id: str, project: str, error: Exception) -> None:
        """Note what could not be done."""
        hint = getattr(error, "hint", None)
        self.failed.append(Deed(cluster_id, project, f"{error} {hint}" if hint else str(error)))
        self.errors.append(error)

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "time": datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "dry_run": self.dry_run,
            "projects": self.projects,
            "clusters": self.clusters,
            "would_delete" if self.dry_run else "deleted": [one.as_data() for one in self.deleted],
            "failed": [one.as_data() for one in self.failed],
            "credentials_removed": self.credentials,
        }

    def lines(self) -> Iterable[str]:
        """For people: what was done, and nothing where nothing was."""
        word = "would be deleted" if self.dry_run else "is being deleted"
        for one in self.deleted:
            yield f"{one.cluster_id} {word}: {one.reason} (project {one.project})"
        for cluster in self.credentials:
            yield f"{cluster} has deleted itself; its credential is removed"

    def summary(self) -> str:
        """For people: how much was looked at."""
        word = "to delete" if self.dry_run else "deleted"
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return (
            f"{_count(self.clusters, 'cluster')} in {_count(self.projects, 'project')}:"
            f" {len(self.deleted)} {word}{failed}"
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def end_reason(cluster: Cluster, now: float) -> str | None:
    """Why a cluster is to be deleted at this time; None where it is not.

    A cluster with an idle limit knows alone how long it has been idle. It is over when its
    nodes are off, for as long as the limit.
    """
    expires = _seconds(cluster.attributes.get(EXPIRES))
    if expires is not None and expires <= now:
        return f"its time was over at {cluster.attributes[EXPIRES]}"
    try:
        idle = seconds(cluster.attributes.get(IDLE, ""))
    except argparse.ArgumentTypeError:
        return None
    since = _seconds(cluster.attributes.get(PHASE_SINCE))
    if cluster.phase == ENDED and since is not None and now - since >= idle:
        return f"its nodes were idle and are off since {cluster.attributes[PHASE_SINCE]}"
    return None


def _seconds(moment: str | None) -> float | None:
    """A time of the service's, since the epoch; None for what is not one."""
    try:
        return None if moment is None else read_time(moment).timestamp()
    except Malformed:
        return None


def end_clusters(client: Client, project: str, report: Report) -> list[str]:
    """Delete what is over in the client's project; the ids of its clusters.

    Errors are noted in the report; the rest of the clusters are looked at nevertheless.

    Raises:
        DiscoClientError: the project's clusters cannot be listed.
    """
    listed = client.list()
    report.projects += 1
    report.clusters += len(listed)
    for known in listed:
        if known.status.startswith(f"{DELETE}_") and known.is_busy:
            continue
        try:
            cluster = client.get(known.id)
            reason = end_reason(cluster, report.time)
            if reason is None:
                continue
            if not report.dry_run:
                client.delete(cluster.id)
            report.deleted.append(Deed(cluster.id, project, reason))
        except NotFound:
            continue  # somebody else was faster, or it deleted itself
        except DiscoClientError as error:
            report.fail(known.id, project, error)
    return [one.id for one in listed]
