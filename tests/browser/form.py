"""The form of a new cluster, filled in as a person does."""

from __future__ import annotations

from selenium.webdriver.common.by import By

from tests.browser.page import Page

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


def more_settings(page: Page) -> None:
    """Open what is not needed often."""
    page.driver.find_element(By.XPATH, "//summary[text()='More settings']").click()


def shown_requests(page: Page) -> tuple[str, str, str]:
    """The same request as command, for curl, and as a cluster file."""
    by_disco, by_curl, file = (
        e.get_attribute("textContent") or ""
        for e in page.driver.find_elements(By.CSS_SELECTOR, "aside pre")
    )
    return by_disco, by_curl, file
