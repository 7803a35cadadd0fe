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
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from disco.errors import DiscoError
from disco.heat.catalogue import CloudCatalogue
from disco.heat.session import Login

LOG = logging.getLogger(__name__)

PORT = 8084
MAX_BYTES = 512 * 1024
CONNECT_S = 1.0
#: how long an address that did not answer, or is not the project's, is left alone
FORGET_S = 60.0
#: likewise, where the node answers and its log server does not yet
REFUSED_S = 3.0
_REMEMBERED = 1024


@dataclass
class NodeLogs:
    """Reads the log servers of masters; shared by all requests, safe for threads.

    It remembers for a minute which addresses may be asked and which do not
    answer, so that a cloud whose floating IPs are out of reach costs little.
    """

    _known: OrderedDict[tuple[str, str], tuple[float, bool]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def may_ask(self, login: Login, address: str) -> bool:
        """Whether ``address`` is a floating IP of the caller's and answered when last asked."""
        if not _plausible(address):
            return False
        key = (login.project_id, address)
        with self._lock:
            until, good = self._known.get(key, (0.0, False))
        if until > time.monotonic():
            return good
        good = _is_own_floating_ip(login, address)
        self._remember(key, good)
        return good

    def read(self, login: Login, address: str, path: str, seconds: float) -> str | None:
        """The text of a file of the master's log folder; None where there is none."""
        try:
            return _fetch(address, path, seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            LOG.debug("%s does not answer: %r", address, error)
            # a refusal is an answer: the node is there, and its log server soon will be
            early = isinstance(error, ConnectionError | http.client.HTTPException)
            pause = REFUSED_S if early else FORGET_S
            self._remember((login.project_id, address), False, pause)
            return None

    def _remember(self, key: tuple[str, str], good: bool, seconds: float = FORGET_S) -> None:
        with self._lock:
            self._known[key] = (time.monotonic() + seconds, good)
            self._known.move_to_end(key)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def _plausible(text: str) -> bool:
    """An address, and none of those where a cloud or a machine answers for itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _is_own_floating_ip(login: Login, address: str) -> bool:
    try:
        found = CloudCatalogue(login).pages(
            "network", f"/v2.0/floatingips?floating_ip_address={address}", "floatingips"
        )
    except DiscoError as error:
        LOG.debug("floating IPs cannot be listed: %s", error.message)
        return False
    return any(
        one.get("floating_ip_address") == address
        and login.project_id in (one.get("project_id"), one.get("tenant_id"))
        for one in found
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
    """The whole lines of an ``events.jsonl``; what is no object stands for nothing."""
    found = []
    for line in text.split("\n")[:-1]:
        try:
            record = json.loads(line)
        except ValueError:
            record = {}
        found.append(record if isinstance(record, dict) else {})
    return found
