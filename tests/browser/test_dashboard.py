"""The dashboard in a browser: a cluster's life, refusals, and that everybody can use it."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from heatclient.exc import HTTPNotFound
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from disco.embedded.cloud import Credentials
from tests.browser.conftest import PHONE, WIDE, resize
from tests.browser.page import Page
from tests.support.cloud import until
from tests.support.logserver import line, log_server
from tests.support.service import Caller, ServiceProcess
from tests.support.shell import DISCO, ROOT, environment

pytestmark = pytest.mark.slow
Picture = Callable[[str], None]
SMALL = {"Flavor of the master": "m1.medium", "Flavor of the workers": "m1.small"}


def begin(page: Page, name: str = "", workers: int = 1, image: str = "debian-12") -> None:
    """The form of a new cluster, filled in."""
    page.follow("New cluster")
    page.heading("New cluster")
    for label in ("Image of the master", "Image of the workers"):
        page.choose(label, image)
    for label, flavor in SMALL.items():
        page.choose(label, flavor)
    page.type("Workers", str(workers))
    page.type("Name", name)


def test_a_wrong_password_is_refused_and_the_right_one_then_taken(
    page: Page, user: Credentials
) -> None:
    page.log_in(user.username, "not-the-password", user.project_name)
    page.says("refused this user, password and project")
    assert page.field("Password").get_attribute("value") == ""
    assert page.violations() == []
    page.log_in(user.username, user.password, user.project_name)
    page.heading("Clusters")
    page.says(f"{user.username} in {user.project_name}")


def test_a_cluster_from_its_creation_to_its_end(
    logged_in: Page, caller: Caller, removed: list[str], tmp_path: Path, downloads: Path,
    picture: Picture,
) -> None:  # fmt: skip
    page = logged_in
    begin(page, "my first", workers=2)
    page.field("Dask").click()
    page.says("3 instances: ")
    page.driver.find_element(By.XPATH, "//summary[text()='More settings']").click()
    page.type("heat: ttl", "1h")
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    page.says("disco-worker-2")
    picture("create")
    page.press("Create")
    removed.append(page.cluster_id)
    page.heading("my first")
    page.says("CREATE_COMPLETE")
    page.says("works")
    picture("cluster")
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
        return page.until(lambda: re.search("be deleted at ([^ ]+Z)", page.text()), "an end")[1]

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
    page.press("Delete")
    page.says("The cluster is deleted.")
    assert page.complaints(network=False) == []
    page.follow("Back to the list")
    page.heading("Clusters")
    assert removed[0][:8] not in page.text()


def test_what_a_framework_needs_is_ticked_with_it(logged_in: Page) -> None:
    page = logged_in
    begin(page)
    page.field("Apache HBase").click()
    for name in ("Apache Hadoop", "Apache ZooKeeper"):
        box = page.field(name)
        assert (box.is_selected(), box.is_enabled()) == (True, False), name
    page.says("required by hbase")
    assert "disco create hbase" in page.text()  # what it brings need not be said
    page.field("Apache HBase").click()
    assert not page.field("Apache Hadoop").is_selected()
    assert page.field("Apache Hadoop").is_enabled()


def test_faults_are_shown_at_their_fields(logged_in: Page) -> None:
    page = logged_in
    begin(page, workers=0)
    page.type("Open interfaces without a password to", "everybody")
    page.press("Create")
    page.says("2 errors")
    for label, word in (("Workers", "0"), ("Open interfaces without a password to", "everybody")):
        field = page.field(label)
        assert field.get_attribute("aria-invalid") == "true"
        fault = page.driver.find_element(By.ID, f"{field.get_attribute('id')}-fault")
        assert word in fault.text
    assert page.violations() == []
    page.type("Workers", "1")
    page.type("Open interfaces without a password to", "")
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    assert not page.driver.find_elements(By.CSS_SELECTOR, "[aria-invalid]")


def test_the_quota_fills_while_one_chooses(logged_in: Page) -> None:
    page = logged_in
    begin(page, workers=399)
    page.choose("Flavor of the workers", "m1.large")
    page.says("400 instances")
    page.says("1598 cores: ")
    page.says(" of 1000 would be used - over the limit")
    page.driver.find_element(By.XPATH, "//summary[text()='More settings']").click()
    page.type("heat: groups", "{'big': {'count': 2, 'flavor': 'm1.medium'}, 'more': {'count': 1}}")
    page.says("403 instances")
    page.says("1606 cores: ")
    page.type("heat: groups", "")
    page.press("Create")
    page.says("the project may have 1000 cores")
    assert page.field("Flavor of the workers").get_attribute("aria-invalid") == "true"


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
        picture("installing")
        with events.open("a") as file:
            file.write(f"{line('dask:installed', 'end', 'failed')}\n")
        page.says("dask:installed failed")


def test_no_link_leads_elsewhere_than_to_the_cluster(logged_in: Page, standing: str) -> None:
    page = logged_in
    urls = (
        "javascript:document.title='ran'", "http://evil.example/login", "//evil.example/",
        "http://evil.example/login?x=:8888/lab", "data:text/html,x", "http://a@192.0.2.1/",
    )  # fmt: skip
    told = [
        {"component": "x", "name": f"Lab {i} <b>", "node": "m", "port": 1, "path": "/",
         "reach": "public", "url": url, "allowed_from": None, "group": None}
        for i, url in enumerate(urls)
    ]  # fmt: skip
    page.driver.execute_script(
        "const real = fetch; const told = {interfaces: arguments[0]};"
        "window.fetch = (...a) => String(a[0]).endsWith('/interfaces')"
        " ? Promise.resolve(new Response(JSON.stringify(told), {status: 200})) : real(...a);",
        told,
    )
    page.go(f"#/cluster/{standing}")
    page.says(f"Lab {len(urls) - 1} <b>")
    links = "return [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"
    assert all(link.startswith(("#", "../")) for link in page.driver.execute_script(links))
    own = (
        "const [pairs, done] = arguments;"
        "import(new URL('words.js', location.href)).then((words) =>"
        " done(pairs.map(([url, address]) => words.isOwn(url, address))))"
    )
    pairs = {
        ("http://192.0.2.1:8888/lab", "192.0.2.1"): True,
        ("https://[2001:db8::1]:1/", "2001:DB8::1"): True,
        ("http://evil.example/", "evil.example"): False,
        ("http://192.0.2.1@evil.example/", "192.0.2.1"): False,
        ("http://me@192.0.2.1/", "192.0.2.1"): False,
        ("javascript://192.0.2.1/%0aalert(1)", "192.0.2.1"): False,
        ("http://192.0.2.2/", "192.0.2.1"): False,
        ("", ""): False,
    }
    found = page.driver.execute_async_script(own, list(map(list, pairs)))
    assert dict(zip(pairs, found, strict=True)) == pairs


def test_an_older_service_that_lists_no_nodes_is_named(logged_in: Page, standing: str) -> None:
    page = logged_in
    page.driver.execute_script(
        "const real = fetch;"
        "window.fetch = (...a) => String(a[0]).endsWith('/nodes')"
        " ? Promise.resolve(new Response('{}', {status: 404})) : real(...a);"
    )
    page.go(f"#/cluster/{standing}")
    page.says("This service is older than the dashboard and does not list the nodes.")
    page.says("disco-manager")
    assert page.buttons() >= {"Delete"}


def test_the_shown_commands_do_the_same(
    logged_in: Page, user: Credentials, service: ServiceProcess, removed: list[str], tmp_path: Path
) -> None:
    page = logged_in
    begin(page, "it's mine")
    page.field("JupyterLab").click()
    page.driver.find_element(By.XPATH, "//summary[text()='More settings']").click()
    page.type("jupyter: password", "hunter2-hunter2")
    by_disco, by_curl = (e.text for e in page.driver.find_elements(By.CSS_SELECTOR, "aside pre"))
    assert "hunter2" not in by_disco + by_curl
    assert user.password not in by_disco + by_curl
    names = environment(user, tmp_path)
    names |= {"DISCO": service.base, "JUPYTER_PASSWORD": "hunter2-hunter2"}
    names["PATH"] = f"{Path(sys.executable).parent}:{names['PATH']}"

    def run(command: str) -> str:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env=names, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
        ).stdout  # fmt: skip

    preview = " ".join((*DISCO, "preview"))
    assert "disco-worker-1" in run(by_disco.replace("disco create", preview))
    answer = run(by_curl)
    assert answer.startswith("HTTP/1.1 201"), answer
    (location,) = (w for w in answer.splitlines() if w.lower().startswith("location:"))
    removed.append(location.rpartition("/")[2].strip())
    page.go(f"#/cluster/{removed[0]}")
    page.heading("it's mine")


def test_it_can_be_used_by_keyboard_alone(
    page: Page, user: Credentials, caller: Caller, standing: str
) -> None:
    def keys(*pressed: str) -> None:
        page.driver.switch_to.active_element.send_keys(*pressed)

    keys(user.username, Keys.TAB)
    keys(user.password, Keys.TAB)
    keys(user.project_name, Keys.ENTER)
    page.heading("Clusters")
    page.until(lambda: page.driver.find_elements(By.LINK_TEXT, standing[:8]), "the cluster")

    def tab_to(words: str) -> None:
        for _ in range(60):
            keys(Keys.TAB)
            if page.driver.switch_to.active_element.text == words:
                return
        raise AssertionError(f"{words!r} is not reached by Tab")

    tab_to(standing[:8])
    keys(Keys.ENTER)
    page.says("CREATE_IN_PROGRESS")
    page.driver.find_element(By.TAG_NAME, "h1").send_keys("")
    tab_to("Delete")
    keys(Keys.ENTER)
    page.says("This deletes the cluster with all data on its nodes")
    keys(Keys.ESCAPE)
    page.until(lambda: not page.driver.find_elements(By.TAG_NAME, "dialog"), "no dialog")
    assert page.driver.switch_to.active_element.text == "Delete"
    assert not caller.show(f"/disco/{standing}")["stack_status"].startswith("DELETE")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    page: Page,
    user: Credentials,
    standing: str,
    size: tuple[int, int],
    dark: bool,
    picture: Picture,
) -> None:
    resize(page.driver, size, dark)
    assert page.violations() == []
    assert not page.is_too_wide()
    page.log_in(user.username, user.password, user.project_name)
    page.heading("Clusters")
    for address, words in (
        ("#/", standing[:8]),
        ("#/create", "MiB of memory"),
        (f"#/cluster/{standing}", "Topology"),
        ("#/api", "Operation"),
    ):
        page.go(address)
        page.says(words)
        assert page.violations() == [], address
        assert not page.is_too_wide(), address
    page.go(f"#/cluster/{standing}")
    page.says("Topology")
    picture(f"{'phone' if size == PHONE else 'wide'}-{'dark' if dark else 'light'}")


def test_the_api_can_be_tried(logged_in: Page) -> None:
    page = logged_in
    page.follow("API")
    page.says("Operation")
    operation = page.field("Operation")
    for option in operation.find_elements(By.TAG_NAME, "option"):
        if option.text.startswith("GET /disco/choices"):
            option.click()
    page.press("Send")
    page.says("200 OK")
    page.says("m1.medium")


def test_no_secret_is_kept_and_logging_out_takes_the_token_back(
    page: Page, user: Credentials, service: ServiceProcess, standing: str
) -> None:
    page.driver.execute_script(
        "const real = fetch; window.seen = [];"
        "window.fetch = async (...a) => { const r = await real(...a);"
        " window.seen.push([String(a[0]), r.headers.get('X-Subject-Token')]); return r; }"
    )
    page.log_in(user.username, user.password, user.project_name)
    page.heading("Clusters")
    page.go(f"#/cluster/{standing}")
    page.says("Topology")
    seen: Any = page.driver.execute_script("return window.seen")
    (token,) = (t for _, t in seen if t)
    assert Caller(service.base, {"X-Auth-Token": token}).get("/disco/").status_code == 200
    kept: Any = page.driver.execute_script(
        "return [localStorage.length, sessionStorage.length, document.cookie,"
        " document.documentElement.outerHTML, location.href]"
    )
    assert kept[:3] == [0, 0, ""]
    for secret in (token, user.password, "PRIVATE KEY"):
        assert secret not in kept[3] + kept[4]
        assert all(secret not in url for url, _ in seen)
        assert secret not in service.log()
    page.press("Log out")
    page.says("You are logged out")
    keystone = Caller(f"{user.auth_url}/auth/tokens", {"X-Auth-Token": token})
    until(lambda: keystone.get("", **{"X-Subject-Token": token}).status_code in (401, 404), 30)
    page.driver.refresh()
    page.heading("Log in")
