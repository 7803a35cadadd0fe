"""Reads one cluster's events for all who follow it.

Each of them has shown with a page that it read for itself that it may see the cluster. From
then on one reading serves all, made with the login of one that is still there. Keystone is asked
about each login again before it is older than any other session may become.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from disco import request_id
from disco.errors import AuthenticationFailed, DiscoError, Forbidden, NotFound
from disco.openstack.errors import refused
from disco.openstack.session import Login
from disco.status.events import EventPage
from disco.status.recent_events import RecentEvents

LOG = logging.getLogger(__name__)

#: seconds between two looks at a cluster
PAUSE = 1.0
#: seconds without followers after which a cluster is not remembered: who waits comes again
LINGER = 3.0
#: seconds for which what was read last serves who comes
FRESH = 2.5
#: readings of one look for followers whose place is not kept any more, and of one follower
MAX_CATCH_UP, MAX_OF_FOLLOWER = 2, 3
#: logins of which Keystone is asked in one look, the oldest first
MAX_RENEWED = 2
#: logins that are tried in one look where the cloud refuses one
_MAX_LOGINS = 3
#: as ``Clusters.follow``
Follow = Callable[[Login, str, str | None, bool], Iterator[EventPage]]


class Followed(NamedTuple):
    """What is read at once: a cluster as a project sees it in a region, with its nodes or not."""

    project_id: str
    region: str | None
    cluster_id: str
    ask_nodes: bool

    @classmethod
    def by(cls, login: Login, cluster_id: str, ask_nodes: bool) -> Followed:
        """What the owner of a login follows."""
        return cls(login.project_id, login.region, cluster_id, ask_nodes)


class Listener(ABC):
    """Somebody who follows a cluster and has been told all up to a marker."""

    def __init__(self, login: Login, marker: str) -> None:
        self.login = login
        self.marker = marker
        #: of the request that it waits for
        self.request_id = request_id.current()
        self.catches = 0

    @abstractmethod
    def renew(self) -> Login:
        """The session of its credentials: the same while it is young enough.

        Raises:
            DiscoError: Keystone refuses them now, or cannot be asked.
        """

    @abstractmethod
    def told(self, page: EventPage) -> None:
        """Take what is new since ``marker``; often nothing."""

    @abstractmethod
    def failed(self, error: DiscoError | None) -> None:
        """Nothing more comes; None where its place is not known, so that it has to begin anew."""


class ClusterReader:
    """The reader of one cluster; one thread at a time looks.

    Attributes:
        due: when to look next, by the monotonic clock.
        is_busy: whether a thread looks now.
        is_over: whether the cluster is not read any more.
    """

    def __init__(self, followed: Followed, follow: Follow, since: str, first: EventPage) -> None:
        """``first`` is the page that the first follower has read since ``since``."""
        self.followed = followed
        self.due = time.monotonic() + PAUSE
        self.is_busy = self.is_over = False
        self._follow = follow
        self._recent = RecentEvents(since)
        self._recent.add(first)
        self._changing = threading.Lock()
        self._last, self._read_at = first, time.monotonic()
        self._listeners: set[Listener] = set()
        #: logins that have read the cluster, and when one of their followers was here last
        self._logins: dict[int, tuple[Login, float]] = {}
        self._left_at = time.monotonic()
        self._source: tuple[Login, Iterator[EventPage]] | None = None

    def add(self, listener: Listener) -> None:
        """Tell somebody what looks find that begin from now on."""
        self._listeners.add(listener)
        self.note(listener.login)

    def note(self, login: Login) -> None:
        """Remember that a login has read the cluster for itself."""
        with self._changing:
            self._logins[id(login)] = (login, time.monotonic())

    def _stays(self, login: Login) -> None:
        """Remember a login for longer; one that has not read the cluster itself has to."""
        with self._changing:
            if self._logins.pop(id(login), None) is not None:
                self._logins[id(login)] = (login, time.monotonic())

    def remove(self, listener: Listener) -> None:
        """Tell it nothing more."""
        self._listeners.discard(listener)
        if not self._listeners:
            self._left_at = time.monotonic()

    def has(self, listener: Listener) -> bool:
        """Whether it is still told."""
        return listener in self._listeners

    @property
    def is_forgotten(self) -> bool:
        """Whether nobody has followed for a while."""
        return not self._listeners and time.monotonic() - self._left_at > LINGER

    @property
    def is_old(self) -> bool:
        """Whether it is over, or knows nothing new because nobody follows."""
        is_stale = time.monotonic() - self._read_at > FRESH
        return self.is_over or (is_stale and not self._listeners and not self.is_busy)

    def page_for(self, login: Login, since: str) -> EventPage | None:
        """What is known since a marker, if that is no older than what a look would find.

        None where the login has not read this cluster itself, what was read is old, or the
        marker is not known.
        """
        with self._changing:
            known, last = self._logins.get(id(login)), self._last
        is_old = time.monotonic() - self._read_at > FRESH
        if known is None or known[0] is not login or is_old or self.is_over:
            return None
        with self._changing:
            found = self._recent.after(since)
        return None if found is None else EventPage(*found, last.status, last.at_rest)

    def look(self) -> None:
        """Read once, with the login of somebody who is there, and tell all."""
        present = list(self._listeners.copy())
        began = time.monotonic()
        with self._changing:
            self._logins = {k: v for k, v in self._logins.items() if v[1] > began - LINGER}
        try:
            present = self._renewed(present)
            if not present:
                return
            page = self._read(present)
        except NotFound as error:
            self.end(error)
        except DiscoError as error:
            LOG.info("followers of %s: %s", self.followed.cluster_id, error.message)
            self.end(error)
        else:
            if page is not None:
                self._tell([one for one in present if self.has(one)], page)
                self._last, self._read_at = page, began

    def _renewed(self, present: Sequence[Listener]) -> list[Listener]:
        """Those whose credentials are good, as far as is known.

        Who has other roles than before begins anew: the cloud says whether these may read.
        Where there are more old sessions than are renewed in one look, the next ones go on.
        """
        by_login: dict[int, list[Listener]] = {}
        for one in present:
            by_login.setdefault(id(one.login), []).append(one)
        good = []
        asked = 0
        for same in sorted(by_login.values(), key=lambda same: same[0].login.opened):
            old = same[0].login
            try:
                new = same[0].renew() if asked < MAX_RENEWED else old
                if (new.project_id, new.user_id, new.region) != (
                    old.project_id, old.user_id, old.region,
                ):  # fmt: skip
                    raise refused()
            except DiscoError as error:
                asked += 1
                self._dismiss(same, error)
                continue
            asked += new is not old
            if new.roles != old.roles:
                self._dismiss(same, None)
                continue
            for one in same:
                one.login = new
            self._stays(new)
            good += same
        return good

    def _read(self, present: Sequence[Listener]) -> EventPage | None:
        """The next page; a login that the cloud refuses takes its own followers along alone."""
        left = list(present)
        for _ in range(_MAX_LOGINS):
            if not left:
                break
            login, pages = self._pages(left)
            try:
                page = next(pages)
                self.note(login)
                return page
            except (AuthenticationFailed, Forbidden) as error:
                self._source = None
                self._dismiss([one for one in left if one.login is login], error)
                left = [one for one in left if one.login is not login]
        return None

    def _pages(self, present: Sequence[Listener]) -> tuple[Login, Iterator[EventPage]]:
        """Whose login reads, and its pages: the same one as long as it is here."""
        source = self._source
        one = next((one for one in present if source and one.login is source[0]), None)
        if source is None or one is None:
            one, since = present[0], self._recent.marker
            followed = self.followed
            pages = self._follow(one.login, followed.cluster_id, since or None, followed.ask_nodes)
            source = self._source = (one.login, pages)
        request_id.begin(one.request_id)
        return source

    def _tell(self, present: Sequence[Listener], page: EventPage) -> None:
        before = self._recent.marker
        with self._changing:
            new = self._recent.add(page)
        pages = {before: EventPage(new, page.marker, page.status, page.at_rest)}
        behind = []
        for one in present:
            if one.marker not in pages:
                found = self._recent.after(one.marker)
                if found is None:
                    behind.append(one)
                    continue
                pages[one.marker] = EventPage(*found, page.status, page.at_rest)
            self._hand(one, pages[one.marker])
        for one in behind[:MAX_CATCH_UP]:
            self._catch_up(one)

    def _catch_up(self, one: Listener) -> None:
        """Read for a follower alone what is not kept for all."""
        one.catches += 1
        if one.catches > MAX_OF_FOLLOWER:
            self._dismiss([one], None)
            return
        request_id.begin(one.request_id)
        followed = self.followed
        try:
            page = next(
                self._follow(one.login, followed.cluster_id, one.marker, followed.ask_nodes)
            )
        except DiscoError as error:
            self._dismiss([one], error)
            return
        self._hand(one, page)

    def _hand(self, one: Listener, page: EventPage) -> None:
        if page.events:
            one.marker = page.marker
        one.told(page)

    def _dismiss(self, some: Sequence[Listener], error: DiscoError | None) -> None:
        for one in some:
            self.remove(one)
            with self._changing:
                self._logins.pop(id(one.login), None)
            one.failed(error)

    def end(self, error: DiscoError) -> None:
        """Read no more, and tell all why."""
        self.is_over = True
        self._dismiss(list(self._listeners.copy()), error)
