"""What a first user meets: nodes that still start, what is red or green, slips in a form."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.form import begin
from tests.browser.page import Page
from tests.browser.test_danger import choose_operation
from tests.browser.told import SCRIPT, cluster, health_of_work, utc

pytestmark = pytest.mark.slow
NO_JOBS = "The master shows no jobs: its port 8084 is not reached from here."


def watch(page: Page) -> None:
    """Note what the page asks from now on."""
    page.driver.execute_script(
        "const real = window.fetch; window.asked = [];"
        "window.fetch = (...a) => {"
        " window.asked.push(`${(a[1] || {}).method || 'GET'} ${a[0]}`); return real(...a); };"
    )


def asked(page: Page, words: str) -> list[str]:
    """The requests since then that have these words."""
    found: list[str] = page.driver.execute_script("return window.asked")
    return [one for one in found if words in one]


def state(page: Page) -> tuple[str, str]:
    """The badge of the cluster's page: its text and its mood."""
    badge = page.driver.find_element(By.CSS_SELECTOR, ".state .badge")
    return badge.text, (badge.get_attribute("class") or "").split()[1]


def first_section(page: Page) -> str:
    return page.driver.find_element(By.CSS_SELECTOR, ".columns section h2").text


def test_a_cluster_whose_nodes_do_not_work_is_not_green(logged_in: Page, standing: str) -> None:
    page = logged_in
    page.answers(f"/disco/{standing}", cluster(standing, "CREATE_COMPLETE", "complete"))
    page.answers("/health", health_of_work(4, stopped="disco-worker-1"))
    page.go(f"#/cluster/{standing}")
    page.until(lambda: state(page) == ("✗ not healthy", "bad"), "a red badge")
    assert "The cluster failed" not in page.text()
    path = "//*[@aria-labelledby='at-steps']//summary[contains(., 'disco-worker-1')]"
    assert "✗ disco-worker-1 not healthy" in page.driver.find_element(By.XPATH, path).text
    page.answers("/health", health_of_work(4))
    page.until(lambda: state(page) == ("✓ works", "good"), "a green badge")


def test_nodes_that_still_start_are_not_told_to_be_out_of_reach(
    logged_in: Page, standing: str
) -> None:
    page = logged_in
    port = {"component": "x", "name": "Lab", "node": "m", "port": 1, "path": "/",
            "reach": "public", "url": None, "allowed_from": None, "group": None}  # fmt: skip
    page.answers("/interfaces", {"interfaces": [port]})
    page.answers("/jobs", {"jobs": [], "reason": NO_JOBS, "publish_key": None})
    page.go(f"#/cluster/{standing}")
    page.says("Their health is shown as soon as they tell it.")
    page.says("Plots are drawn as soon as they tell of their load.")
    page.says("none was submitted yet, and the nodes are still starting")
    page.says("may not answer yet: the nodes are still starting")
    assert "8084" not in page.text()
    assert first_section(page) == "Nodes"
    assert page.violations() == []
    page.answers(f"/disco/{standing}", cluster(standing, "CREATE_COMPLETE", "complete"))
    page.answers("/health", health_of_work(2))
    page.says("No jobs yet.")
    page.until(lambda: first_section(page) == "Health now", "the order of one that works")
    assert "still starting" not in page.text()


def test_a_script_that_failed_is_named_with_its_log_and_can_be_mended(
    logged_in: Page, standing: str
) -> None:
    page = logged_in
    why = {"failure__node": "disco-worker-1", "failure__step": "packages:bootstrap",
           "failure__reason": "exit 3"}  # fmt: skip
    failed = cluster(standing, "CREATE_FAILED", "failed", ("retry",), **why)
    page.answers(f"/disco/{standing}", failed)
    page.go(f"#/cluster/{standing}")
    page.says(f"disco logs {standing} packages:bootstrap --node disco-worker-1")
    page.says("packages:bootstrap failed")
    buttons = page.driver.find_elements(By.CSS_SELECTOR, "[aria-label=Actions] > *")
    assert [b.text for b in buttons if b.text] == ["Clone", "Retry", "Delete"]
    assert page.violations() == []
    page.follow("Clone")
    page.heading("New cluster like first")
    assert page.field("Script").get_attribute("value") == SCRIPT


def test_a_cluster_that_is_deleted_is_not_offered_to_be(logged_in: Page, standing: str) -> None:
    page = logged_in
    page.answers(f"/disco/{standing}", cluster(standing, "DELETE_IN_PROGRESS", "deleting"))
    page.go(f"#/cluster/{standing}")
    page.says("DELETE_IN_PROGRESS")
    assert "Delete" not in page.buttons()


