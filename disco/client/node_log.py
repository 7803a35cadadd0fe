"""The master's log server: logs and events that nodes wrote while they installed."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from disco.client.errors import NotFound, Unreachable
from disco.client.session_errors import connection_failure

PORT = 8084
#: folder of the same files on each node
FOLDER = "/home/ubuntu/webserver"
DEPLOYMENT_LOG = "deployment.log"
EVENTS = "events.jsonl"
#: bytes of a log that are read at most, so that a node cannot fill this machine
LIMIT = 64 * 1024 * 1024


class NodeLog:
    """Files of the log server of one cluster's master.

    Args:
        address: the master's, as in ``Cluster.address``.
        timeout: seconds for a connection, and for each piece of an answer.
    """

    def __init__(self, address: str, timeout: float = 5.0, port: int = PORT) -> None:
        self._base = f"http://{address}:{port}/"
        self._timeout = timeout
        self._http = requests.Session()
        # a proxy of the environment does not reach private networks; no credentials go here
        self._http.trust_env = not _is_private(address)

    def text(self, path: str = DEPLOYMENT_LOG) -> str:
        """A file's content.

        Raises:
            NotFound: the log server has no such file.
            Unreachable: it cannot be reached, or answers with an error.
        """
        url = f"{self._base}{quote(path)}"
        try:
            with self._http.get(url, timeout=self._timeout, stream=True) as answer:
                if answer.status_code == 404:
                    raise NotFound(f"Unknown log {path}.", status=404, code="unknown-log")
                if answer.status_code != 200:
                    raise Unreachable(f"Cannot read {url} (it answered {answer.status_code}).")
                body = bytearray()
                for piece in answer.iter_content(65536):
                    body += piece
                    if len(body) >= LIMIT:
                        break
        except requests.RequestException as error:
            raise Unreachable(f"Cannot read {url} ({connection_failure(error)}).") from error
        return body.decode("utf-8", "replace")

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
    """The events of an ``events.jsonl``, without a line that is still being written."""
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("node"), str):
            yield event


def _is_private(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip.is_private or ip.is_loopback
