"""Thirty faults: every step of a cluster's life meets what can go wrong in a cloud.

Each ends in a state that says what happened, and from which delete leaves nothing. The
table of docs/faults.md is what this test checks; ``DISCO_WRITE_FAULTS=1`` writes it anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import disco.clusters.scale
import disco.clusters.service
import disco.heat.template.stack
from disco.config import load_settings
from disco.embedded.cloud import EmbeddedCloud
from disco.errors import NotFound
from disco.openstack.credentials import Credentials
from disco.openstack.session import Login, Sessions
from tests.api.conftest import PUBLIC_KEY, resources_of_user
from tests.api.fault_rows import Row, rows, table
from tests.support.cloud import heat_of, session_of, until
from tests.support.service import attributes, on_network
from tests.support.shipped import CATALOGUE

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
HEAT = "icclab.disco.components.heat."
#: seconds that a wait condition waits where its time-out is what is tested
SHORT = 5
DEADLINE = 120
#: the user's key pair and, with a number, networks
PLACE = "place-of-faults"


@dataclass
class Bench:
    """The cloud, DISCO's use cases in this process, and faults on order."""

    state: Path
    clusters: disco.clusters.service.Clusters
    login: Login
    heat: Any
    session: Any
    ordered: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    listed: tuple[float, dict[str, str]] = (0, {})

    def order(self, row: Row, faults: bool = True) -> None:
        """Have Nova do wrong, or do right again."""
        with self.lock:
            for name, fault in row.nova.items():
                action, _, server = name.partition(" ")
                key = f"{action} {row.prefix}-{server}"
                self.ordered.pop(key, None)
                if faults:
                    self.ordered[key] = fault
            replace_json(self.state / "faults.json", self.ordered)
        if row.quota:
            replace_json(self.state / "quota.json", row.quota if faults else {})

    def create(self, row: Row, wait: bool) -> str:
        common = {
            "mastername": f"{row.prefix}-master",
            "slavename": f"{row.prefix}-worker",
            "slavecount": "2" if row.step == "scale in" else "1",
            "waitcondition": str(wait).lower(),
            "timeout": "5",
            "skipquota": "true",
            "inject": "{'dask': ''}" if row.step == "scale in" else "{}",
        }
        if whole(row):
            sent = attributes(networkname=f"{row.prefix}-net", **common)
        else:
            sent = on_network(network_of(row), sshkeyname=PLACE, **common)
        return self.clusters.create(self.login, sent).id

    def status(self, cluster: str, since: float) -> str:
        """Heat's state of it, read after ``since``; one list answers all who ask meanwhile."""
        with self.lock:
            if self.listed[0] < since:
                began = time.monotonic()
                self.listed = began, {s.stack_name: s.stack_status for s in self.heat.stacks.list()}
            return self.listed[1].get(f"disco_{cluster}", "gone")

    def at_rest(self, cluster: str, *not_yet: str) -> dict[str, str]:
        """The attributes when nothing more happens."""
        asked = time.monotonic()

        def look() -> dict[str, str] | None:
            state = self.status(cluster, max(asked, time.monotonic() - 1))
            if state.endswith("_IN_PROGRESS") or state in not_yet:
                return None
            try:
                shown = dict(self.clusters.show(self.login, cluster).attributes)
            except NotFound:
                return {"stack_status": "gone"}
            status = shown["stack_status"]
            return None if status.endswith("_IN_PROGRESS") or status in not_yet else shown

        found = until(look, DEADLINE, f"{cluster} at rest")
        assert found is not None
        return found

    def tell(self, row: Row, cluster: str, handle: str, good: bool, words: str) -> None:
        """A node signals, as soon as there is something to signal."""
        stack = f"disco_{cluster}"

        def ready() -> bool:
            with contextlib.suppress(Exception):
                return bool(
                    self.heat.resources.get(stack, handle).resource_status == "CREATE_COMPLETE"
                )
            return False

        until(ready, DEADLINE, handle)
        name = f"{row.prefix}-master"
        data = {"status": "SUCCESS" if good else "FAILURE", "reason": words, "data": "", "id": name}
        if row.nodes == "wrong token" and words == "lost":
            found = self.heat.resources.get(stack, handle, with_attr=["endpoint"])
            url = re.sub(r"//169\.254\.169\.254:", "//127.0.0.1:", found.attributes["endpoint"])
            headers = {"X-Auth-Token": "expired", "Content-Type": "application/json"}
            request = urllib.request.Request(url, json.dumps(data).encode(), headers)
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(request, timeout=30)
            return
        self.heat.resources.signal(stack, handle, data=data)

    def left(self) -> dict[str, set[str]]:
        """What there is of clusters in the cloud, by kind."""

        def names(service: str, path: str, key: str) -> set[str]:
            endpoint = self.session.get_endpoint(service_type=service, interface="public")
            listed = self.session.get(f"{endpoint}{path}").json()[key]
            return {f"{one.get('name') or ''} {one['id']}" for one in listed}

        found = {"servers": names("compute", "/servers", "servers")}
        for kind in ("networks", "subnets", "ports", "routers", "floatingips", "security-groups"):
            base = "" if "v2.0" in self.session.get_endpoint(
                service_type="network", interface="public"
            ) else "/v2.0"  # fmt: skip
            key = kind.replace("-", "_")
            found[kind] = names("network", f"{base}/{kind}", key)
        return found


