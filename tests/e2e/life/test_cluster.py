"""Clusters on real nodes: created, computed on, suspended, and gone without a trace."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import yaml
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from disco.data_files import data_dir
from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.demo.checks import leftovers
from tests.browser.page import Page
from tests.e2e.readme import commands
from tests.e2e.traces import (
    ancestors,
    lines,
    name_of,
    network_namespaces,
    processes,
    runs_the_agent,
)
from tests.frameworks.site import IMAGE, STATUS
from tests.support import pages
from tests.support.browser import browser, downloads
from tests.support.cloud import headers_of, until
from tests.support.nodes import needs_nodes
from tests.support.service import Caller, attributes, running_service

__all__ = ["browser", "downloads"]
pytestmark = needs_nodes

LIFECYCLE = pages.Page("lifecycle.md")
CREATE_DEADLINE = 300
PASSWORD = "icclab.disco.components.jupyter.password"


@dataclass
class Site:
    """A cloud with nodes, and the service on it."""

    cloud: EmbeddedCloud
    caller: Caller

    @property
    def openrc(self) -> Path:
        return self.cloud.openrc

    def run(self, script: str, cwd: Path, **names: str) -> str:
        """A shell in which the cloud's openrc was sourced."""
        head = f"set -euo pipefail; source {self.openrc}; export DISCO={self.caller.base}\n"
        return subprocess.run(
            ["bash", "-c", head + script],
            cwd=cwd,
            env={**os.environ, **names},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout


@pytest.fixture(scope="module")
def site(cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    headers = headers_of(cloud.credentials)
    frameworks = f"{data_dir() / 'frameworks'}:{own_framework(folder / 'own')}"
    with running_service(
        folder, cloud.auth_url, waitcondition="True", framework_directory=frameworks
    ) as service:
        yield Site(cloud, Caller(service.base, headers))


BROKEN = """\
schema: 1
name: broken
title: Broken
description: A framework whose installation fails on workers.
versions: ["1"]
requires:
  installed: [{component: shell, state: start}]
roles:
  worker: {install: install.sh.j2}
"""


def own_framework(folder: Path) -> Path:
    """A folder of frameworks beside the built-in ones, as an operator has it."""
    (folder / "broken").mkdir(parents=True)
    (folder / "broken" / "component.yaml").write_text(BROKEN)
    (folder / "broken" / "install.sh.j2").write_text("echo there is no such thing >&2\nfalse\n")
    return folder


def status_of(site: Site, cluster: str) -> dict[str, dict[str, str]]:
    address = site.caller.show(cluster)["external_ip"]
    answer = requests.get(f"http://{address}:8084/status.json", timeout=10)
    found: dict[str, dict[str, str]] = answer.json()
    return found


def each_framework_computed_the_right_value_on_all_workers(site: Site, cluster: str) -> None:
    smoke = status_of(site, cluster)["smoke"]
    results = {name: result["result"] for name, result in smoke.items()}  # type: ignore[index]
    assert "500000500000" in results["dask"]
    assert "2 of 2 workers" in results["dask"]
    for kernel in ("python3", "dask"):
        assert kernel in results["jupyter"]


def jupyter_takes_the_password_and_no_other(site: Site, cluster: str) -> None:
    shown = site.caller.show(cluster)
    address, right = shown["external_ip"], shown[PASSWORD]
    base = f"http://{address}:8888"
    for password, expected in ((right, 200), ("wrong", 401)):
        with requests.Session() as session:
            session.get(f"{base}/login", timeout=10)
            form = {"password": password, "_xsrf": session.cookies.get("_xsrf", "")}
            answer = session.post(f"{base}/login?next=/api/status", data=form, timeout=10)
            assert answer.status_code == expected


def an_interface_opens_from_the_dashboard(site: Site, cluster: str, browser: Chrome) -> None:
    page = Page(browser, site.caller.base)
    who = site.cloud.credentials
    page.log_in(who.username, who.password, who.project_name)
    page.heading("Clusters")
    page.go(f"#/cluster/{cluster[-36:]}")
    tab = browser.current_window_handle
    page.follow("JupyterLab")
    new = page.until(lambda: set(browser.window_handles) - {tab}, "a new tab").pop()
    browser.switch_to.window(new)
    password = site.caller.show(cluster)[PASSWORD]
    page.until(
        lambda: browser.find_element(By.NAME, "password").send_keys(password, Keys.ENTER) or True,
        "JupyterLab's login",
    )
    # its launcher offers a notebook on the cluster
    page.says("Notebook")
    page.says("Dask")
    browser.close()
    browser.switch_to.window(tab)


def interfaces_without_a_password_are_closed_from_outside(site: Site, cluster: str) -> None:
    address = site.caller.show(cluster)["external_ip"]
    for port in (8786, 8787):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://{address}:{port}/", timeout=5)


def the_log_is_where_the_original_had_it(site: Site, cluster: str, tmp_path: Path) -> None:
    log = ssh(site, cluster, tmp_path, "cat /home/ubuntu/webserver/deployment.log")
    assert "the deployment has finished" in log
    address = site.caller.show(cluster)["external_ip"]
    assert requests.get(f"http://{address}:8084/progress.log", timeout=10).text.strip() == "1"


def ssh(site: Site, cluster: str, folder: Path, command: str) -> str:
    shown = site.caller.show(cluster)
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_text(shown["ssh_private_key"].replace("\\n", "\n"))
    options = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
    target = f"ubuntu@{shown['external_ip']}"

    def attempt() -> str | None:
        done = subprocess.run(
            ["ssh", "-i", key, "-p", port_of_ssh(), *options, target, command],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return done.stdout if done.returncode == 0 else None

    found = until(attempt, 60, f"ssh {command}")
    assert found is not None
    return found


def port_of_ssh() -> str:
    """Where 22 cannot be had the embedded cloud offers 20022."""
    return "20022" if STATUS.mode == "user" else "22"


# -- what is left of it ------------------------------------------------------------


@pytest.fixture
def traces(site: Site) -> Callable[[], dict[str, set[str]]]:
    """What of nodes is on this machine.

    Nodes live in the namespaces of the cloud's node agent, so that is where their
    processes, mounts and network namespaces are looked for.
    """
    state = site.cloud.state_dir

    def read() -> dict[str, set[str]]:
        agents = [p for p in processes() if runs_the_agent(p, state)]
        assert agents
        below = {p for p in processes() if any(a in ancestors(p) for a in agents)}
        return {
            "processes": {name_of(p) for p in below},
            "mounts": {m for a in agents for m in lines(Path(f"/proc/{a}/mounts"))},
            "networks": {n for a in agents for n in network_namespaces(a)},
            "files": {str(p) for f in ("nodes", "networks") for p in (state / f).rglob("*")},
            "interfaces": set(os.listdir("/sys/class/net")),
        }

    return read


def comes_back(site: Site, cluster: str) -> None:
    """The nodes look after the resume whether their frameworks compute."""

    def result() -> str | None:
        shown = site.caller.show(cluster)
        return None if shown["disco.phase"] == "checking" else shown["disco.check"]

    assert until(result, 300, "the check after the resume") == "passed"
    found = site.caller.get(f"{cluster}/events", Accept="application/json").json()["events"]
    steps = {(e.get("node"), e["step"], e["status"]) for e in found}
    for node in ("disco-manager", "disco-worker-1", "disco-worker-2"):
        assert (node, "dask:checked", "done") in steps


def test_the_readme_s_commands_and_no_trace_after_the_last(
    site: Site,
    traces: Callable[[], dict[str, set[str]]],
    browser: Chrome,
    subtests: pytest.Subtests,
    tmp_path: Path,
) -> None:
    before, left_before = traces(), set(leftovers(site.openrc))
    start, query, create = commands("Create a cluster")
    assert "source state/openrc" in start
    assert "icclab.disco.components.heat" in site.run(query, tmp_path)
    answer = site.run(create, tmp_path)
    location = re.search(r"^Location: (\S+)", answer, re.M)
    assert location, answer
    uuid = location[1][-36:]
    site.caller.wait_for(location[1], "CREATE_COMPLETE", seconds=CREATE_DEADLINE)
    # each comparison at the end can fail: a living cluster shows in all of them
    during = traces()
    for what in ("processes", "mounts", "networks", "files"):
        assert during[what] - before[what], what
    (listing,) = commands("List")
    assert uuid in site.run(listing, tmp_path)
    (show,) = commands("Show")
    shown = site.run(show.replace("UUID=...", f"UUID={uuid}"), tmp_path)
    address = re.search(r'external_ip="(.+?)"', shown)
    assert address
    assert "icclab.disco.components.jupyter.password" in shown
    (login,) = commands("ssh")
    login = login.replace("<external_ip>", address[1]).replace(
        "ssh -i key", f"ssh -p {port_of_ssh()} -o StrictHostKeyChecking=no -i key"
    )
    said = site.run(f"{login.strip()} hostname", tmp_path, UUID=uuid, HOME=str(tmp_path))
    assert said.strip().endswith("disco-manager")
    # one cluster, since each takes half a minute of the machine, for all that is looked at
    for look in (
        each_framework_computed_the_right_value_on_all_workers,
        jupyter_takes_the_password_and_no_other,
        interfaces_without_a_password_are_closed_from_outside,
    ):
        with subtests.test(look.__name__):
            look(site, location[1])
    with subtests.test("the log is where the original had it"):
        the_log_is_where_the_original_had_it(site, location[1], tmp_path)
    with subtests.test("an interface opens from the dashboard"):
        an_interface_opens_from_the_dashboard(site, location[1], browser)
    (suspend,) = commands("Suspend, resume")
    boot = ssh(site, location[1], tmp_path, "cat /proc/sys/kernel/random/boot_id")
    site.run(suspend, tmp_path, UUID=uuid)
    site.caller.wait_for(location[1], "SUSPEND_COMPLETE")
    with pytest.raises(requests.RequestException):
        requests.get(f"http://{address[1]}:8084/", timeout=2)
    site.run(suspend.replace('"suspend"', '"resume"'), tmp_path, UUID=uuid)
    site.caller.wait_for(location[1], "RESUME_COMPLETE")
    comes_back(site, location[1])
    assert ssh(site, location[1], tmp_path, "cat /proc/sys/kernel/random/boot_id") == boot
    (delete,) = commands("Delete")
    assert site.run(delete, tmp_path, UUID=uuid).strip().endswith("OK")
    site.caller.wait_until_gone(location[1])
    deadline = time.monotonic() + 20
    while (after := traces()) != before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert {k: after[k] - before[k] for k in after} == {k: set() for k in after}
    assert set(leftovers(site.openrc)) - left_before == set()


# -- its end ----------------------------------------------------------------------


def test_a_cluster_is_deleted_while_it_is_created(site: Site) -> None:
    sent = attributes(masterimage=IMAGE, slaveimage=IMAGE, inject="{'dask': ''}")
    location = site.caller.create(sent).headers["Location"]
    assert site.caller.show(location)["stack_status"] == "CREATE_IN_PROGRESS"
    assert site.caller.request("DELETE", location).status_code == 200
    site.caller.wait_until_gone(location)


def test_a_failing_node_names_itself_the_step_and_the_reason(site: Site) -> None:
    sent = attributes(masterimage=IMAGE, slaveimage=IMAGE, inject="{'broken': ''}")
    location = site.caller.create(sent).headers["Location"]
    reason = until(lambda: failed(site.caller.show(location)), CREATE_DEADLINE, "the failure")
    assert reason is not None
    for words in ("disco-worker-1", "broken:installed", "there is no such thing"):
        assert words in reason
    # as the documentation asks for it
    (command,) = LIFECYCLE.blocks("Failure")
    told = LIFECYCLE.run(command, site.openrc, site.caller.base, UUID=location[-36:])
    assert 'disco.failure.step="broken:installed"' in told
    # the evidence stays until the cluster is deleted
    address = site.caller.show(location)["external_ip"]
    until(lambda: served(f"http://{address}:8084/deployment.log"), 60, "the master's log")
    _, command = LIFECYCLE.blocks("Deleting")
    handed_over = LIFECYCLE.run(command, site.openrc, site.caller.base, UUID=location[-36:])
    evidence = yaml.safe_load(handed_over)
    assert evidence["attributes"]["disco.failure.step"] == "broken:installed"
    assert "there is no such thing" in str(evidence["console"])
    assert evidence["deployment_log"]
    site.caller.wait_until_gone(location)


def served(url: str) -> bool:
    """Whether something is there; the master may come up after a worker has failed."""
    with contextlib.suppress(requests.ConnectionError):
        answer = requests.get(url, timeout=10)
        return answer.ok and bool(answer.text)
    return False


def failed(shown: dict[str, str]) -> str | None:
    done = shown["stack_status"] == "CREATE_FAILED"
    return shown["stack_status_reason"] if done else None
