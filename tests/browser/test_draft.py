"""A form that is half filled in outlives a reload of the page, without its secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.form import begin, more_settings
from tests.browser.page import Page

pytestmark = pytest.mark.slow
SECRET = "hunter2-hunter2"


def kept(page: Page) -> str:
    """All that the tab keeps but the session."""
    found: Any = page.driver.execute_script("return {...sessionStorage}")
    return json.dumps({name: text for name, text in found.items() if "draft" in name})


def test_a_reload_keeps_what_was_chosen_and_no_secret(logged_in: Page) -> None:
    page = logged_in
    begin(page, "my draft", workers=3)
    for label in ("Dask", "JupyterLab"):
        page.field(label).click()
    more_settings(page)
    page.type("JupyterLab: Password", SECRET)
    page.type("Host name of the master", "boss")
    page.type("Proxy for http", f"http://me:{SECRET}@proxy.example:3128")
    page.type("Further attributes", f"my.token={SECRET}")
    page.type("Time to live", "8h")
    page.until(lambda: "my draft" in kept(page) and "8h" in kept(page), "a draft that is kept")
    assert SECRET not in kept(page)
    page.driver.refresh()
    page.says("As you left it. Passwords, scripts, variables and further attributes are not kept")
    values = {
        "Name": "my draft", "Workers": "3", "Flavor of the workers": "m1.small",
        "Host name of the master": "boss", "Time to live": "8h",
        "JupyterLab: Password": "", "Proxy for http": "", "Further attributes": "",
    }  # fmt: skip
    for label, value in values.items():
        assert page.field(label).get_attribute("value") == value, label
    assert page.field("Dask").is_selected() and page.field("JupyterLab").is_selected()
    assert page.violations() == []
    page.press("Begin anew")
    page.until(lambda: page.field("Name").get_attribute("value") == "", "an empty form")
    assert "As you left it" not in page.text()
    assert kept(page) == "{}"


def test_a_form_that_nobody_filled_in_is_not_kept_and_one_is_forgotten_with_the_session(
    logged_in: Page,
) -> None:
    page = logged_in
    page.follow("New cluster")
    page.says("of memory")
    assert kept(page) == "{}"
    page.type("Name", "mine")
    page.until(lambda: "mine" in kept(page), "a draft that is kept")
    page.press("Log out")
    page.says("You are logged out")
    assert page.driver.execute_script("return sessionStorage.length") == 0


def test_fields_are_called_by_words(logged_in: Page) -> None:
    page = logged_in
    page.follow("New cluster")
    page.heading("New cluster")
    for label in ("Dask", "JupyterLab", "Apache Spark", "Apache Hadoop"):
        page.field(label).click()
    more_settings(page)
    labels: list[str] = page.driver.execute_script(
        "return [...document.querySelectorAll('form label')].map((label) => label.textContent)"
    )
    assert "Volume of each worker, GB" in labels
    assert "Apache Spark: Where executors run" in labels
    inside = [label for label in labels if "_" in label or "slave" in label or label.islower()]
    assert inside in ([], ["ssh key"])
