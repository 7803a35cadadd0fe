"""The list of clusters: what it tells, that nothing is green that does not work, and on a phone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.browser.conftest import PHONE, resize
from tests.browser.listing import LONG, WHY, badge_of, listed, names, row
from tests.browser.page import Page
from tests.support.cloud import until
from tests.support.logserver import log_server
from tests.support.service import Caller, attributes

__all__ = ["listed"]

pytestmark = pytest.mark.slow
Picture = Callable[[str], None]


def test_name_status_frameworks_workers_age_and_end_are_shown(
    listed: Page, picture: Picture
) -> None:
    cells = [c.text for c in row(listed, "notebooks").find_elements(By.XPATH, "./*")]
    assert cells[0].split("\n") == ["notebooks", "00000001"]
    assert cells[1:] == ["✓ works", "dask, jupyter", "3", "3 h ago", "in 2 h"]
    assert row(listed, "00000004").is_displayed()  # without a name it is called by its id
    assert row(listed, LONG).text.endswith("never")
    assert listed.violations() == []
    picture("list")


def test_nothing_is_green_that_is_not_known_to_work_and_why_is_said(listed: Page) -> None:
    assert badge_of(listed, "notebooks") == ("works", "good")
    assert badge_of(listed, "stream") == ("create failed", "bad")
    assert f"disco-worker-1: {WHY}" in row(listed, "stream").text
    assert badge_of(listed, "00000004") == ("check failed", "bad")
    assert "waited 60 s for the unit disco-ray-head" in row(listed, "00000004").text
    assert badge_of(listed, "later") == ("resumed, not checked yet", "none")
    assert badge_of(listed, "over") == ("may have ended", "none")
    green = listed.driver.find_elements(By.CSS_SELECTOR, ".badge.good")
    assert len(green) == 1


def test_clusters_are_found_filtered_and_sorted(listed: Page) -> None:
    page = listed
    assert names(page)[0] == "later"  # the newest first
    page.says("6 of 6 clusters")
    page.type("Find", "RAY")
    page.until(lambda: set(names(page)) == {"00000004", "later"}, "those with Ray")
    page.says("2 of 6 clusters")
    page.type("Find", "nothing like it")
    page.says("No cluster matches.")
    page.type("Find", "0000000")
    Select(page.field("Status")).select_by_visible_text("failed")
    page.until(lambda: set(names(page)) == {"stream", "00000004"}, "those that failed")
    Select(page.field("Status")).select_by_visible_text("any status")
    Select(page.field("Sort")).select_by_visible_text("Ending first")
    page.until(lambda: names(page)[:2] == ["over", "notebooks"], "the order of their ends")
    Select(page.field("Sort")).select_by_visible_text("Name")
    page.until(lambda: names(page)[-1] == "stream", "the order of their names")
    assert page.driver.switch_to.active_element.get_attribute("id") == "sort"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_list_is_readable_on_a_phone(listed: Page, dark: bool, picture: Picture) -> None:
    page = listed
    resize(page.driver, PHONE, dark)
    widths: list[float] = page.driver.execute_script(
        "return [...document.querySelectorAll('tbody .cell')].map((c) =>"
        " c.getBoundingClientRect().width)"
    )
    assert len(widths) == 6 * 6
    assert min(widths) >= 150
    # nothing is cut off at its card's edge
    cut: int = page.driver.execute_script(
        "return [...document.querySelectorAll('tbody .cell, .badge')].filter((c) =>"
        " c.scrollWidth > c.clientWidth + 1).length"
    )
    assert cut == 0
    # no word of a name stands in pieces below one another
    lines: list[int] = page.driver.execute_script(
        "return [...document.querySelectorAll('tbody th a')].map((a) => a.getClientRects().length)"
    )
    assert max(lines) <= 4
    assert not page.is_too_wide()
    assert page.violations() == []
    picture(f"phone-list-{'dark' if dark else 'light'}")


@pytest.mark.parametrize("address", ["cluster", "preview"])
def test_so_are_all_other_tables(logged_in: Page, standing: str, address: str) -> None:
    page = logged_in
    resize(page.driver, PHONE, dark=False)
    if address == "cluster":
        page.go(f"#/cluster/{standing}")
        page.says("Topology")
        page.driver.find_element(By.XPATH, "//summary[starts-with(., 'All attributes')]").click()
    else:
        page.go("#/create")
        page.says("of memory")
        page.press("Preview")
        page.says("Preview: nothing is created yet")
    widths: list[float] = page.driver.execute_script(
        "return [...document.querySelectorAll('tbody .cell')].filter((c) => c.offsetParent)"
        ".map((c) => c.getBoundingClientRect().width)"
    )
    assert len(widths) > 8
    assert min(widths) >= 130
    assert not page.is_too_wide()


def test_no_word_of_a_table_is_broken_on_a_wide_screen(logged_in: Page) -> None:
    page = logged_in
    page.go("#/create")
    page.says("of memory")
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    broken: list[str] = page.driver.execute_script(
        "return [...document.querySelectorAll('.cell')].filter((c) => {"
        "  const range = document.createRange(); range.selectNodeContents(c);"
        "  return !/\\s|-/.test(c.textContent) && range.getClientRects().length > 1;"
        "}).map((c) => c.textContent)"
    )
    assert broken == []
    assert page.driver.find_elements(By.XPATH, "//td[.='m1.medium']")


def test_an_empty_project_is_shown_a_first_step(logged_in: Page, picture: Picture) -> None:
    page = logged_in
    page.answers("/disco/", {"resources": []})
    page.go("#/create")
    page.heading("New cluster")
    page.go("#/")
    page.says("This project has no clusters")
    assert page.violations() == []
    picture("empty")
    page.follow("Create a notebook with Dask")
    page.heading("New cluster")
    for label in ("Dask", "JupyterLab"):
        page.until(page.field(label).is_selected, f"{label} is chosen")


def test_while_the_cloud_is_away_nothing_is_green_and_what_is_missing_is_named(
    listed: Page,
) -> None:
    page = listed
    assert page.driver.find_elements(By.CSS_SELECTOR, ".badge.good")
    away = "The orchestration service did not answer within 60 s."
    page.answers("/disco/", {"message": away, "code": "cloud-timeout", "faults": []}, 504)
    well = {"service": "identity", "status": "ok", "reason": None, "answered": 0.1}
    missing = {"service": "orchestration", "status": "missing", "reason": "It timed out."}
    services = [well, {**missing, "answered": 75.2}]
    page.answers("/ready", {"status": "not-ready", "version": "1", "services": services}, 503)
    page.says(away)
    page.says("orchestration does not answer: It timed out. It last answered 75 s ago.")
    assert "identity does not answer" not in page.text()
    page.says("as of ")
    assert names(page), "what was known stays"
    assert not page.driver.find_elements(By.CSS_SELECTOR, ".badge.good")
    assert page.violations() == []


@pytest.fixture
def resumed(caller: Caller, heat: Any, tmp_path: Path) -> Iterator[tuple[str, int, str]]:
    """The id, the check's number and the address of a cluster that was resumed just now."""
    wanted = attributes(waitcondition="true", inject="{'dask': ''}", masterflavor="m1.medium")
    answer = caller.create({**wanted, "occi.core.title": "overnight"})
    assert answer.status_code == 201, answer.text
    path, uuid = answer.headers["Location"], answer.headers["Location"][-36:]
    until(lambda: caller.show(path).get("disco.phase") == "installing", 90)
    said = {"status": "SUCCESS", "reason": "ready", "data": "", "id": "disco-manager"}
    heat.resources.signal(f"disco_{uuid}", "signal", data=said)
    caller.wait_for(path, "CREATE_COMPLETE")
    for action, status in (("suspend", "SUSPEND_COMPLETE"), ("resume", "RESUME_COMPLETE")):
        sent = {"Content-type": "text/occi", "X-OCCI-Attribute": f'action="{action}"'}
        assert caller.request("POST", path, headers=sent).status_code == 200
        caller.wait_for(path, status)
    number = int(datetime.now(UTC).timestamp())
    yield uuid, number, caller.show(path)["external_ip"]
    caller.request("DELETE", path)
    caller.wait_until_gone(path)


