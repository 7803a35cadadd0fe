"""A service behind a proxy, clusters in every state that requests need, and one fault at a time."""

from __future__ import annotations

import contextlib
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests

from disco.embedded.cloud import EmbeddedCloud
from tests.api.cloud_fault_rows import (
    CLOSED,
    FOREIGN,
    OVER,
    PATIENT_S,
    TIMEOUT_S,
    CloudFault,
    Verb,
)
from tests.support.cloud import heat_of, pauses, session_of
from tests.support.cloud_proxy import Asked, CloudProxy
from tests.support.service import KIND, Caller, dump_heat, join, on_network, running_service

HEAT = "icclab.disco.components.heat."
ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"
#: what the proxy calls services, and what messages call them
NAMES = {"volume": "block-storage"}
#: seconds that a request may take on a busy machine; what drips does so for twice as long
LONGEST_S = 30
#: of a cluster before another takes its place: Heat 27 starts a thread for each event of a stack,
#: forgets none, and stops at a thousand
MAX_CHANGES = 10
_IDS = re.compile(r"disco_[0-9a-f-]{36}(?:_\w+)?|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")
_RUNS = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "RESUME_COMPLETE")
#: the states in which clusters wait for requests
_STATES = {"standing": _RUNS, "suspended": ("SUSPEND_COMPLETE",), "failed": ("CREATE_FAILED",)}


@dataclass(frozen=True)
class Call:
    """A call that a request makes of the cloud, without ids and queries."""

    service: str
    method: str
    pattern: str
    #: how often it was made before in the same request
    before: int = 0

    @classmethod
    def of(cls, asked: Asked, before: int = 0) -> Call:
        path = asked.path.partition("?")[0]
        pattern = "[^/?]+".join(re.escape(part) for part in _IDS.split(path))
        # a name that a request looks for is in the query of Heat's list
        end = r"\?name=" if "name=" in asked.path else r"(\?|$)"
        return cls(asked.service, asked.method, f"^{pattern}{end}", before)

    def __str__(self) -> str:
        again = f" (after {self.before})" if self.before else ""
        plain = self.pattern.replace("\\", "")
        return f"{self.service} {self.method} {plain}{again}"


