"""What deletes asks for the name, and nothing dangerous has the focus; also on the API page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from disco.embedded.cloud import Credentials
from tests.browser.page import Page
from tests.support.service import Caller, attributes

pytestmark = pytest.mark.slow
HEAT = "icclab.disco.components.heat."


@pytest.fixture
def named(caller: Caller) -> Iterator[str]:
    """The id of a complete cluster with a name."""
    answer = caller.create({**attributes(), "occi.core.title": "sales  data"})
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    caller.wait_for(location, "CREATE_COMPLETE")
    yield location[-36:]
    caller.request("DELETE", location)
    caller.wait_until_gone(location)


def stays(caller: Caller, uuid: str) -> bool:
    return not caller.show(f"/disco/{uuid}")["stack_status"].startswith("DELETE")


def submit(page: Page, word: str) -> WebElement:
    """The dialog's button that does it."""
    return page.driver.find_element(By.XPATH, f"//dialog//button[normalize-space()={word!r}]")


def test_a_delete_asks_for_the_name(logged_in: Page, caller: Caller, named: str) -> None:
    page = logged_in
    page.go(f"#/cluster/{named}")
    page.says("CREATE_COMPLETE")
    page.press("Delete")
    page.says("This deletes the cluster with all data on its nodes")
    # neither Enter nor a click does it, and the focus is where the name is typed
    assert page.focused() == "confirm-name"
    assert not submit(page, "Delete").is_enabled()
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    for wrong in ("sales", "Sales data", named):
        page.type("Type sales data to confirm", wrong)
        assert not submit(page, "Delete").is_enabled(), wrong
        page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.violations() == []
    assert stays(caller, named)
    page.press("Cancel")
    assert stays(caller, named)
    page.press("Delete")
    page.type("Type sales data to confirm", "sales data ")
    assert submit(page, "Delete").is_enabled()
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.says("The cluster is deleted.")


def test_fewer_workers_ask_for_the_name_and_more_do_not(logged_in: Page, named: str) -> None:
    page = logged_in
    page.go(f"#/cluster/{named}")
    page.says("CREATE_COMPLETE")
    page.driver.execute_script("location.hash = '#/'")
    page.heading("Clusters")
    told = {"stack_status": "CREATE_COMPLETE", f"{HEAT}slavecount": "3"}
    shown = {"id": f"urn:uuid:{named}", "kind": "k", "title": "sales data", "attributes": told}
    page.answers(f"/disco/{named}", {**shown, "actions": ["x#scale"]})
    page.go(f"#/cluster/{named}")
    page.press("Scale")
    page.type("Workers", "5")
    assert submit(page, "Scale").is_enabled()
    assert "to confirm" not in page.text()
    page.type("Workers", "2")
    page.says("Type sales data to confirm")
    assert not submit(page, "Scale").is_enabled()
    page.type("Type sales data to confirm", "sales data")
    assert submit(page, "Scale").is_enabled()
    page.press("Cancel")


def choose_operation(page: Page, begins: str) -> None:
    page.follow("API")
    page.says("Operation")
    options = page.field("Operation").find_elements(By.TAG_NAME, "option")
    next(o for o in options if o.text.startswith(begins)).click()


def test_the_api_page_asks_for_the_project_before_it_deletes_all(
    logged_in: Page, caller: Caller, named: str, user: Credentials
) -> None:
    page = logged_in
    choose_operation(page, "DELETE /disco/ ")
    page.press("Send")
    page.says("Delete all clusters?")
    page.says(f"of the project {user.project_name}, with all data on their nodes")
    assert page.focused() == "confirm-name"
    assert not submit(page, "Send").is_enabled()
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.type(f"Type {user.project_name} to confirm", "all")
    assert not submit(page, "Send").is_enabled()
    assert page.violations() == []
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.until(lambda: not page.driver.find_elements(By.TAG_NAME, "dialog"), "no dialog")
    assert stays(caller, named)


def test_the_api_page_asks_for_the_name_before_it_deletes_one(
    logged_in: Page, caller: Caller, named: str
) -> None:
    page = logged_in
    choose_operation(page, "DELETE /disco/{uuid}")
    page.type("uuid (required)", named)
    page.press("Send")
    page.says("Delete sales data?")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert stays(caller, named)
    page.type("Type sales data to confirm", "sales data")
    submit(page, "Send").click()
    page.says("200 OK")
    assert not stays(caller, named)


@pytest.mark.parametrize(
    ("operation", "action", "words"),
    [("POST /disco/ ", "suspend", "Send suspend to all clusters?"),
     ("POST /disco/{uuid}", "suspend", "Send suspend?")],
)  # fmt: skip
def test_the_api_page_asks_before_it_acts(
    logged_in: Page, operation: str, action: str, words: str
) -> None:
    page = logged_in
    choose_operation(page, operation)
    if "{uuid}" in operation:
        page.type("uuid (required)", "5f0c9a2e-1111-4222-8333-444455556666")
    page.type("action", action)
    page.press("Send")
    page.says(words)
    assert page.focused() in ("Cancel", "confirm-name")
    page.press("Cancel")
    page.until(lambda: not page.driver.find_elements(By.TAG_NAME, "dialog"), "no dialog")
    assert "200 OK" not in page.text()


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
