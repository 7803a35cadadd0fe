"""What a page asks again and again takes nothing from who reads, types or selects on it."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.page import Page
from tests.browser.told import MASTER, Told, told

__all__ = ["told"]

pytestmark = pytest.mark.slow


def select(page: Page, css: str) -> None:
    """Select the text of an element, as with the mouse."""
    page.driver.execute_script(
        "const text = document.querySelector(arguments[0]).firstChild;"
        "getSelection().setBaseAndExtent(text, 0, text, text.length)",
        css,
    )


def selected(page: Page) -> str:
    return str(page.driver.execute_script("return getSelection().toString()"))


def test_focus_selection_and_what_is_typed_or_opened_stay(
    logged_in: Page, standing: str, told: Told
) -> None:
    page = logged_in
    page.go(f"#/cluster/{standing}")
    page.says(f"All {len(told.names)} nodes and their daemons work.")
    page.driver.find_element(By.XPATH, "//summary[starts-with(., 'All attributes')]").click()
    page.driver.find_element(By.XPATH, "//summary[normalize-space()='Read the logs']").click()
    page.type("Lines with", "first")
    page.says("1 of 1 lines")
    select(page, "[aria-labelledby='at-health'] tbody th .cell")
    assert selected(page) == MASTER
    told.health(w1=0)
    page.says("disco-worker-1: dask-worker does not run")
    assert selected(page) == MASTER
    assert page.focused() == "log-search"
    assert page.field("Lines with").get_attribute("value") == "first"
    assert page.driver.find_element(By.XPATH, "//th[.='stack_status']").is_displayed()


def test_a_line_that_is_selected_stays_so_while_the_log_is_followed(
    logged_in: Page, standing: str, told: Told
) -> None:
    page = logged_in
    log = told.folder / "deployment.log"
    log.write_text("the error that somebody copies\n")
    page.go(f"#/cluster/{standing}")
    page.says("Read the logs")
    page.driver.find_element(By.XPATH, "//summary[normalize-space()='Read the logs']").click()
    page.says("1 of 1 lines")
    select(page, "pre[aria-label=Log]")
    with log.open("a") as more:
        more.write("more\n")
    page.says("2 of 2 lines")
    assert selected(page) == "the error that somebody copies"


def test_a_dialog_is_closed_with_its_page(logged_in: Page, standing: str) -> None:
    page = logged_in
    page.go(f"#/cluster/{standing}")
    page.says("Topology")
    page.press("Delete")
    page.says("to confirm")
    page.driver.back()
    page.heading("Clusters")
    assert not page.driver.find_elements(By.TAG_NAME, "dialog")
