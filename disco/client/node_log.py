"""The master's log server: logs and events that nodes wrote while they installed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from disco.client import checks
from disco.client.deadline import DeadlineAdapter, time_limit
from disco.client.errors import InvalidAnswer, NotFound, Unreachable
from disco.client.event import read_event
from disco.connection_failure import connection_failure
from disco.untrusted import Malformed, read_json

PORT = 8084
#: folder of the same files on each node
FOLDER = "/home/ubuntu/webserver"
DEPLOYMENT_LOG = "deployment.log"
EVENTS = "events.jsonl"
#: bytes of a log that are read at most, so that a node cannot fill this machine
LIMIT = 64 * 1024 * 1024
#: seconds for a file as a whole
SECONDS = 60.0
#: of a line of events
_MAX_LINE = 64 * 1024


class NodeLog:
    """Files of the log server of one cluster's master.

    Args:
        address: the master's, as in ``Cluster.address``.
        timeout: seconds for a connection, and for each piece of an answer.
        port: its TCP port.
        seconds: for a file as a whole.

    Raises:
        InvalidAnswer: the address is no IP address.
    """

    def __init__(
        self, address: str, timeout: float = 5.0, port: int = PORT, seconds: float = SECONDS
    ) -> None:
        host = checks.address(address, "address of the master")
        self._base = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self._timeout = timeout
        self._seconds = seconds
        self._http = requests.Session()
        # a proxy of the environment does not reach private networks; no credentials go here
        self._http.trust_env = not _is_private(host)
        self._http.auth = _nobody  # nor those of a .netrc
        self._http.mount("http://", DeadlineAdapter())

    def text(self, path: str = DEPLOYMENT_LOG) -> str:
        """A file's content.

        Raises:
            NotFound: the log server has no such file.
            Unreachable: it cannot be reached, or answers with an error.
        """
        url = f"{self._base}{quote(path)}"
        try:
            # a node must not send its readers elsewhere
            with (
                time_limit(self._seconds) as limit,
                self._http.get(
                    url, timeout=self._timeout, stream=True, allow_redirects=False
                ) as answer,
            ):
                if answer.status_code == 404:
                    raise NotFound(f"Unknown log {path}.", status=404, code="unknown-log")
                if answer.status_code != 200:
                    raise Unreachable(f"Cannot read {url} (it answered {answer.status_code}).")
                body = bytearray()
                for piece in answer.iter_content(65536):
                    body += piece
                    if len(body) >= LIMIT:
                        break
                if limit.over:
                    raise Unreachable(f"Cannot read {url} (not complete in {self._seconds:g} s).")
        except requests.RequestException as error:
            raise Unreachable(f"Cannot read {url} ({connection_failure(error)}).") from error
        return body[:LIMIT].decode("utf-8", "replace")

    def events(self) -> list[dict[str, Any]]:
        """The master's steps; none before it has written any.

        Raises:
            Unreachable: the log server cannot be reached.
        """
        try:
            return list(read_events(self.text(EVENTS)))
        except NotFound:
            return []


def read_events(text: str) -> Iterator[dict[str, Any]]:
    """The events of an ``events.jsonl``, without lines that are none or still being written."""
    for line in text.split("\n"):
        try:
            event = read_event(read_json(line, max_bytes=_MAX_LINE))
        except (Malformed, InvalidAnswer):
            continue
        if event.get("node"):
            yield event


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Credentials that are none."""
    return request


def _is_private(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip.is_private or ip.is_loopback
