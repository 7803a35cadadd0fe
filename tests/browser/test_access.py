"""Everybody can use the dashboard: by keyboard, with a screen reader, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from disco.embedded.cloud import Credentials
from tests.browser.conftest import PHONE, WIDE, resize
from tests.browser.page import Page
from tests.support.service import Caller

pytestmark = pytest.mark.slow
Picture = Callable[[str], None]


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
        ("#/create", "GiB of memory"),
        (f"#/cluster/{standing}", "Topology"),
        ("#/api", "Operation"),
    ):
        page.go(address)
        page.says(words)
        assert page.violations() == [], address
        assert not page.is_too_wide(), address
    page.go(f"#/cluster/{standing}")
    page.says("Topology")
    page.press("Delete")
    page.says("to confirm")
    assert page.violations() == [], "the dialog"
    assert not page.is_too_wide(), "the dialog"
    page.press("Cancel")
    page.until(lambda: not page.driver.find_elements(By.TAG_NAME, "dialog"), "no dialog")
    picture(f"{'phone' if size == PHONE else 'wide'}-{'dark' if dark else 'light'}")


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
