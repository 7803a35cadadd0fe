"""A proxy in front of the embedded cloud that makes it another one.

It stands before both ports of the cloud and is what the catalogue names. Left alone it
changes nothing; with rules it bends the catalogue, an answer, or how an answer arrives::

    with CloudProxy(cloud.ports) as proxy:
        with proxy.catalog(lambda services: [s for s in services if s["type"] != "compute"]):
            ...
        with proxy.answers("compute", r"/flavors", change_json(no_disks)):
            ...
        with proxy.fails("orchestration", "", cut_off, method="POST"):
            ...
        assert not [asked for asked in proxy.seen if asked.service == "volume"]
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3

from tests.support.cloud import free_port_pair

HOST = "127.0.0.1"
#: first parts of the paths behind the cloud's second port; what is on the first is Keystone's
SERVICES = ("compute", "image", "network", "volume", "orchestration")
_HOP = frozenset(("connection", "content-length", "transfer-encoding", "date", "server"))


@dataclass(frozen=True)
class Asked:
    """A request to the cloud; ``path`` with its query and without the service's name."""

    service: str
    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What the cloud, or a rule, answers."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def with_json(self, value: Any) -> Answer:
        headers = {**self.headers, "Content-Type": "application/json"}
        return replace(self, headers=headers, body=json.dumps(value).encode())


#: what becomes of an answer
Change = Callable[[Answer], Answer]
#: what is done to the client's connection in the place of an answer
Fault = Callable[[socket.socket], None]


