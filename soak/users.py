"""Users who work: each has clusters of its own, and knows which answers are right."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import requests

from tests.support.service import Caller, join, on_network

HEAT = "icclab.disco.components.heat"
ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"
#: seconds between two requests of a user, at most
PAUSE_S = 0.3
#: seconds of a wait for events, and of a stream that is followed
FOLLOW_S = 2
#: backpressure: no error if it says when to come again
BACKPRESSURE = (429, 503)
TAKEN = "somebody else has"
_RENDERINGS = ("application/occi+json", "text/occi", "text/plain", "text/html", "text/uri-list")


@dataclass
class Tally:
    """What users were answered.

    Attributes:
        answers: how often, by operation and status.
        backpressure: how many of these asked to come again later.
        errors: what must not be, in words, each with its count.
        failed: why clusters failed in the cloud, likewise: what Heat makes of a request that
            it took is no answer of the service.
    """

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    backpressure: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, operation: str, answer: requests.Response, allowed: tuple[int, ...]) -> bool:
        """Count an answer; whether it is one that was hoped for."""
        status = answer.status_code
        if operation == "scale" and TAKEN in answer.text:
            # two clusters on one network may want the same address: the right answer
            allowed = (*allowed, 400)
        held_back = status in BACKPRESSURE and "Retry-After" in answer.headers
        with self._lock:
            self.answers[operation, status] += 1
            self.backpressure += held_back
            if status not in allowed and not held_back:
                self.errors[f"{operation}: {status} {answer.text[:200]!r}"] += 1
        return status in allowed

    def fail(self, operation: str, error: Exception) -> None:
        """Count a request without an answer."""
        with self._lock:
            self.errors[f"{operation}: {type(error).__name__}: {str(error)[:200]}"] += 1


class User(threading.Thread):
    """Somebody who does this and that until it is over, and takes the clusters away then.

    Args:
        caller: with credentials.
        network: of the project's; None for a user who only looks at what others made.
        seed: the same seed, the same acts, as far as the cloud allows.
    """

    def __init__(
        self, caller: Caller, network: str | None, tally: Tally, over: threading.Event, seed: int
    ) -> None:
        super().__init__(daemon=True, name=f"user-{seed}")
        self._caller = caller
        self._network = network
        self._tally = tally
        self._over = over
        self._random = random.Random(seed)
        self._paths: list[str] = []

    def run(self) -> None:
        """Act until it is over, then delete what is left."""
        while not self._over.wait(self._random.uniform(0, PAUSE_S)):
            act = self._random.choice(self._acts())
            self._try(act)
        while self._paths:
            self._try(self.delete)
            time.sleep(PAUSE_S)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except requests.RequestException as error:
            self._tally.fail(act.__name__, error)

    def _acts(self) -> list[Callable[[], None]]:
        """What there is to do, what is done often more than once."""
        acts = [self.list, self.query, self.choices, self.page, self.log_in, self.refused]
        if self._network:
            acts += [self.preview]
            if len(self._paths) < 2:
                acts += [self.create] * 2
        if self._paths:
            acts += [self.show, self.show, self.events, self.wait, self.stream, self.members]
            acts += [self.change, self.change]
        return acts

    def _send(
        self, operation: str, method: str, path: str, *allowed: int, **more: object
    ) -> requests.Response | None:
        answer = self._caller.request(method, path, **more)
        return answer if self._tally.add(operation, answer, allowed) else None

    def _cluster(self) -> str:
        return self._random.choice(self._paths)

    def list(self) -> None:
        """List the clusters, in any rendering."""
        accept = self._random.choice(_RENDERINGS)
        self._send("list", "GET", "/disco/", 200, headers={"Accept": accept})

    def query(self) -> None:
        """Ask for what the service offers."""
        self._send("query", "GET", "/-/", 200)

    def choices(self) -> None:
        """Ask for what the project can choose from."""
        self._send("choices", "GET", "/disco/choices", 200)

    def page(self) -> None:
        """Fetch a public page."""
        path = self._random.choice(("/dashboard/", "/openapi.json", "/health"))
        self._send("page", "GET", path, 200)

    def log_in(self) -> None:
        """Get a token through the service, and take it back."""
        given = self._caller.headers
        if "X-Password" not in given:
            return
        sent = {"username": given["X-User-Name"], "password": given["X-Password"]}
        body = {"auth": {"passwordCredentials": sent, "tenantName": given["X-Tenant-Name"]}}
        answer = self._send("log in", "POST", "/v2.0/tokens", 200, json=body)
        if answer is not None:
            token = {"X-Auth-Token": answer.json()["access"]["token"]["id"]}
            self._send("log out", "DELETE", "/v3/auth/tokens", 204, headers=token)

    def refused(self) -> None:
        """Be somebody else's mistake: a wrong password, no such cluster, a malformed body."""
        if "X-Password" in self._caller.headers:
            wrong = {"X-Password": "wrong", "X-Auth-Token": None}
            self._send("wrong password", "GET", "/disco/", 401, headers=wrong)
        nothing = "/disco/00000000-0000-4000-8000-000000000000"
        self._send("show nothing", "GET", nothing, 404)
        json = {"Content-Type": "application/occi+json"}
        self._send("malformed", "POST", "/disco/", 400, headers=json, data="[" * 5000)

    def preview(self) -> None:
        """Preview a cluster."""
        wanted = on_network(self._network or "", inject="{'dask': ''}")
        body = {"kind": "http://schemas.cloudcomplab.ch/occi/sm#disco", "attributes": wanted}
        self._send("preview", "POST", "/disco/?action=preview", 200, json=body)

    def create(self) -> None:
        """Make a cluster with a time to live."""
        answer = self._caller.create(on_network(self._network or "", ttl="1h"))
        if self._tally.add("create", answer, (201,)):
            location = answer.headers["Location"]
            self._paths.append(location.removeprefix(self._caller.base))

    def show(self) -> None:
        """Show a cluster, in any rendering."""
        accept = self._random.choice(_RENDERINGS[:4])
        self._send("show", "GET", self._cluster(), 200, headers={"Accept": accept})

    def events(self) -> None:
        """Read a cluster's events."""
        self._send("events", "GET", f"{self._cluster()}/events", 200)

    def wait(self) -> None:
        """Wait for a cluster's next event."""
        path = f"{self._cluster()}/events"
        json = {"Accept": "application/json"}
        page = self._send("events", "GET", path, 200, headers=json)
        if page is not None:
            query = f"?since={page.json()['marker']}&wait={FOLLOW_S}"
            self._send("wait", "GET", f"{path}{query}", 200, headers=json)

    def stream(self) -> None:
        """Follow a cluster for a while, and hang up."""
        path = f"{self._cluster()}/events"
        headers = {**self._caller.headers, "Accept": "text/event-stream"}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(
                f"{self._caller.base}{path}", headers=headers, stream=True, timeout=60
            )
            if answer.status_code != 200:
                self._tally.add("stream", answer, (200,))
                return
            self._tally.add("stream", answer, (200,))
            until = time.monotonic() + FOLLOW_S
            for _ in answer.iter_content(256):
                if time.monotonic() > until:
                    return

    def members(self) -> None:
        """Read a cluster's nodes and interfaces."""
        end = self._random.choice(("nodes", "interfaces"))
        self._send(end, "GET", f"{self._cluster()}/{end}", 200)

    def change(self) -> None:
        """Do to a cluster what its status allows."""
        path = self._cluster()
        shown = self._send("show", "GET", path, 200, headers={"Accept": _RENDERINGS[0]})
        if shown is None:
            return
        told = shown.json()["attributes"]
        status = told["stack_status"]
        if status.endswith("_IN_PROGRESS"):
            return
        if not status.endswith("_COMPLETE"):
            self._tally.failed[f"{status}: {told.get('stack_status_reason')}"] += 1
            self.delete(path)
        elif status == "SUSPEND_COMPLETE":
            self._act(path, "resume")
        else:
            self._random.choice(tuple(self._changes(path)))()

    def _changes(self, path: str) -> Iterator[Callable[[], None]]:
        yield lambda: self._act(path, "suspend")
        yield lambda: self._act(path, "extend", ttl="2h")
        yield lambda: self._scale(path)
        yield lambda: self.delete(path)

    def _act(self, path: str, term: str, **values: str) -> None:
        headers = {
            "Content-Type": "text/occi",
            "Category": f'{term}; scheme="{ACTION}"; class="action"',
            "X-OCCI-Attribute": join({f"{HEAT}.{name}": text for name, text in values.items()}),
        }
        self._send(term, "POST", f"{path}?action={term}", 200, headers=headers)

    def _scale(self, path: str) -> None:
        count = str(self._random.randint(1, 2))
        headers = {
            "Content-Type": "text/occi",
            "X-OCCI-Attribute": f'{HEAT}.slavecount="{count}"',
        }
        self._send("scale", "POST", path, 200, headers=headers)

    def delete(self, path: str | None = None) -> None:
        """Delete a cluster."""
        path = path or self._cluster()
        if self._send("delete", "DELETE", path, 200, 404) is not None:
            self._paths.remove(path)
