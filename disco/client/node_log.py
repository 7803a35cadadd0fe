"""The master's log server: what nodes wrote down while they installed themselves."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import requests

from disco.client.errors import NotFound, Unreachable

PORT = 8084
#: folder of the same files on each node
FOLDER = "/home/ubuntu/webserver"
DEPLOYMENT_LOG = "deployment.log"
EVENTS = "events.jsonl"
#: bytes of a log that are read at most; nodes are not to fill this machine
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
            NotFound: there is no such file.
            Unreachable: the log server cannot be reached, or does not serve.
        """
        url = f"{self._base}{quote(path)}"
        try:
            with self._http.get(url, timeout=self._timeout, stream=True) as answer:
                if answer.status_code == 404:
                    raise NotFound(f"There is no log {path}.", status=404, code="unknown-log")
                if answer.status_code != 200:
                    raise Unreachable(f"{url} answers {answer.status_code}.")
                body = bytearray()
                for piece in answer.iter_content(65536):
                    body += piece
                    if len(body) >= LIMIT:
                        break
        except requests.RequestException as error:
            raise Unreachable(f"{url} cannot be read: {type(error).__name__}.") from error
        return body.decode("utf-8", "replace")

    def events(self, workers: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The steps of the master, and as far as it has them of the workers.

        Raises:
            Unreachable: the log server cannot be reached.
        """
        found: list[dict[str, Any]] = []
        for path in (EVENTS, *(f"nodes/{name}/{EVENTS}" for name in workers)):
            try:
                found.extend(read_events(self.text(path)))
            except NotFound:
                continue
        return found


def read_events(text: str) -> Iterator[dict[str, Any]]:
    """The events of an ``events.jsonl``; a line that is being written is left out."""
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("node"), str):
            yield event


def _is_private(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_private or found.is_loopback
