"""What the nodes themselves tell: the master's log server, as far as it can be reached.

Who owns a stack chooses what its outputs say. So an address is asked only if
Neutron knows it as a floating IP of the caller's project, on one port, for a few
fixed paths; no redirect and no proxy is followed, and time, size and the number of
readings at a time are limited. A node that does not answer costs its owner that part of
the answer, and nobody else anything.
"""

from __future__ import annotations

import http.client
import ipaddress
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache, TTLCache

from disco.errors import DiscoError
from disco.metrics import REFUSED, cloud_call
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.session import Login
from disco.status.bounded_http import TooMuch, fetch
from disco.untrusted import Malformed, read_json_object

LOG = logging.getLogger(__name__)

PORT = 8084
MAX_BYTES = 512 * 1024
#: lines of an events file that are read, and bytes of each; DISCO's own have about 120
MAX_LINES, MAX_LINE = 8192, 4096
#: lines with a word that is looked for
MAX_MENTIONS = 1000
CONNECT_S = 1.0
#: readings of a process at a time, each of which holds a thread, and of one project's nodes
#: among them; the server has more threads than these and the followers take together
MAX_READINGS, MAX_OF_PROJECT = 4, 2
#: how long a place is waited for: a reading of a sound node takes milliseconds
PLACE_S = 0.25
#: how long an address that did not answer is left alone at first; doubled each time
FIRST_S = 3.0
#: likewise, at most, while somebody waits for the nodes to come up
WAITING_S = 6.0
#: likewise, at most; and how long an answer of Neutron's is good for
FORGET_S = 60.0
_REMEMBERED = 1024
Key = tuple[str, str]


class NoPlace(Exception):
    """As many nodes are read as may be at a time."""


class Places:
    """The readings of nodes that run now in this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, project: str) -> Iterator[None]:
        """Hold a place while a node of a project is read.

        Raises:
            NoPlace: there is none, and none became free.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_free(project), PLACE_S):
                REFUSED.labels("node-readings").inc()
                raise NoPlace
            self._taken[project] += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken[project] -= 1
                self._taken += Counter()  # without projects that have none
                self._changed.notify_all()

    def _is_free(self, project: str) -> bool:
        return self._taken.total() < MAX_READINGS and self._taken[project] < MAX_OF_PROJECT


