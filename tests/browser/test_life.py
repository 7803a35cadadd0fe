"""A cluster's life in the dashboard: created, changed, failed, retried and deleted."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from heatclient.exc import HTTPNotFound
from selenium.webdriver.common.by import By

from tests.browser.form import begin
from tests.browser.page import Page
from tests.support.cloud import until
from tests.support.logserver import line, log_server
from tests.support.service import Caller

pytestmark = pytest.mark.slow
Picture = Callable[[str], None]


def test_a_cluster_from_its_creation_to_its_end(
    logged_in: Page, caller: Caller, removed: list[str], tmp_path: Path, downloads: Path,
    picture: Picture,
) -> None:  # fmt: skip
    page = logged_in
    begin(page, "my first", workers=2)
    page.field("Dask").click()
    page.says("3 instances: ")
    page.type("Time to live", "1h")
    page.says("(in 1 h)")
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    page.says("disco-worker-2")
    page.driver.execute_script("scrollTo(0, 0)")
    picture("create")
    page.press("Create")
    removed.append(page.cluster_id)
    page.heading("my first")
    page.says("CREATE_COMPLETE")
    page.says("complete, health unknown")  # there are no nodes that could say that it works
    assert page.violations() == []

    # an interface opens in a tab of its own
    address = caller.show(f"/disco/{page.cluster_id}")["external_ip"]
    (tmp_path / "deployment.log").write_text("all is well")
    with log_server(address, tmp_path):
        tab = page.driver.current_window_handle
        page.follow("Deployment log")
        new = page.until(lambda: set(page.driver.window_handles) - {tab}, "a new tab").pop()
        page.driver.switch_to.window(new)
        page.says("all is well")
        page.driver.close()
        page.driver.switch_to.window(tab)

    # the key is a file, and that of the cluster
    page.press("Download the private key")
    name = f"disco-{page.cluster_id[:8]}.pem"
    key = page.until(lambda: list(downloads.glob(name)), "the key")[0]
    key.chmod(0o600)
    public = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(key)], capture_output=True, text=True, check=True
    ).stdout
    shown = caller.show(f"/disco/{page.cluster_id}")["ssh_public_key"]
    assert public.split()[1] == shown.split()[1]

    page.press("Suspend")
    page.says("SUSPEND_COMPLETE")
    page.press("Resume")
    page.says("RESUME_COMPLETE")

    def ends() -> str:
        path = "//p[contains(., 'be deleted at')]/time"
        found = page.until(lambda: page.driver.find_element(By.XPATH, path), "an end")
        return found.get_attribute("datetime") or ""

    end = ends()
    page.press("Extend")
    page.type("Time to live from now, such as 90m or 2h", "3h")
    page.press("Extend")
    page.until(lambda: ends() > end, "a later end")
    page.says("UPDATE_COMPLETE")

    page.press("Scale")
    page.type("Workers", "3")
    page.press("Scale")
    page.says("disco-worker-3")
    page.says("UPDATE_COMPLETE")
    assert page.buttons() >= {"Scale", "Suspend", "Delete"}

    page.press("Delete")
    page.type("Type my first to confirm", "my first")
    page.press("Delete")
    page.says("The cluster is deleted.")
    assert page.complaints(network=False) == []
    page.follow("Back to the list")
    page.heading("Clusters")
    assert removed[0][:8] not in page.text()


def test_a_failed_cluster_says_where_and_why(
    logged_in: Page, waiting: str, heat: Any, caller: Caller, picture: Picture
) -> None:
    page = logged_in
    page.go(f"#/cluster/{waiting}")
    page.says("CREATE_IN_PROGRESS")
    until(lambda: caller.show(f"/disco/{waiting}")["disco.phase"] == "installing", 60)

    def signal(handle: str, node: str, reason: str, good: bool = False) -> None:
        def wanted() -> bool:
            with contextlib.suppress(HTTPNotFound):
                found = heat.resources.get(f"disco_{waiting}", "ready")
                return bool(found.resource_status == "CREATE_IN_PROGRESS")
            return False

        until(wanted, 60, "somebody who waits for signals")
        data = {"status": "SUCCESS" if good else "FAILURE", "reason": reason, "id": node}
        heat.resources.signal(f"disco_{waiting}", handle, data=data)

    why = "dask:installed: exit 6: curl: (6) Could not resolve host: a.b"
    signal("signal", "disco-worker-1", f"disco-worker-1: {why}")
    page.says("The cluster failed")
    for words in ("disco-worker-1", "dask:installed", "Could not resolve host"):
        page.says(words)
    assert page.violations() == []
    assert "Retry" in page.buttons()
    picture("failed")
    page.follow("Clusters")
    page.says("create failed")

    page.go(f"#/cluster/{waiting}")
    page.press("Retry")
    page.says("UPDATE_IN_PROGRESS")
    signal("retry_signal_1", "disco-manager", "cluster is ready", good=True)
    page.says("UPDATE_COMPLETE")
    assert "The cluster failed" not in page.text()


def test_steps_of_nodes_are_shown_as_they_come(
    logged_in: Page, waiting: str, caller: Caller, tmp_path: Path, picture: Picture
) -> None:
    page = logged_in
    events = tmp_path / "events.jsonl"
    events.write_text(
        f"{line('java:installed', 'start', 'running')}\n{line('java:installed', 'end', 'ok')}\n"
        f"{line('dask:installed', 'start', 'running')}\n"
    )
    until(lambda: "external_ip" in caller.show(f"/disco/{waiting}"))
    with log_server(caller.show(f"/disco/{waiting}")["external_ip"], tmp_path):
        page.go(f"#/cluster/{waiting}")
        page.says("java:installed done, 1.5 s")
        page.says("dask:installed running")
        page.says("1 step done on the nodes, 1 running.")
        assert "resources done" not in page.text()
        picture("installing")
        with events.open("a") as file:
            file.write(f"{line('dask:installed', 'end', 'failed')}\n")
        page.says("dask:installed failed")
