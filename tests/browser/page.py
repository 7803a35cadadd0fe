"""What a person does with the dashboard, for tests: by labels and words, not by its inside."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import axe_core_python
from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

T = TypeVar("T")
#: another release of axe-core than the one installed can be tried
AXE = Path(os.environ.get("DISCO_AXE") or Path(axe_core_python.__file__).parent / "axe.min.js")
#: seconds until what is expected must be there
DEADLINE = 60
#: and between two looks
PAUSE_S = 0.2


class Page:
    """The dashboard of one service in one browser, freshly loaded: nobody is logged in."""

    def __init__(self, driver: Chrome, base: str) -> None:
        self.driver = driver
        self.base = base
        # another document first: only the hash would change nothing but the route; and one of the
        # same origin, whose session the tab has kept
        driver.get(f"{base}/health")
        driver.execute_script("sessionStorage.clear()")
        driver.get_log("browser")
        driver.get(f"{base}/dashboard/")

    def until(self, condition: Callable[[], T], what: str) -> T:
        """Ask until it gives something true; what the page says is in the failure."""
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                result = condition()
            except (NoSuchElementException, StaleElementReferenceException):
                result = None  # type: ignore[assignment]
            if result:
                return result
            assert time.monotonic() < deadline, f"{what}: {self.text()[:3000]}"
            time.sleep(PAUSE_S)

    def text(self) -> str:
        """All that is to be read."""
        # the browser's own words: the driver's are made in JavaScript, and take a core
        return str(self.driver.execute_script("return document.body.innerText"))

    def says(self, words: str) -> None:
        """Wait for words."""
        self.until(lambda: words in self.text(), f"{words!r} is to be read")

    def heading(self, words: str) -> None:
        """Wait for the page with this heading."""
        self.until(
            lambda: words in self.driver.find_element(By.TAG_NAME, "h1").text, f"heading {words!r}"
        )

    def log_in(self, user: str, password: str, project: str) -> None:
        """Fill the form and send it with Enter."""
        for label, value in (("User", user), ("Project", project), ("Password", password)):
            field = self.field(label)
            field.clear()
            field.send_keys(value)
        self.press("Log in")

    def field(self, label: str) -> WebElement:
        """The control with this label."""

        def find() -> WebElement:
            found = self.driver.find_element(By.XPATH, f"//label[normalize-space()={label!r}]")
            return self.driver.find_element(By.ID, found.get_attribute("for") or "")

        return self.until(find, f"a field {label!r}")

    def choose(self, label: str, value: str) -> None:
        """An option of a list, by its value."""

        def choose() -> bool:
            Select(self.field(label)).select_by_value(value)
            return self.field(label).get_attribute("value") == value

        self.until(choose, f"{value!r} chosen as {label!r}")

    def type(self, label: str, value: str) -> None:
        """Replace what is in a field."""
        field = self.field(label)
        field.clear()
        field.send_keys(value)

    def press(self, name: str) -> None:
        """The button with this name that can be pressed."""
        path = f"//button[normalize-space()={name!r}][not(@disabled)]"

        def press() -> bool:
            *_, last = self.driver.find_elements(By.XPATH, path) or [None]
            if last is None or not last.is_displayed():
                return False
            last.click()
            return True

        self.until(press, f"a button {name!r}")

    def buttons(self) -> set[str]:
        """The names of the buttons that are to be seen."""

        def names() -> set[str]:
            found = self.driver.find_elements(By.TAG_NAME, "button")
            return {b.text for b in found if b.is_displayed()}

        return self.until(names, "buttons")

    def follow(self, link: str) -> None:
        """A link by its text."""

        def click() -> bool:
            self.driver.find_element(By.LINK_TEXT, link).click()
            return True

        self.until(click, f"a link {link!r}")

    def go(self, hash_: str) -> None:
        """Another page of the dashboard, as its address bar would."""
        self.driver.execute_script("location.hash = arguments[0]", hash_)

    @property
    def cluster_id(self) -> str:
        """The id of the cluster whose page is shown."""
        found = self.until(
            lambda: re.search(r"#/cluster/([0-9a-f-]{36})$", self.driver.current_url),
            "a cluster's page",
        )
        return found[1]

    def focused(self) -> str:
        """The text of what has the focus; the name of an input."""
        element = self.driver.switch_to.active_element
        return element.text or element.get_attribute("id") or element.tag_name

    def answers(self, ending: str, data: object, status: int = 200) -> None:
        """Have the service answer the page's requests for addresses that end so with this."""
        self.driver.execute_script(
            "const [ending, data, status] = arguments; const real = window.fetch;"
            "const isIt = (url, {method}) => (method || 'GET') === 'GET' &&"
            " (String(url).endsWith(ending) || String(url).split('?')[0].endsWith(ending));"
            "window.fetch = (...a) => isIt(...a)"
            " ? Promise.resolve(new Response(JSON.stringify(data), {status})) : real(...a);",
            ending, data, status,
        )  # fmt: skip

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page as it is now."""
        self.driver.execute_script(AXE.read_text())
        found: Any = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations))"
        )
        return [
            f"{rule['id']}: {rule['help']}: {[n['html'][:200] for n in rule['nodes'][:3]]}"
            for rule in found
        ]

    def complaints(self, network: bool = True) -> list[str]:
        """What the browser's console says; ``network``: answers of 400 and above, too."""
        try:
            entries = self.driver.get_log("browser")
        except WebDriverException:
            return []
        return [
            str(e["message"])
            for e in entries
            if e["level"] in ("SEVERE", "WARNING") and (network or e["source"] != "network")
        ]

    def is_too_wide(self) -> bool:
        """Whether one has to scroll sideways."""
        script = "return document.documentElement.scrollWidth > innerWidth"
        return bool(self.driver.execute_script(script))