def test_a_cluster_whose_check_failed_is_red_in_list_and_page(
    logged_in: Page, resumed: tuple[str, int, str], tmp_path: Path, picture: Picture
) -> None:
    page = logged_in
    uuid, number, address = resumed
    reason = "waited 60 s for the unit disco-dask-worker"
    failed = {"check": number, "status": "failed", "node": "disco-worker-1",
              "step": "dask:checked", "reason": reason, "lines": "one\ntwo"}  # fmt: skip
    page.go("#/")
    page.until(lambda: badge_of(page, "overnight")[1] in ("busy", "none"), "not green, not known")
    (tmp_path / "checked.json").write_text(json.dumps(failed))
    with log_server(address, tmp_path):
        page.until(
            lambda: badge_of(page, "overnight") == ("check failed", "bad"), "red in the list"
        )
        assert f"disco-worker-1: dask:checked: {reason}" in row(page, "overnight").text
        page.follow("overnight")
        page.says("The cluster does not work: its check failed")
        page.says(reason)
        page.says("one\ntwo")
        assert not page.driver.find_elements(By.CSS_SELECTOR, ".badge.good, .node.good")
        assert page.violations() == []
        picture("check-failed")
        assert uuid in page.driver.current_url


def test_the_list_takes_less_than_200_kb_to_be_seen(logged_in: Page) -> None:
    page = logged_in
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    page.driver.refresh()  # the session stays
    page.heading("Clusters")
    page.until(
        lambda: page.driver.execute_script(
            "return performance.getEntriesByName('first-contentful-paint').length"
        ),
        "the first paint",
    )
    page.says("Create a cluster")
    sizes = page.driver.execute_script(
        "return ['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type))"
        ".map((entry) => [entry.name, entry.transferSize])"
    )
    total = sum(size for _, size in sizes)
    print(f"first view of the list: {total} bytes in {len(sizes)} answers")
    assert 50_000 < total < 200_000, sizes
    assert "uplot" not in str(sizes)  # the plots' library is for a cluster's page
