"""The requests that are measured, and what a real cloud answers to the calls that they make."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.recording import RecordingProxy, Tape
from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import free_port_pair, headers_of
from tests.support.service import KIND, Caller, ServiceProcess, attributes, join

JSON = "application/occi+json"
UNLIMITED = {"limit_requests": "off", "limit_creates": "off", "limit_failed_logins": "off"}


@dataclass(frozen=True)
class Verb:
    """A request; ``*`` in its path is the cluster."""

    name: str
    method: str
    path: str
    headers: Mapping[str, str]


def verbs() -> tuple[Verb, ...]:
    """What is measured, in the order in which it is recorded: delete last."""
    asked = {"Content-Type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(attributes())}
    scaled = {
        "Content-Type": "text/occi",
        "X-OCCI-Attribute": 'icclab.disco.components.heat.slavecount="2"',
    }
    return (
        Verb("GET /-/", "GET", "/-/", {"Accept": "text/plain"}),
        Verb("create", "POST", "/disco/", asked),
        Verb("preview", "POST", "/disco/?action=preview", asked),
        Verb("list", "GET", "/disco/", {"Accept": JSON}),
        Verb("show", "GET", "/disco/*", {"Accept": JSON}),
        Verb("choices", "GET", "/disco/choices", {"Accept": "application/json"}),
        Verb("events", "GET", "/disco/*/events", {"Accept": "application/json"}),
        Verb("scale", "POST", "/disco/*", scaled),
        Verb("delete", "DELETE", "/disco/*", {}),
    )


@dataclass(frozen=True)
class Recorded:
    """The answers of the cloud, the calls that each verb makes, and who asked."""

    tape: Tape
    calls: Mapping[str, list[str]]
    headers: Mapping[str, str]
    cluster: str


@cache
def record_once() -> Recorded:
    """Do each verb on a real Keystone and Heat, with a session that is open already."""
    with (
        tempfile.TemporaryDirectory(prefix="disco-bench-") as folder,
        EmbeddedCloud(Path(folder) / "cloud", nodes="none", cloud_port=free_port_pair()) as cloud,
    ):
        return record_on(cloud, Path(folder), verbs(), cold=True)


def record_on(
    cloud: EmbeddedCloud, folder: Path, asked: Sequence[Verb], cold: bool = False
) -> Recorded:
    """Do these verbs once; those of a cluster after ``create``, which makes it.

    With ``cold`` a process that knows nothing of the cluster is recorded, too.
    """
    with (
        RecordingProxy(cloud.ports) as proxy,
        service(folder / "recorded", proxy.auth_url) as process,
    ):
        caller = Caller(process.base, headers_of(cloud.credentials))
        caller.get("/disco/")
        calls: dict[str, list[str]] = {}
        cluster = ""
        for verb in asked:
            proxy.calls.clear()
            path = verb.path.replace("*", cluster)
            answer = caller.request(verb.method, path, headers=dict(verb.headers))
            assert answer.status_code < 300, (verb.name, answer.text)
            calls[verb.name] = list(proxy.calls)
            if verb.name == "create":
                cluster = answer.headers["Location"].rpartition("/")[2]
                caller.wait_for(answer.headers["Location"], "CREATE_COMPLETE")
                if cold:
                    with service(folder / "cold", proxy.auth_url) as other:
                        Caller(other.base, caller.headers).get(f"/disco/{cluster}")
            if verb.name == "scale":
                caller.wait_for(f"{process.base}/disco/{cluster}", "UPDATE_COMPLETE")
        return Recorded(proxy.tape, calls, caller.headers, cluster)


@contextlib.contextmanager
def service(folder: Path, auth_url: str, **settings: str) -> Iterator[ServiceProcess]:
    """DISCO with one worker process and without limits."""
    folder.mkdir(parents=True, exist_ok=True)
    process = ServiceProcess(folder, auth_url, settings={"workers": "1", **UNLIMITED, **settings})
    process.start()
    try:
        yield process
    finally:
        process.stop()