@dataclass
class _Rule:
    service: str
    path: re.Pattern[str]
    method: str
    change: Change | None = None
    fault: Fault | Answer | None = None
    #: whether the cloud does what was asked before the fault happens
    done: bool = False
    #: requests that are let through first; those that are met then
    skip: int = 0
    times: int | None = None
    met: int = 0

    def meets(self, asked: Asked) -> bool:
        if self.service not in ("", asked.service) or self.method not in ("", asked.method):
            return False
        if not self.path.search(asked.path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.met >= self.times:
            return False
        self.met += 1
        return True


class CloudProxy:
    """The cloud of ``ports``, with rules; a context manager.

    Args:
        ports: Keystone's, and that of all other services.
        tls: a certificate with its key; the catalogue then says https.
    """

    def __init__(self, ports: tuple[int, int], tls: tuple[Path, Path] | None = None) -> None:
        self._upstream = ports
        first = free_port_pair()
        self.ports = (first, first + 1)
        self.scheme = "https" if tls else "http"
        self._tls = tls
        self.seen: list[Asked] = []
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._pool = urllib3.PoolManager(maxsize=32)
        self._servers: list[ThreadingHTTPServer] = []

    @property
    def auth_url(self) -> str:
        return f"{self.scheme}://{HOST}:{self.ports[0]}/v3"

    def __enter__(self) -> CloudProxy:
        for port, upstream in zip(self.ports, self._upstream, strict=True):
            server = _Server(self, port, upstream, identity=upstream == self._upstream[0])
            if self._tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self._tls)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
            self._servers.append(server)
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._pool.clear()

    def catalog(
        self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
    ) -> contextlib.AbstractContextManager[None]:
        """Keystone's tokens have another catalogue: what ``change`` makes of the services."""

        def bent(answer: Answer) -> Answer:
            if answer.status >= 300 or not answer.body:
                return answer
            said = answer.json()
            if "catalog" in said.get("token", {}):
                said["token"]["catalog"] = change(said["token"]["catalog"])
            return answer.with_json(said)

        return self.answers("identity", r"/auth/tokens", bent)

    @contextlib.contextmanager
    def answers(
        self, service: str, path: str, change: Change, *, method: str = "", times: int | None = None
    ) -> Iterator[None]:
        """Answers to requests whose path has ``path`` (a pattern) are changed."""
        with self._ruled(_Rule(service, re.compile(path), method, change=change, times=times)):
            yield

    @contextlib.contextmanager
    def fails(
        self,
        service: str,
        path: str,
        fault: Fault | Answer,
        *,
        method: str = "",
        done: bool = False,
        skip: int = 0,
        times: int | None = None,
    ) -> Iterator[_Rule]:
        """Such requests meet a fault, or an answer that is not the cloud's.

        ``done``: the cloud does it first, so that only its answer is lost. The first ``skip``
        such requests go through, and after ``times`` faults the rest, too. The rule's ``met``
        says how many met it.
        """
        rule = _Rule(
            service, re.compile(path), method, fault=fault, done=done, skip=skip, times=times
        )
        with self._ruled(rule):
            yield rule

    @contextlib.contextmanager
    def _ruled(self, rule: _Rule) -> Iterator[None]:
        with self._lock:
            self._rules.insert(0, rule)
        try:
            yield
        finally:
            with self._lock:
                self._rules.remove(rule)

    def rules_for(self, asked: Asked) -> tuple[_Rule | None, list[Change]]:
        """The fault that a request meets, if any, and the changes of its answer, oldest first."""
        with self._lock:
            self.seen.append(asked)
            changes, fault = [], None
            for rule in reversed(self._rules):
                if rule.change is None and fault is not None:
                    continue
                if rule.meets(asked):
                    if rule.change is not None:
                        changes.append(rule.change)
                    else:
                        fault = rule
            return fault, changes

    def ask_cloud(self, port: int, asked: Asked, target: str) -> Answer:
        """The cloud's own answer, in which the proxy's addresses stand for its own."""
        headers = {k: v for k, v in asked.headers.items() if k.lower() not in _HOP}
        headers = {k: v for k, v in headers.items() if k.lower() not in ("host", "accept-encoding")}
        got = self._pool.request(
            asked.method,
            f"http://{HOST}:{port}{target}",
            headers=headers,
            body=asked.body or None,
            redirect=False,
            retries=False,
            timeout=90,
        )
        kept = {k: self._renamed(v) for k, v in got.headers.items() if k.lower() not in _HOP}
        return Answer(got.status, kept, self._renamed(got.data.decode("latin-1")).encode("latin-1"))

    def _renamed(self, text: str) -> str:
        for own, other in zip(self.ports, self._upstream, strict=True):
            text = text.replace(f"http://{HOST}:{other}", f"{self.scheme}://{HOST}:{own}")
        return text


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, proxy: CloudProxy, port: int, upstream: int, identity: bool) -> None:
        self.proxy, self.upstream, self.identity = proxy, upstream, identity
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self) -> None:
        asked = self._read()
        proxy = self.server.proxy
        rule, changes = proxy.rules_for(asked)
        if rule is not None and not rule.done:
            self._fail(rule)
            return
        answer = proxy.ask_cloud(self.server.upstream, asked, self.path)
        for change in changes:
            answer = change(answer)
        if rule is not None:
            self._fail(rule)
        else:
            self._send(answer)

    def _read(self) -> Asked:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        service, path = "identity", self.path
        if not self.server.identity:
            service, _, rest = self.path.lstrip("/").partition("/")
            path = "/" + rest
        return Asked(service, self.command, path, dict(self.headers.items()), body)

    def _fail(self, rule: _Rule) -> None:
        if isinstance(rule.fault, Answer):
            self._send(rule.fault)
            return
        assert rule.fault is not None
        self.close_connection = True
        rule.fault(self.connection)

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        # a rule may set another clock
        for name, value in {"Date": self.date_time_string(), **answer.headers}.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def log_message(self, *args: object) -> None:
        """``seen`` is the log."""


def change_json(change: Callable[[Any], Any]) -> Change:
    """A change of what a JSON answer says; other answers stay."""

    def changed(answer: Answer) -> Answer:
        if answer.status >= 300:
            return answer
        return answer.with_json(change(answer.json()))

    return changed


def clock(seconds: float) -> Change:
    """The service's clock is so far ahead, as the header Date has it."""
    return lambda answer: replace(
        answer, headers={**answer.headers, "Date": formatdate(time.time() + seconds, usegmt=True)}
    )


def only_region(region: str, services: Sequence[str] = ()) -> Callable[[list[Any]], list[Any]]:
    """A change of a catalogue: endpoints of ``services`` (all: none named) are in ``region``."""

    def moved(catalog: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for service in catalog:
            if not services or service["type"] in services:
                for endpoint in service["endpoints"]:
                    endpoint["region"] = endpoint["region_id"] = region
        return catalog

    return moved
