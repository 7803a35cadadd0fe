"""How many clusters were created, were completed and failed, for operators' numbers.

A cluster's end is seen by whoever looks at it next, in any process, any number of times. So a
cluster that is being created has a mark, an empty file in a folder that all processes of the
service share, and who removes it counts the end: removing a file succeeds once. Clusters that
were complete when the service started have no mark and are not counted.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from disco import metrics
from disco.attributes import FRAMEWORKS, TAG_ATTRIBUTES
from disco.components.loader import Catalogue
from disco.heat.stack_status import CREATE, DELETE
from disco.heat.stacks import Stack
from disco.untrusted import Malformed, read_time

LOG = logging.getLogger(__name__)

#: marks at a time; a cluster that nobody looks at any more keeps its mark until the service ends
MAX_MARKS = 10_000
#: times that are kept of each framework
MAX_TIMES = 20
UNKNOWN = "unknown"


class Outcomes:
    """Counts the clusters' ends; made before the processes fork, so that they share its key."""

    def __init__(self, components: Catalogue) -> None:
        self._components = components
        self._key = secrets.token_bytes(32)
        self._own: set[str] = set()
        self._took: dict[str, deque[float]] = {}

    def created(self, cluster_id: str, frameworks: Iterable[str]) -> None:
        """A cluster was handed to Heat."""
        for name in self._known(frameworks):
            metrics.CLUSTERS_CREATED.labels(name).inc()
        self._mark(cluster_id)

    def seen(self, stack: Stack, step: str | None = None) -> None:
        """A cluster was looked at.

        Args:
            stack: of the cluster.
            step: that failed, if it did; None where that was not asked for. Then a failure is
                not counted yet: who sees it in a list asks for more, or deletes it.
        """
        try:
            self._see(stack, step)
        except Exception:
            # a number is not worth an answer, and least of all a delete
            LOG.warning("a cluster's end could not be counted", exc_info=True)

    def _see(self, stack: Stack, step: str | None) -> None:
        status = stack.status
        if status.action == CREATE and status.is_in_progress:
            self._mark(stack.cluster_id)
        elif status.action == DELETE:
            self._take(stack.cluster_id)
        elif status.action == CREATE and status.is_failed:
            if step is not None and self._take(stack.cluster_id):
                for name in self._frameworks(stack):
                    metrics.CLUSTERS_FAILED.labels(name, self._step(step)).inc()
        elif status.is_complete and self._take(stack.cluster_id):
            with contextlib.suppress(Malformed):
                seconds = max(time.time() - read_time(stack.created).timestamp(), 0.0)
                for name in self._frameworks(stack):
                    metrics.CLUSTERS_COMPLETED.labels(name).observe(seconds)
                    self._took.setdefault(name, deque(maxlen=MAX_TIMES)).append(seconds)

    def usual_seconds(self) -> dict[str, int]:
        """By framework, how long clusters with it took of late until they were seen complete.

        The median of those that this process saw; nothing of whose they are.
        """
        return {name: round(median(times)) for name, times in list(self._took.items())}

    def _frameworks(self, stack: Stack) -> list[str]:
        tags = (tag.partition("=") for tag in stack.tags)
        texts = [value for name, _, value in tags if TAG_ATTRIBUTES.get(name) == FRAMEWORKS]
        return self._known(name for text in texts for name in text.split("+"))

    def _known(self, names: Iterable[str]) -> list[str]:
        """Only components of the service: tags can be written by others."""
        return [n for n in dict.fromkeys(names) if n in self._components] or ["none"]

    def _step(self, text: str) -> str:
        """The step as it is declared; nodes say which, and a label is nothing of theirs."""
        component, _, state = text.partition(":")
        known = component in self._components
        if known and state in self._components[component].states:
            return f"{component}:{state}"
        return component if known else UNKNOWN

    # -- marks -------------------------------------------------------------------

    def _name(self, cluster_id: str) -> str:
        return hashlib.blake2b(cluster_id.encode(), key=self._key, digest_size=16).hexdigest()

    def _mark(self, cluster_id: str) -> None:
        name, folder = self._name(cluster_id), _folder()
        if folder is None:
            if len(self._own) < MAX_MARKS:
                self._own.add(name)
            return
        with contextlib.suppress(OSError):
            if not (folder / name).exists() and len(os.listdir(folder)) < MAX_MARKS:
                (folder / name).touch(mode=0o600)

    def _take(self, cluster_id: str) -> bool:
        """Whether the cluster had a mark, which it has no more."""
        name, folder = self._name(cluster_id), _folder()
        if folder is None:
            had = name in self._own
            self._own.discard(name)
            return had
        try:
            (folder / name).unlink()
        except OSError:
            return False
        return True


def _folder() -> Path | None:
    """The folder of the marks; None where there is a single process."""
    shared = os.environ.get(metrics.SHARED_FOLDER)
    if not shared:
        return None
    folder = Path(shared) / "marks"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder
