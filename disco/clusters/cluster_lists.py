"""The clusters of a project in a list: all, a page of them, and what is kept of lists before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import starmap

from disco.clusters.list_health import ListHealth
from disco.clusters.list_progress import ListProgress
from disco.clusters.listing import MOST_BYTES, KeptPieces, Listing
from disco.clusters.monitoring import Monitoring
from disco.clusters.view import Cluster, ClusterView
from disco.heat.stack_pages import StackPages, stacks_after
from disco.heat.stack_texts import StackTexts
from disco.heat.stacks import Stack, Stacks
from disco.openstack.session import Login


class ClusterLists:
    """Lists of the caller's clusters; shared by all requests, safe for threads."""

    def __init__(self, view: ClusterView, monitoring: Monitoring, keep: bool) -> None:
        """With ``keep`` what is made of a stack is kept as long as Heat says the same of it."""
        self._view = view
        self._progress = ListProgress(view.progress)
        self._health = ListHealth(monitoring)
        self._kept = KeptPieces(MOST_BYTES if keep else 0)

    def list(self, login: Login, ask: bool = False) -> list[Cluster]:
        """The project's clusters, with what one call to Heat tells, and a few more at times.

        ``ask`` has their masters asked, too, how they are now.
        """
        return [*self._listed(login, Stacks(login).list(), ask)]

    def list_after(
        self, login: Login, cluster_id: str | None, wanted: int, ask: bool = False
    ) -> Iterator[Cluster]:
        """As ``list``, but after one of them and bit by bit: as ``stacks_after``."""
        return self._listed(login, stacks_after(Stacks(login), cluster_id, wanted), ask)

    def may_tell_health(self, login: Login, ask: bool) -> bool:
        """Whether a list may have more than what Heat says of its clusters."""
        return ask or self._health.knows(login)

    def listing(self, login: Login) -> Listing:
        """As ``list``, for who wants to keep what is made of the clusters."""
        return self._listing(login, StackTexts(Stacks(login)))

    def listing_after(self, login: Login, cluster_id: str | None, wanted: int) -> Listing:
        """As ``listing``, but after one of them and bit by bit: as ``StackPages``."""
        return self._listing(login, StackPages(Stacks(login), cluster_id, wanted))

    def _listing(self, login: Login, texts: StackTexts | StackPages) -> Listing:
        return Listing(texts, self._kept, partial(self._listed, login, ask=False))

    def _listed(self, login: Login, stacks: Iterable[Stack], ask: bool) -> Iterator[Cluster]:
        told = self._health.read(login, self._progress.read(login, stacks), ask)
        return starmap(self._view.listed, told)
