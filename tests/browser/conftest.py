"""A headless Chromium, and the dashboard of a service on a cloud without nodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from keystoneauth1 import session

from disco.embedded.cloud import Credentials, EmbeddedCloud
from tests.support.cloud import heat_of, session_of
from tests.support.service import Caller, ServiceProcess, attributes, running_service

pytest.importorskip("selenium", reason="selenium is not installed")
pytest.importorskip("axe_core_python", reason="axe-core is not installed")

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.browser.page import Page
from tests.support.browser import browser, downloads

__all__ = ["browser", "downloads"]

#: a folder that pictures for docs/ are written to
PICTURES = os.environ.get("DISCO_PICTURES")
WIDE, PHONE = (1280, 900), (360, 780)


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, browser: Chrome, embedded_cloud: EmbeddedCloud
) -> Iterator[ServiceProcess]:
    folder: Path = tmp_path_factory.mktemp("browser-service")
    with running_service(folder, embedded_cloud.auth_url) as process:
        yield process


@pytest.fixture(scope="session")
def user(embedded_cloud: EmbeddedCloud) -> Credentials:
    return embedded_cloud.credentials_of("demo")


@pytest.fixture(scope="session")
def token(user: Credentials) -> str:
    own: session.Session = session_of(user)
    found = own.get_token()
    assert found
    return found


@pytest.fixture
def caller(service: ServiceProcess, user: Credentials, token: str) -> Caller:
    """The same user without a browser."""
    return Caller(service.base, {"X-Auth-Token": token, "X-Tenant-Name": user.project_name})


@pytest.fixture(scope="session")
def heat(user: Credentials) -> Any:
    return heat_of(user)


@pytest.fixture
def page(browser: Chrome, service: ServiceProcess) -> Iterator[Page]:
    """The dashboard before anybody has logged in; at the end nothing was complained about."""
    browser.switch_to.window(browser.window_handles[0])
    resize(browser, WIDE, dark=False)
    found = Page(browser, service.base)
    found.heading("Log in")
    yield found
    assert found.complaints(network=False) == []


@pytest.fixture
def logged_in(page: Page, user: Credentials) -> Page:
    """The list of clusters."""
    page.log_in(user.username, user.password, user.project_name)
    page.heading("Clusters")
    return page


@pytest.fixture
def removed(caller: Caller) -> Iterator[list[str]]:
    """Clusters whose ids are put here are deleted in the end."""
    ids: list[str] = []
    yield ids
    for one in ids:
        caller.request("DELETE", f"/disco/{one}")
        caller.wait_until_gone(f"/disco/{one}")


@pytest.fixture
def waiting(caller: Caller) -> Iterator[str]:
    """The id of a cluster that waits for its nodes' word; there are none that could give it."""
    yield from waiting_cluster(caller)


@pytest.fixture(scope="module")
def standing(service: ServiceProcess, token: str) -> Iterator[str]:
    """As ``waiting``, one for all tests that only look at it."""
    yield from waiting_cluster(Caller(service.base, {"X-Auth-Token": token}))


def waiting_cluster(caller: Caller) -> Iterator[str]:
    wanted = attributes(waitcondition="true", inject="{'dask': ''}", masterflavor="m1.medium")
    answer = caller.create(wanted)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    yield location.rpartition("/")[2]
    caller.request("DELETE", location)
    caller.wait_until_gone(location)


@pytest.fixture
def picture(browser: Chrome) -> Callable[[str], None]:
    """Keep what is shown, when pictures are wanted."""

    def keep(name: str) -> None:
        if PICTURES:
            browser.save_screenshot(str(Path(PICTURES) / f"dashboard-{name}.png"))

    return keep


@pytest.fixture
def part(browser: Chrome) -> Callable[[str, str], None]:
    """Keep one section of the page, by the id of its heading, when pictures are wanted."""

    def keep(name: str, heading: str) -> None:
        if PICTURES:
            resize(browser, (WIDE[0], 3000), dark=False)  # what is below the window's end is cut
            section = browser.find_element(By.XPATH, f"//section[@aria-labelledby='{heading}']")
            section.screenshot(str(Path(PICTURES) / f"dashboard-{name}.png"))

    return keep


def resize(driver: Chrome, size: tuple[int, int], dark: bool) -> None:
    """The window as of another device, and its preference for light or dark."""
    width, height = size
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
