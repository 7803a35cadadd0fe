"""The project's clusters page by page, for projects that have thousands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import urlencode

from disco.errors import NotFound
from disco.heat.reads import SERVICE
from disco.heat.stack_texts import read_texts
from disco.heat.stacks import LISTED, Stack, Stacks
from disco.openstack.answers import TEXT, read_object
from disco.openstack.errors import cloud_errors
from disco.openstack.retrying_session import NotUnderstood
from disco.spec import stack_name

T = TypeVar("T")
#: stacks in one answer of Heat's, the project's own among them; no more than are asked for
_FEWEST, _MOST = 20, 500


class StackPages:
    """The stacks that come after a cluster's in a list, the newest first.

    Heat is asked for the next page when the ones before were looked at.
    """

    def __init__(self, stacks: Stacks, cluster_id: str | None, wanted: int) -> None:
        """Find the cluster.

        Args:
            stacks: of the project.
            cluster_id: the one that the page before ended with; None to begin.
            wanted: about how many will be looked at.

        Raises:
            NotFound: the project has no such cluster any more.
            CloudError: and its relatives, when Heat fails.
        """
        self._stacks = stacks
        self._size = min(max(wanted, _FEWEST), _MOST)
        self._begin = None if cluster_id is None else _stack_id(stacks, cluster_id)
        self._asked: dict[str | None, Any] = {}

    def read(self, known: Callable[[bytes], T | None]) -> Iterator[tuple[bytes, T | Stack | None]]:
        """As ``read_texts``; Heat is asked once for each page, however often they are read.

        Raises:
            CloudError: and its relatives, when Heat fails.
        """
        marker, before = self._begin, set()
        while True:
            before.add(marker)
            count, text = 0, b""
            for text, found in read_texts(self._page(marker), known):
                yield text, found
                count += 1
            # a proxy may have Heat answer with fewer than were asked for
            if count < _FEWEST:
                return
            with cloud_errors(SERVICE):
                marker = str(read_object(json.loads(text), {"id": TEXT}, "stack")["id"])
                if marker in before:
                    raise NotUnderstood("stacks is a list whose pages lead back to one another")

    def _page(self, marker: str | None) -> Any:
        if marker not in self._asked:
            query = {**LISTED, "limit": self._size, **({"marker": marker} if marker else {})}
            self._asked[marker] = self._stacks.read(f"/stacks?{urlencode(query)}")
        return self._asked[marker]


def stacks_after(stacks: Stacks, cluster_id: str | None, wanted: int) -> Iterator[Stack]:
    """The project's clusters that come after one in a list, bit by bit: as ``StackPages``."""
    for _, found in StackPages(stacks, cluster_id, wanted).read(lambda _: None):
        if isinstance(found, Stack):
            yield found


def _stack_id(stacks: Stacks, cluster_id: str) -> str:
    name = stack_name(cluster_id)
    answer = stacks.read(f"/stacks?{urlencode({'name': name})}")
    for text, found in read_texts(answer, lambda _: None):
        if isinstance(found, Stack) and found.name == name:
            return str(json.loads(text)["id"])
    raise NotFound(f"The Stack ({name}) could not be found.")