@dataclass
class Bench:
    """Everything that a cell of the table needs."""

    cloud: EmbeddedCloud
    proxy: CloudProxy
    caller: Caller
    #: of a service that soon gives the cloud up
    hasty: Caller
    heat: Any
    network: str
    ids: dict[str, str] = field(default_factory=dict)
    #: of a target since it was made
    changes: dict[str, int] = field(default_factory=dict)

    # -- clusters ----------------------------------------------------------------

    def statuses(self) -> dict[str, str]:
        """The statuses of the project's clusters by id, as Heat itself says."""
        found = {s.stack_name: s.stack_status for s in self.heat.stacks.list()}
        found = {name: found[name] for name in found if found[name] != "DELETE_COMPLETE"}
        return {name[6:]: status for name, status in found.items() if name.startswith("disco_")}

    def at_rest(self, cluster: str) -> str:
        status = ""
        for _ in pauses(300):
            status = self.statuses().get(cluster, "gone")
            if not status.endswith("IN_PROGRESS"):
                return status
        dump_heat()
        raise AssertionError(f"{cluster} stays {status}")

    def wanted(self, cluster: str, **more: str) -> dict[str, str]:
        sent = on_network(self.network, ttl="1d", **more)
        return {**sent, "occi.core.id": cluster}

    def make(self, target: str) -> str:
        """A cluster in the state that the target needs, made without the proxy's faults."""
        cluster = str(uuid.uuid4())
        worker = f"w{cluster[:8]}"
        faults = self.cloud.state.path / "faults.json"
        if target == "failed":
            fault = {"refuse": 500, "message": "The scheduler is unwell."}
            faults.write_text(json.dumps({f"create {worker}-1": fault}))
        answer = self.caller.create(self.wanted(cluster, slavename=worker))
        assert answer.status_code == 201, answer.text
        self.at_rest(cluster)
        faults.unlink(missing_ok=True)
        if target == "suspended":
            self.heat.actions.suspend(f"disco_{cluster}")
        assert self.at_rest(cluster) in _STATES[target]
        self.ids[target] = cluster
        return cluster

    def restore(self, target: str) -> None:
        """Bring the target, if any, back into its state after a request that went through."""
        if not target:
            return
        known = self.ids.get(target)
        status = self.at_rest(known) if known else "gone"
        if status in _STATES[target] and self._is_of_one_worker(str(known)):
            return
        self.changes[target] = self.changes.get(target, 0) + 1
        if self.changes[target] > MAX_CHANGES:
            self.remove(known or "")
            status = "gone"
        if target == "standing" and status == "SUSPEND_COMPLETE":
            self.heat.actions.resume(f"disco_{known}")
        elif target == "suspended" and status in _RUNS:
            self.heat.actions.suspend(f"disco_{known}")
        else:
            self.remove(known or "")
            self.make(target)
            self.changes[target] = 0
            return
        assert self.at_rest(str(known)) in _STATES[target]

    def _is_of_one_worker(self, cluster: str) -> bool:
        """Whether it was not scaled, which would leave the next scale nothing to ask for."""
        return "disco-workers=1" in self.heat.stacks.get(f"disco_{cluster}").tags

    def make_room(self, target: str) -> None:
        """Remove the others, one of which may have the address that a further worker wants."""
        for other in self.ids.keys() - {target}:
            self.remove(self.ids.pop(other))

    def remove(self, cluster: str) -> None:
        if cluster in self.statuses():
            self.caller.request("DELETE", f"/disco/{cluster}")
            assert self.at_rest(cluster) == "gone"

    # -- requests ----------------------------------------------------------------

    def send(self, verb: Verb, hasty: bool = False) -> requests.Response:
        more = dict(verb.send())
        path = verb.path.format(self.ids.get(verb.target, ""))
        action = more.pop("action", "")
        headers = {"Accept": "application/json", **more.pop("headers", {})}
        if action:
            path = f"{path}?action={action}"
            headers["Category"] = f'{action}; scheme="{ACTION}"; class="action"'
        attributes = more.pop("attributes", None)
        if more.pop("create", False):
            headers["Category"] = KIND
            attributes = self.wanted(str(uuid.uuid4()), **(attributes or {}))
        if attributes:
            headers["X-OCCI-Attribute"] = join(attributes)
        if action or "Category" in headers:
            headers["Content-Type"] = "text/occi"
        caller = self.hasty if hasty else self.caller
        return caller.request(verb.method, path, headers=headers, timeout=90, **more)

    def calls(self, verb: Verb) -> list[Call]:
        """What the request asks the cloud when nothing fails."""
        self.restore(verb.target)
        before = set(self.statuses())
        self.proxy.seen.clear()
        answer = self.send(verb)
        assert answer.status_code < 300, f"{verb.name}: {answer.status_code} {answer.text}"
        seen = list(self.proxy.seen)
        self.settle(verb, before)
        calls: list[Call] = []
        for asked in seen:
            call = Call.of(asked)
            same = [replace(known, before=0) for known in calls].count(call)
            calls.append(replace(call, before=same))
        return calls

    def settle(self, verb: Verb, before: set[str]) -> None:
        """Remove what a request made, and bring back what it changed."""
        if not verb.changes:
            return
        for made in set(self.statuses()) - before:
            self.remove(made)
        self.restore(verb.target)

    @contextlib.contextmanager
    def faulty(
        self, call: Call, fault: CloudFault, done: bool = False
    ) -> Iterator[Callable[[], bool]]:
        """The call meets the fault, each time after its first ``before`` ones.

        Gives what says whether it did, as far as that is known.
        """
        with contextlib.ExitStack() as stack:
            happens: Any = fault.happens
            if happens is None:
                stack.enter_context(self.proxy.catalog(closed(call.service)))
            elif fault.is_change:
                stack.enter_context(
                    self.proxy.answers(call.service, call.pattern, happens, method=call.method)
                )
            else:
                rule = stack.enter_context(
                    self.proxy.fails(call.service, call.pattern, happens, method=call.method,
                                     skip=call.before, done=done)
                )  # fmt: skip
                yield lambda: rule.met > 0
                return
            yield lambda: True

    # -- a cell ------------------------------------------------------------------

    def judge(self, verb: Verb, call: Call, fault: CloudFault) -> str:
        """What is wrong with what DISCO does; nothing if all is right."""
        before = self.statuses()
        for _ in range(2):
            began = time.monotonic()
            with self.faulty(call, fault) as happened:
                answer = self.send(verb, fault.is_slow)
            took = time.monotonic() - began
            if happened() or answer.status_code != 409:
                break
            # refused for what an earlier one is still at: once more when that has ended
            self.settle(verb, set(before))
        after = self.statuses()
        # there may be less to do than when its calls were looked at
        skipped = not happened() and answer.status_code < 300
        wrong = "" if skipped else self._wrong(verb, call, fault, answer)
        if took > LONGEST_S:
            wrong = f"{wrong}; took {took:.1f} s"
        if answer.status_code >= 300 and set(after) != set(before):
            wrong = f"{wrong}; clusters were {sorted(before)} and are {sorted(after)}"
        self.settle(verb, set(before))
        return wrong

    def _wrong(self, verb: Verb, call: Call, fault: CloudFault, answer: requests.Response) -> str:
        said = f"{answer.status_code} {answer.text[:300]}"
        if answer.status_code < 300:
            optional = any(re.search(pattern, str(call)) for pattern in verb.without)
            # an answer whose body says nothing to DISCO cannot be wrong, but for what is no JSON
            unread = fault.reads and (call.method != "GET" or fault.is_change)
            return "" if optional or unread else said
        if fault.reads and re.search(FOREIGN, str(call)) and answer.status_code == 409:
            return "" if answer.json()["code"] == "foreign-stack" else said
        if answer.status_code != fault.status:
            return said
        if fault.retry_after and answer.headers.get("Retry-After") != fault.retry_after:
            return f"{said}, Retry-After: {answer.headers.get('Retry-After')}"
        name = NAMES.get(call.service, call.service)
        named = [f"{name} service", *(["Keystone"] if call.service == "identity" else [])]
        if fault.status != 401 and not any(words in answer.text for words in named):
            return f"{said}: does not name {name}"
        if any(word in answer.text for word in ("Traceback", "HTTPConnectionPool", "NoneType")):
            return said
        return ""