def whole(row: Row) -> bool:
    """Whether its cluster has all that a cluster can have: it is created or deleted with a fault.

    Others have what the fault happens to, on a network that is there.
    """
    return row.step in ("create", "delete")


def network_of(row: Row) -> str:
    return f"{PLACE}-{row.number}"


def place() -> dict[str, Any]:
    """The user's own key pair, and a network for each row that needs one."""
    key = {"name": PLACE, "public_key": PUBLIC_KEY}
    found: dict[str, Any] = {"key": {"type": "OS::Nova::KeyPair", "properties": key}}
    for row in rows():
        if whole(row):
            continue
        net, cidr = f"net_{row.number}", f"10.78.{row.number}.0/28"
        found[net] = {"type": "OS::Neutron::Net", "properties": {"name": network_of(row)}}
        found[f"subnet_{row.number}"] = {
            "type": "OS::Neutron::Subnet",
            "properties": {"network": {"get_resource": net}, "cidr": cidr},
        }
    return found


@pytest.fixture(scope="module")
def bench(
    embedded_cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "sm.cfg").write_text(
        f"[service_manager]\ndesign_uri={embedded_cloud.auth_url}\n[disco]\nwaitcondition=False\n"
    )
    settings = load_settings(folder / "sm.cfg")
    who = embedded_cloud.credentials_of("demo")
    credentials = Credentials(username=who.username, password=who.password, tenant=who.project_name)
    login = Sessions(settings.design_uri, True, 60.0).open(credentials)
    clusters = disco.clusters.service.Clusters(settings, CATALOGUE, "/disco/")
    found = Bench(embedded_cloud.state.path, clusters, login, heat_of(who), session_of(who))
    with resources_of_user(found.heat) as make:
        make(place())
        yield found
    for name in ("faults.json", "quota.json"):
        (found.state / name).unlink(missing_ok=True)


def replace_json(file: Path, content: object) -> None:
    """In one step: who reads a file that is being written finds nothing in it."""
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(content))
    draft.replace(file)


def prepared(bench: Bench, row: Row) -> str:
    """A complete cluster to which the fault will happen; none for a create."""
    if row.step == "create":
        return ""
    wait = row.step.startswith("scale")
    cluster = bench.create(row, wait)
    if wait:
        bench.tell(row, cluster, "signal", True, "cluster is ready")
    shown = bench.at_rest(cluster)
    assert shown["stack_status"] == "CREATE_COMPLETE", shown
    if row.step == "scale in":
        bench.clusters.act(bench.login, cluster, "scale", {f"{HEAT}slavecount": "3"})
        bench.tell(row, cluster, "join_signal_1", True, "joined")
        assert bench.at_rest(cluster)["stack_status"] == "UPDATE_COMPLETE"
    if row.step == "resume" or (row.step == "delete" and row.fault == "node dead"):
        if row.step == "delete":
            bench.order(row)
        bench.clusters.act(bench.login, cluster, "suspend")
        bench.at_rest(cluster, "CREATE_COMPLETE")
    return cluster


