"""The form of a new cluster: presets, faults, quotas, clones, and the same request elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from disco.embedded.cloud import Credentials
from tests.browser.form import begin, more_settings, shown_requests
from tests.browser.page import Page
from tests.support.service import Caller, ServiceProcess, attributes
from tests.support.shell import DISCO, ROOT, environment

pytestmark = pytest.mark.slow


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
    more_settings(page)
    page.type(
        "Groups of workers", "{'big': {'count': 2, 'flavor': 'm1.medium'}, 'more': {'count': 1}}"
    )
    page.says("403 instances")
    page.says("1606 cores: ")
    page.type("Groups of workers", "")
    page.press("Create")
    page.says("the project may have 1000 cores")
    assert page.field("Flavor of the workers").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize(
    ("preset", "labels", "frameworks"),
    [
        ("Notebook with Dask", ("Dask", "JupyterLab"), "dask jupyter"),
        ("Spark on YARN", ("Apache Hadoop", "Apache Spark"), "hadoop spark"),
        ("Streaming: Kafka and Flink", ("Apache Kafka", "Apache Flink"), "kafka flink"),
    ],
)
def test_a_preset_is_one_click_and_can_be_changed(
    logged_in: Page, preset: str, labels: tuple[str, ...], frameworks: str
) -> None:
    page = logged_in
    begin(page)
    page.field("Apache Storm").click()
    path = f"//button[.//strong[text()='{preset}']]"
    button = page.until(lambda: page.driver.find_element(By.XPATH, path), preset)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert all(page.field(label).is_selected() for label in labels)
    assert not page.field("Apache Storm").is_selected()
    assert f"disco create {frameworks}" in shown_requests(page)[0]
    page.choose("Flavor of the master", "m1.large")
    page.choose("Flavor of the workers", "m1.large")
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    page.field(labels[0]).click()
    assert button.get_attribute("aria-pressed") == "false"


def test_sizes_are_in_gib_and_the_end_is_told(logged_in: Page) -> None:
    page = logged_in
    begin(page, workers=2)
    flavor = page.field("Flavor of the workers")
    assert "m1.small (1 core, 2 GiB of memory, " in flavor.text
    page.says("8 GiB of memory")
    page.type("Time to live", "8h")
    page.says("(in 8 h)")
    page.type("Time to live", "3d")
    page.says("(in 3 d)")
    page.type("Time to live", "soon")
    assert "Ends " not in page.text()


def test_another_cluster_like_one_is_filled_in(
    logged_in: Page, caller: Caller, removed: list[str]
) -> None:
    page = logged_in
    wanted = attributes(
        inject="{'dask': '', 'jupyter': ''}", slavecount="3", slaveflavor="m1.medium",
        masterflavor="m1.medium", ttl="3h", networkname="their-net", mastername="boss",
    )  # fmt: skip
    secret = {"icclab.disco.components.jupyter.password": "hunter2-hunter2"}
    answer = caller.create({**wanted, **secret, "occi.core.title": "theirs", "my.own": "a note"})
    assert answer.status_code == 201, answer.text
    removed.append(answer.headers["Location"][-36:])
    page.go(f"#/cluster/{removed[0]}")
    page.heading("theirs")
    page.follow("Clone")
    page.heading("New cluster")
    page.says("Filled in from another cluster. Passwords are not copied.")
    filled = {
        "Name": "theirs copy", "Workers": "3", "Flavor of the workers": "m1.medium",
        "Image of the master": "debian-12", "Name of the cluster's network": "their-net",
        "External network": "public", "Host name of the master": "boss",
    }  # fmt: skip
    for label, value in filled.items():
        assert page.field(label).get_attribute("value") == value, label
    assert page.field("Dask").is_selected() and page.field("JupyterLab").is_selected()
    assert page.field("JupyterLab: Password").get_attribute("value") == ""
    assert page.field("Time to live").get_attribute("value") in ("3h", "10800")
    assert page.violations() == []
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    page.says("boss")


def test_the_shown_commands_do_the_same(
    logged_in: Page, user: Credentials, service: ServiceProcess, removed: list[str], tmp_path: Path
) -> None:
    page = logged_in
    begin(page, "it's mine")
    page.field("JupyterLab").click()
    more_settings(page)
    page.type("JupyterLab: Password", "hunter2-hunter2")
    by_disco, by_curl, file = shown_requests(page)
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
    assert "hunter2" not in file
    (tmp_path / "cluster.yaml").write_text(file)
    secret = "-p jupyter.password=hunter2-hunter2"
    previewed = run(f"{preview} -f {tmp_path}/cluster.yaml {secret} --endpoint {service.base}/")
    assert "disco-worker-1" in previewed
    answer = run(by_curl)
    assert answer.startswith("HTTP/1.1 201"), answer
    (location,) = (w for w in answer.splitlines() if w.lower().startswith("location:"))
    removed.append(location.rpartition("/")[2].strip())
    page.go(f"#/cluster/{removed[0]}")
    page.heading("it's mine")
