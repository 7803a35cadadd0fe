"""A list of clusters in all conditions, for tests of what the dashboard makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.page import Page

HEAT = "icclab.disco.components.heat."
LONG = "a rather long name of a cluster for the quarterly evaluation of sales"
DIED = "disco-worker-1: dask-worker does not run"
WHY = "dask:installed: exit 6: curl: (6) Could not resolve host: pypi.example.org"


def ago(**past: float) -> str:
    return (datetime.now(UTC) - timedelta(**past)).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(number: int, title: str, status: str, frameworks: str, **more: str) -> dict[str, Any]:
    """A cluster as the service lists it."""
    told = {f"disco.{name.replace('__', '.')}": text for name, text in more.items()}
    listed = {"stack_status": status, "disco.frameworks": frameworks, f"{HEAT}slavecount": "3"}
    uuid = f"{number:08d}-1111-4111-8111-111111111111"
    return {"id": f"urn:uuid:{uuid}", "kind": "k", "title": title, "attributes": listed | told}


def some() -> list[dict[str, Any]]:
    return [
        entry(1, "notebooks", "CREATE_COMPLETE", "dask+jupyter", phase="complete",
              health="healthy", created=ago(hours=3), expires=ago(hours=-2, minutes=-5),
              ending="delete"),
        entry(2, "stream", "CREATE_FAILED", "kafka+flink", phase="failed", created=ago(days=2),
              failure__node="disco-worker-1", failure__reason=WHY),
        entry(3, LONG, "SUSPEND_COMPLETE", "spark", phase="suspended", created=ago(days=9)),
        entry(4, "", "RESUME_COMPLETE", "ray", phase="failed", check="failed",
              created=ago(minutes=90), failure__node="disco-manager",
              failure__reason="waited 60 s for the unit disco-ray-head"),
        entry(5, "later", "RESUME_COMPLETE", "ray", created=ago(minutes=80)),
        entry(6, "over", "CREATE_COMPLETE", "", created=ago(hours=9), expires=ago(hours=1),
              ending="poweroff"),
    ]  # fmt: skip


def row(page: Page, name: str) -> WebElement:
    path = f"//tr[.//a[normalize-space()={name!r}]]"
    return page.until(lambda: page.driver.find_element(By.XPATH, path), f"a row {name!r}")


def badge_of(page: Page, name: str) -> tuple[str, str]:
    """The words of a cluster's badge, and its mood."""
    badge = row(page, name).find_element(By.CSS_SELECTOR, ".badge")
    return badge.text.partition(" ")[2], (badge.get_attribute("class") or "").split()[1]


def names(page: Page) -> list[str]:
    return [e.text for e in page.driver.find_elements(By.CSS_SELECTOR, "tbody th a")]


@pytest.fixture
def listed(logged_in: Page) -> Page:
    """The list of some clusters in all conditions."""
    page = logged_in
    page.answers("/disco/", {"resources": some()})
    # what the list leaves out is not told by a cluster that is not there
    page.go("#/create")
    page.heading("New cluster")
    page.go("#/")
    page.says("notebooks")
    return page