def happens(bench: Bench, row: Row, cluster: str) -> str:
    """The step, with the fault; the cluster."""
    bench.order(row)
    if row.step == "create":
        cluster = bench.create(row, True)
        if row.nodes:
            bench.tell(row, cluster, "signal", True, "lost")
    elif row.step == "scale out":
        asked = {f"{HEAT}slavecount": "3", f"{HEAT}skipquota": "true"}
        bench.clusters.act(bench.login, cluster, "scale", asked)
        if row.nodes:
            bench.tell(row, cluster, "join_signal_1", True, "lost")
    elif row.step == "scale in":
        bench.clusters.act(bench.login, cluster, "scale", {f"{HEAT}remove": "1"})
        if row.nodes == "drained":
            bench.tell(row, cluster, "drain_signal_2", True, "they hold nothing")
        elif row.nodes == "wrong token":
            bench.tell(row, cluster, "drain_signal_2", True, "lost")
        elif row.nodes:
            words = f"{row.prefix}-master: {row.nodes}"
            bench.tell(row, cluster, "drain_signal_2", False, words)
    elif row.step == "delete":
        bench.clusters.delete(bench.login, cluster)
    else:
        bench.clusters.act(bench.login, cluster, row.step)
    return cluster


def judged(bench: Bench, row: Row, cluster: str) -> str:
    """What became of it, and that delete leaves nothing; what was wrong, if anything."""
    shown = bench.at_rest(cluster)
    status = shown["stack_status"]
    failure = [shown.get(f"disco.failure.{name}", "") for name in ("node", "step", "reason")]
    row.said = " ".join(failure).strip()
    bench.order(row, faults=False)
    if status != "gone":
        bench.clusters.delete(bench.login, cluster)
        after = bench.at_rest(cluster, status)["stack_status"]
        if after != "gone":
            return f"delete: {after}"
    if status != row.ends:
        return f"{status} instead of {row.ends}: {row.said}"
    if not re.search(row.says, row.said):
        return f"says {row.said!r}, and should {row.says!r}"
    if status.endswith("_FAILED") and not shown.get("disco.failure.hint"):
        return "no hint"
    return ""


def test_the_page_is_the_table() -> None:
    if os.environ.get("DISCO_WRITE_FAULTS"):
        PAGE.write_text(table(rows()))
    assert PAGE.read_text() == table(rows()), "DISCO_WRITE_FAULTS=1 writes it anew"


def test_every_fault_ends_in_a_state_that_says_so_and_can_be_deleted(
    bench: Bench, record_property: Callable[[str, object], None]
) -> None:
    before = bench.left()
    found = rows()
    assert len(found) == 30
    clusters: dict[int, str] = {}
    wrong: dict[int, str] = {}

    def each(chosen: list[Row], do: Any, width: int = 6) -> None:
        with ThreadPoolExecutor(width) as pool:
            list(pool.map(do, chosen))

    def prepare(row: Row) -> None:
        clusters[row.number] = prepared(bench, row)

    def happen(row: Row) -> None:
        try:
            clusters[row.number] = happens(bench, row, clusters[row.number])
        except Exception as error:
            wrong[row.number] = f"was refused: {error!r}"

    def judge(row: Row) -> None:
        if row.number in wrong:
            return
        problem = judged(bench, row, clusters[row.number])
        if problem:
            wrong[row.number] = problem

    minute = [row for row in found if row.minute]
    with mock.patch.object(disco.clusters.service, "STACK_MARGIN_MINUTES", -4):
        each(minute, prepare)
    each(minute, happen)  # they time out while the others are looked at
    others = [row for row in found if not row.minute and not row.quota]
    each(others, prepare)
    waits = [row for row in others if row.short]
    with (
        mock.patch.object(disco.heat.template.stack, "MAX_WAIT", SHORT),
        mock.patch.object(disco.clusters.scale, "MAX_WAIT", SHORT),
    ):
        each(waits, happen)
    each([row for row in others if not row.short], happen)
    each(others, judge)
    each(minute, judge)
    limited = [row for row in found if row.quota]
    each(limited, prepare)
    for row in limited:  # quotas are the whole project's
        happen(row)
        judge(row)
    lines = [
        f"{row.number:2} {row.step}, {row.fault}: {wrong.get(row.number) or row.said or row.ends}"
        for row in found
    ]
    record_property("report", "\n".join(lines))
    assert not wrong, "\n".join(f"{n} {found[n - 1].step}: {text}" for n, text in wrong.items())
    assert bench.left() == before