@pytest.mark.parametrize(
    ("summary", "label"),
    [
        ("Packages, variables and a script of yours", "Variables of the environment"),
        ("More settings", "Further attributes"),
    ],
)
def test_a_line_that_is_no_pair_is_a_fault_and_nothing_is_sent(
    logged_in: Page, summary: str, label: str
) -> None:
    page = logged_in
    begin(page)
    page.driver.find_element(By.XPATH, f"//summary[text()='{summary}']").click()
    page.type(label, "GOOD=1\nMY VAR=2\n\nlost")
    watch(page)
    page.press("Create")
    page.says(f'{label}: "MY VAR=2", "lost" are not NAME=VALUE')
    assert page.field(label).get_attribute("aria-invalid") == "true"
    assert asked(page, "POST") == []
    assert page.violations() == []
    page.field(label).send_keys("=3")
    page.until(lambda: page.field(label).get_attribute("aria-invalid") is None, "no fault")


def test_a_field_that_was_mended_is_not_red(logged_in: Page) -> None:
    page = logged_in
    begin(page, workers=0)
    page.choose("Flavor of the master", "m1.small")
    page.says("1 core: ")
    page.says("1 instance: ")
    page.type("Time to live", "soon")
    page.press("Preview")
    page.says("2 errors")
    for label, value in (("Workers", "1"), ("Time to live", "2h")):
        assert page.field(label).get_attribute("aria-invalid") == "true", label
        page.type(label, value)
        assert page.field(label).get_attribute("aria-invalid") is None, label
    page.driver.execute_script("window.fetch = () => Promise.reject(new TypeError('away'))")
    page.press("Preview")
    page.says("No connection to the service")
    assert "was refused" not in page.text()


def test_enter_in_a_field_creates_nothing(logged_in: Page) -> None:
    page = logged_in
    begin(page, "mine")
    watch(page)
    for label in ("Name", "Time to live", "Workers"):
        page.field(label).send_keys(Keys.ENTER)
    assert asked(page, "POST") == []
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    assert len(asked(page, "POST")) == 1


def test_the_api_page_wants_what_is_required_and_leads_to_the_answer(
    logged_in: Page, standing: str
) -> None:
    page = logged_in
    choose_operation(page, "GET /disco/{uuid} ")
    watch(page)
    page.press("Send")
    page.says("uuid is required.")
    assert page.focused() == "p-path-uuid"
    assert asked(page, "uuid") == []
    assert page.violations() == []
    page.type("uuid (required)", standing)
    assert "uuid is required." not in page.text()
    page.press("Send")
    page.until(lambda: page.focused() == "200 OK", "the answer has the focus")


def test_a_job_without_a_name_is_not_asked_for(logged_in: Page, standing: str) -> None:
    page = logged_in
    one = {"id": "count", "framework": "dask", "state": "running", "status": None,
           "submitted": utc(60), "started": utc(60), "seconds": None, "ended": None}  # fmt: skip
    watch(page)
    page.answers("/jobs", {"jobs": [one], "reason": "", "publish_key": None})
    page.go(f"#/cluster/{standing}")
    read = "[aria-label='Read what count says']"
    page.until(lambda: page.driver.find_element(By.CSS_SELECTOR, read), "the job").click()
    page.until(lambda: asked(page, "logs?job=count&"), "its log")
    page.answers("/jobs", {"jobs": [], "reason": "suspended", "publish_key": None})
    page.says("none was submitted yet")
    before = len(asked(page, "/events"))
    page.until(lambda: len(asked(page, "/events")) > before + 2, "more turns of the page")
    assert asked(page, "logs?job=&") == []


def test_times_below_a_plot_do_not_run_together(logged_in: Page, standing: str) -> None:
    page = logged_in
    points = {key: [1, 2, 3, 4] for key in (
        "cpu_percent", "memory_percent", "disk_percent", "received_kilobytes", "sent_kilobytes",
    )}  # fmt: skip
    page.answers("/metrics", {
        "time": utc(), "step": 60, "reason": "", "nodes": [{"name": "disco-manager", **points}],
    })  # fmt: skip
    page.driver.execute_script(
        "window.labels = []; const real = CanvasRenderingContext2D.prototype.fillText;"
        "CanvasRenderingContext2D.prototype.fillText = function (text, x, ...more) {"
        " if (String(text).includes(':')) window.labels.push("
        "{text, x, width: this.measureText(text).width});"
        " return real.call(this, text, x, ...more); };"
    )
    page.go(f"#/cluster/{standing}")
    page.says("CPU, %")

    def labels() -> list[dict[str, Any]]:
        return list(page.driver.execute_script("return window.labels"))

    page.until(labels, "labels of the time")
    drawn = labels()
    assert all(len(one["text"]) == 5 for one in drawn), drawn
    for one, other in pairwise(drawn):
        if other["x"] > one["x"]:  # of one plot
            assert other["x"] - one["x"] > 1.3 * one["width"], (one, other)
            assert other["text"] != one["text"]