@dataclass
class NodeLogs:
    """Reads the log servers of masters; shared by all requests, safe for threads.

    It remembers for a while which addresses may be asked and which do not
    answer, so that a cloud whose floating IPs are out of reach costs little.
    """

    #: whether an address is the project's
    _owned: TTLCache[Key, bool] = field(default_factory=lambda: TTLCache(_REMEMBERED, FORGET_S))
    #: since when an address is silent, and how often it has been in a row
    _silent: LRUCache[Key, tuple[float, int]] = field(default_factory=lambda: LRUCache(_REMEMBERED))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _places: Places = field(default_factory=Places)

    def may_ask(
        self, login: Login, address: str, waiting: bool = False, last: bool = False
    ) -> bool:
        """Whether ``address`` is a floating IP of the caller's and answered when last asked.

        While somebody is ``waiting`` for nodes to come up, silence is expected to end soon.
        Where it is the ``last`` time to ask, earlier silence does not count.
        """
        if not _plausible(address):
            return False
        key = (login.project_id, address)
        with self._lock:
            since, failures = self._silent.get(key, (0.0, 0))
            own = self._owned.get(key)
        pause = min(WAITING_S if waiting else FORGET_S, FIRST_S * 2 ** min(failures - 1, 8))
        if failures and not last and time.monotonic() < since + pause:
            return False
        if own is not None:
            return own
        own = _is_own_floating_ip(login, address)
        with self._lock:
            self._owned[key] = own
        return own

    def learn_owned(self, login: Login, addresses: Sequence[str]) -> None:
        """Ask Neutron once which of several addresses are the project's, for ``may_ask``."""
        with self._lock:
            new = [a for a in addresses if (login.project_id, a) not in self._owned]
        if len(new) < 2:
            return
        try:
            own = {
                one.get("floating_ip_address")
                for one in _floating_ips(login, project_id=login.project_id)
                if _is_of(login, one)
            }
        except DiscoError as error:
            LOG.debug("floating IPs cannot be listed: %s", error.message)
            return
        with self._lock:
            self._owned.update({(login.project_id, a): a in own for a in new})

    def read(
        self, login: Login, address: str, path: str, seconds: float, max_bytes: int = MAX_BYTES
    ) -> str | None:
        """The text of a file of the master's log folder.

        None where there is none, where it does not arrive within ``seconds``, and where as
        many nodes are read as may be at a time.
        """
        try:
            return self.read_in_place(login, address, path, seconds, max_bytes)
        except NoPlace:
            LOG.debug("%s is not asked: too many nodes are read", address)
            return None

    def read_in_place(
        self, login: Login, address: str, path: str, seconds: float, max_bytes: int = MAX_BYTES
    ) -> str | None:
        """As ``read``, for who reads many files, and should stop where there is no place.

        Raises:
            NoPlace: as many nodes are read as may be at a time.
        """
        key = (login.project_id, address)
        try:
            with self._places.take(login.project_id), cloud_call("node"):
                content = _fetch(address, path, seconds, max_bytes)
        except (OSError, http.client.HTTPException, ValueError) as error:
            LOG.debug("%s does not answer: %r", address, error)
            # a refusal is an answer: the node is there, and its log server soon will be
            refused = isinstance(error, ConnectionError | http.client.HTTPException | TooMuch)
            with self._lock:
                failures = 0 if refused else self._silent.get(key, (0.0, 0))[1]
                self._silent[key] = (time.monotonic(), failures + 1)
            return None
        with self._lock:
            self._silent.pop(key, None)
        return None if content is None else content.decode("utf-8", "replace")


def _plausible(text: str) -> bool:
    """An address, and none of those where a cloud or a machine answers for itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _is_own_floating_ip(login: Login, address: str) -> bool:
    try:
        found = [*_floating_ips(login, floating_ip_address=address)]
    except DiscoError as error:
        LOG.debug("floating IPs cannot be listed: %s", error.message)
        return False
    return any(one.get("floating_ip_address") == address and _is_of(login, one) for one in found)


def _floating_ips(login: Login, **wanted: str) -> Iterable[dict[str, Any]]:
    return CloudCatalogue(login).pages("network", "/floatingips", "floatingips", **wanted)


def _is_of(login: Login, one: dict[str, Any]) -> bool:
    return login.project_id in (one.get("project_id"), one.get("tenant_id"))


def _fetch(address: str, path: str, seconds: float, max_bytes: int) -> bytes | None:
    return fetch(
        address, PORT, path, seconds=seconds, connect_seconds=CONNECT_S, max_bytes=max_bytes
    )


def records(text: str, after: int = 0, most: int = MAX_LINES) -> Iterator[dict[str, Any]]:
    """At most ``most`` of the whole lines of an ``events.jsonl`` that come after the first ones.

    An empty object stands for a line that is not one. Lines beyond the first 8192 do not
    count: no node of DISCO's writes so many into a file that is read.
    """
    begin = 0
    for number in range(min(after + most, MAX_LINES)):
        end = text.find("\n", begin)
        if end < 0:
            return
        if number >= after:
            yield _record(text[begin:end])
        begin = end + 1


def records_with(text: str, word: str) -> Iterator[dict[str, Any]]:
    """The records of the first lines in which a word occurs; the others are not parsed."""
    at = text.find(word)
    for _ in range(MAX_MENTIONS):
        end = text.find("\n", at)
        if at < 0 or end < 0:
            return
        yield _record(text[text.rfind("\n", 0, at) + 1 : end])
        at = text.find(word, end)


def _record(line: str) -> dict[str, Any]:
    try:
        return read_json_object(line, max_bytes=MAX_LINE, max_depth=4, max_values=64)
    except Malformed:
        return {}
