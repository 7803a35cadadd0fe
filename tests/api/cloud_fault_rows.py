"""The faults of a cloud's services that every request is tried with, and the page about them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.cloud_faults import cut_off, dripping_body, reset, says, silent
from tests.support.cloud_proxy import Answer, Change, Fault, change_json

#: seconds that a service waits for an answer of the cloud: where none comes, and else, for a busy
#: machine's cloud is slow
TIMEOUT_S, PATIENT_S = 2, 30
#: no service listens there
CLOSED = "http://127.0.0.1:9"
PAGE = b"<html><body>It works!</body></html>"
#: set at the end of a test: faults that wait end, too
OVER = threading.Event()


@dataclass(frozen=True)
class CloudFault:
    """What a service does instead of answering.

    Attributes:
        name: in words.
        status: DISCO's answer.
        happens: what the proxy does; None where nothing listens at the service's address.
        retry_after: what DISCO's ``Retry-After`` says; None: any, or none.
        reads: whether only an answer that is read shows the fault.
    """

    name: str
    status: int
    happens: Fault | Answer | Change | None
    retry_after: str | None = None
    reads: bool = False

    @property
    def is_slow(self) -> bool:
        return self.status == 504

    @property
    def is_change(self) -> bool:
        return self.reads and not isinstance(self.happens, Answer)


def dripping_head(connection: socket.socket) -> None:
    """An answer whose headers have no end."""
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(600):
            if OVER.wait(0.1):
                return
            connection.sendall(b"a")


def other(value: Any) -> Any:
    """Every value of another type than it has."""
    if isinstance(value, dict):
        return {name: other(inner) for name, inner in value.items()} or "text"
    if isinstance(value, list):
        return [other(inner) for inner in value] or {"a": 1}
    return [value] if isinstance(value, str) else {"is": value}


def upside_down(value: Any) -> Any:
    """Lists where objects are, objects where lists are, one level below the top."""
    if isinstance(value, dict):
        return {n: dict.fromkeys("ab", v) if isinstance(v, list) else [v] for n, v in value.items()}
    return {"list": value}


def nulls(value: Any) -> Any:
    """Nothing in the place of every member."""
    if isinstance(value, dict):
        inner = value.values()
        deep = any(isinstance(v, dict | list) and v for v in inner)
        return {n: nulls(v) if deep and isinstance(v, dict | list) else None
                for n, v in value.items()}  # fmt: skip
    if isinstance(value, list):
        return [nulls(v) if isinstance(v, dict) else None for v in value] or [None]
    return None


FAULTS = (
    CloudFault("connection refused", 503, None),
    CloudFault("connection reset before an answer", 503, reset),
    CloudFault("answer cut off in the middle", 503, cut_off),
    CloudFault("500", 502, says(500, {"error": {"message": "The database is away."}})),
    CloudFault("503, Retry-After: 7", 503, says(503, {}, Retry_After="7"), "7"),
    CloudFault("429, Retry-After: 9", 503, says(429, {}, Retry_After="9"), "9"),
    CloudFault("404 of a proxy", 502, says(404, PAGE, Content_Type="text/html")),
    CloudFault("no answer in time", 504, silent(OVER)),
    CloudFault("a head that drips", 504, dripping_head),
    CloudFault("a body that drips", 504, dripping_body(OVER)),
    CloudFault("a page of HTML", 502, says(200, PAGE, Content_Type="text/html"), reads=True),
    CloudFault("broken JSON", 502, says(200, b'{"stacks": ['), reads=True),
    CloudFault("JSON nested 100,000 deep", 502, says(200, b"[" * 100_000), reads=True),
    CloudFault("null", 502, says(200, None), reads=True),
    CloudFault("a list for an object", 502, says(200, [1, "a"]), reads=True),
    CloudFault("no members", 502, says(200, {}), reads=True),
    CloudFault("other types of members", 502, change_json(other), reads=True),
    CloudFault("objects for lists", 502, change_json(upside_down), reads=True),
    CloudFault("null for every member", 502, change_json(nulls), reads=True),
    CloudFault("redirect to another host", 502, says(302, {}, Location=f"{CLOSED}/v1/x")),
    CloudFault("token not valid any more", 401, says(401, {"error": {"message": "Gone."}})),
)


@dataclass(frozen=True)
class Verb:
    """A request, and what it asks the cloud.

    Attributes:
        name: in words.
        method, path: with ``{}`` for the cluster's id.
        target: the cluster that it is for: ``standing``, ``suspended``, ``failed``, or none.
        services: that are asked, as the catalogue calls them.
        without: what it can do without: patterns of service, method and path.
        changes: whether it changes clusters.
    """

    name: str
    method: str
    path: str
    services: tuple[str, ...]
    target: str = ""
    without: tuple[str, ...] = ()
    changes: bool = False
    send: Callable[[], Mapping[str, Any]] = dict


#: what may not be told, and is then not checked, or not shown
QUOTAS = (
    r"(compute|volume) GET \S*/(limits|os-keypairs|os-quota-sets)",
    r"network GET \S*/(quotas|\w+\?\S*fields)",
)
#: what a list of choices leaves out
ZONES = (r"(compute|volume) GET \S*/os-availability-zone",)
#: scripts, which Heat keeps when a stack is changed: DISCO looks at what they allow
FILES = (r"orchestration GET \S*/files",)
#: a template in another form is one that DISCO did not make, and the cluster cannot be changed
FOREIGN = r"orchestration GET \S*/template"
#: how far a cluster is; without it the answer has no phase
PROGRESS = (r"orchestration GET \S*(resources|events)\S*",)
#: the same after an action that reads resources first
LATER = (r"orchestration GET \S*(resources|events)\S* \(after",)
#: of an end of life: it expires by itself
CREDENTIALS = (r"identity (GET|DELETE) \S*/(application_credentials|access_rules|credentials)",)


def table(verbs: Sequence[Verb]) -> str:
    """docs/cloud-faults.md; the test checks that it is true."""
    lines = [
        "# Faults of the cloud's services",
        "",
        "What DISCO answers when a service of the cloud fails while it serves a request. The",
        "message names the service. No fault is a 500 of DISCO's or your 404, and nothing waits",
        "longer than `cloud_timeout` (and ten seconds for a connection) for one answer. What DISCO",
        "reads is asked once more where a connection broke; what changes something is not.",
        "",
        "`make faults` puts a proxy between the service and a real Keystone and Heat, and makes",
        "each fault happen in each call of each request. A part of it runs in `make test`.",
        "",
        "| fault | status | `Retry-After` |",
        "| --- | --- | --- |",
    ]
    for fault in FAULTS:
        again = fault.retry_after or ("10" if fault.status == 503 else "")
        lines.append(f"| {fault.name} | {fault.status} | {again} |")
    lines += [
        "",
        "A limit of a service (429) is answered with 503 and the service's `Retry-After`: a 429 of",
        "DISCO's is about its own limits. An hour is the longest that DISCO passes on.",
        "",
        "| request | services that it asks |",
        "| --- | --- |",
    ]
    lines += [f"| {verb.name} | {', '.join(verb.services)} |" for verb in verbs]
    lines += [
        "",
        "Quotas that are not told are not checked, and zones that are not told are no choices. How",
        "far a cluster is is left out where Heat does not tell, and a credential that cannot be",
        "removed expires. A template in another form is one of a stack that DISCO did not make:",
        "409, `foreign-stack`.",
        "",
        "If Heat's answer to a create is lost, DISCO looks whether Heat has the cluster, and",
        "answers 201 if it has. If Heat cannot tell, the answer is 503, and its hint has the id",
        "with which you can repeat the request without making a second cluster.",
        "",
        "DISCO follows no address of an answer to another host: neither redirects nor links to a",
        "list's next page. It sends tokens to the hosts of the catalogue and of `design_uri` only.",
    ]
    return "\n".join(lines) + "\n"
