"""What the nodes themselves tell: the master's log server, as far as it can be reached.

Who owns a stack chooses what its outputs say. So an address is asked only if
Neutron knows it as a floating IP of the caller's project, on one port, for a few
fixed paths; no redirect and no proxy is followed, and time and size are limited.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache, TTLCache

from disco.errors import DiscoError
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.session import Login

LOG = logging.getLogger(__name__)

PORT = 8084
MAX_BYTES = 512 * 1024
CONNECT_S = 1.0
#: how long an address that did not answer is left alone at first; doubled each time
FIRST_S = 3.0
#: likewise, at most, while somebody waits for the nodes to come up
WAITING_S = 6.0
#: likewise, at most; and how long an answer of Neutron's is good for
FORGET_S = 60.0
_REMEMBERED = 1024
Key = tuple[str, str]


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

    def read(self, login: Login, address: str, path: str, seconds: float) -> str | None:
        """The text of a file of the master's log folder; None where there is none."""
        key = (login.project_id, address)
        try:
            text = _fetch(address, path, seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            LOG.debug("%s does not answer: %r", address, error)
            # a refusal is an answer: the node is there, and its log server soon will be
            refused = isinstance(error, ConnectionError | http.client.HTTPException)
            with self._lock:
                failures = 0 if refused else self._silent.get(key, (0.0, 0))[1]
                self._silent[key] = (time.monotonic(), failures + 1)
            return None
        with self._lock:
            self._silent.pop(key, None)
        return text


def _plausible(text: str) -> bool:
    """An address, and none of those where a cloud or a machine answers for itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _is_own_floating_ip(login: Login, address: str) -> bool:
    try:
        floating_ips = CloudCatalogue(login).pages(
            "network", "/floatingips", "floatingips", floating_ip_address=address
        )
    except DiscoError as error:
        LOG.debug("floating IPs cannot be listed: %s", error.message)
        return False
    return any(
        one.get("floating_ip_address") == address
        and login.project_id in (one.get("project_id"), one.get("tenant_id"))
        for one in floating_ips
    )


def _fetch(address: str, path: str, seconds: float) -> str | None:
    deadline = time.monotonic() + seconds
    connection = http.client.HTTPConnection(address, PORT, timeout=min(CONNECT_S, seconds))
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        if response.status != http.client.OK:
            return None
        content = b""
        while len(content) <= MAX_BYTES and time.monotonic() < deadline:
            piece = response.read1(65536)
            if not piece:
                return content.decode("utf-8", "replace")
            content += piece
        raise ValueError("too long or too slow")
    finally:
        connection.close()


def records(text: str) -> list[dict[str, Any]]:
    """The whole lines of an ``events.jsonl``; an empty object for a line that is not one."""
    objects = []
    for line in text.split("\n")[:-1]:
        try:
            record = json.loads(line)
        except ValueError:
            record = {}
        objects.append(record if isinstance(record, dict) else {})
    return objects