def closed(service: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """A change of the catalogue: nothing listens where the service should be."""

    def moved(catalog: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for one in catalog:
            for endpoint in one["endpoints"]:
                if f"/{service}" in endpoint["url"]:
                    endpoint["url"] = f"{CLOSED}/{service}"
        return catalog

    return moved


@contextlib.contextmanager
def bench(folder: Path, cloud: EmbeddedCloud, project: str, network: str) -> Iterator[Bench]:
    """A bench for a project of the cloud."""
    who = cloud.credentials_of(project)
    token = session_of(who).get_token()
    OVER.clear()
    with (
        CloudProxy(cloud.ports) as proxy,
        service(folder / "patient", proxy, PATIENT_S) as patient,
        service(folder / "hasty", proxy, TIMEOUT_S) as hasty,
    ):
        headers = {"X-Auth-Token": str(token), "X-Tenant-Name": project}
        callers = [Caller(base, headers) for base in (patient, hasty)]
        yield Bench(cloud, proxy, *callers, heat_of(who), network)
        OVER.set()


@contextlib.contextmanager
def service(folder: Path, proxy: CloudProxy, timeout_s: int) -> Iterator[str]:
    """A service that asks Keystone at each request; its address."""
    folder.mkdir()
    with running_service(
        folder, proxy.auth_url, cloud_timeout=str(timeout_s), session_cache="0",
        limit_failed_logins="off", limit_requests="off", workers="1",
    ) as process:  # fmt: skip
        yield process.base
