"""Health, plots and logs on a cluster's page, from what a master tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.browser.conftest import PHONE, WIDE, resize
from tests.browser.page import Page
from tests.browser.told import (
    MASTER,
    NUMBERS,
    Told,
    cluster,
    health_of_work,
    hour_of_work,
    job,
    told,
    utc,
)

__all__ = ["told"]

pytestmark = pytest.mark.slow
Part = Callable[[str, str], None]
LAB = "icclab.disco.components.jupyter.password"


def test_a_daemon_that_stops_is_red_with_words_and_green_again(
    logged_in: Page, standing: str, told: Told
) -> None:
    page = logged_in
    told.health()
    page.go(f"#/cluster/{standing}")
    page.says(f"All {len(told.names)} nodes and their daemons work.")
    assert page.violations() == []
    told.health(w1=0)
    began = time.monotonic()
    page.says("disco-worker-1: dask-worker does not run")
    assert time.monotonic() - began < 10
    page.says("✗ not healthy")
    page.says("✗ dask-worker does not run")
    assert page.violations() == []
    told.health(w1=1)
    page.says("✗ dask-worker does not answer")
    told.health()
    page.says(f"All {len(told.names)} nodes and their daemons work.")
    assert page.complaints(network=False) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_last_hour_is_drawn(
    logged_in: Page, browser: Chrome, standing: str, told: Told, size: tuple[int, int], dark: bool
) -> None:
    page = logged_in
    resize(browser, size, dark)
    told.health()
    told.hour()
    page.go(f"#/cluster/{standing}")
    page.says("CPU, %")

    def drawn() -> bool:
        """Whether there are lines: of each canvas some pixels are neither empty nor all alike."""
        return bool(
            page.driver.execute_script(
                "const all = [...document.querySelectorAll('.plot canvas')];"
                "return all.length === 5 && all.every((c) => c.width > 0 &&"
                " new Set(new Uint32Array(c.getContext('2d')"
                ".getImageData(0, 0, c.width, c.height).data.buffer)).size > 4)"
            )
        )

    page.until(drawn, "five plots")
    labels = [
        e.get_attribute("aria-label") or ""
        for e in page.driver.find_elements(By.CSS_SELECTOR, ".plot [role=img]")
    ]
    assert labels[0].startswith("CPU of the last hour in %. ")
    assert f"{MASTER}: now 59, at most 59" in labels[0]
    assert f"{MASTER}: now 590, at most 590" in labels[3]
    assert page.violations() == []
    assert not page.is_too_wide()
    assert page.complaints(network=False) == []


def test_an_hour_of_work_is_drawn_for_the_documentation(
    logged_in: Page, standing: str, part: Part
) -> None:
    page = logged_in
    page.answers("/health", health_of_work(4, stopped="disco-worker-3"))
    page.answers("/metrics", hour_of_work(4))
    page.go(f"#/cluster/{standing}")
    page.says("disco-worker-3: dask-worker does not run")
    page.says("✓ passed")
    page.says("CPU, %")
    page.until(lambda: page.driver.find_elements(By.CSS_SELECTOR, ".plot canvas"), "the plots")
    assert page.violations() == []
    part("health", "at-health")
    part("hour", "at-hour")


def test_a_cluster_that_works_is_shown_for_the_documentation(
    logged_in: Page, standing: str, picture: Callable[[str], None]
) -> None:
    page = logged_in
    names = [MASTER, *(f"disco-worker-{n}" for n in range(1, 4))]
    shown = cluster(
        standing, "CREATE_COMPLETE", "complete", ("suspend", "scale", "extend", "check"),
        created=utc(7000), expires=utc(-7500), ending="delete", frameworks="dask+jupyter",
    )  # fmt: skip
    shown["attributes"] |= {"external_ip": "203.0.113.7", LAB: "not to be seen"}
    page.answers("/interfaces", {"interfaces": [
        {"component": "x", "name": name, "node": MASTER, "port": port, "path": path,
         "reach": reach, "url": url, "allowed_from": None, "group": None}
        for name, port, path, reach, url in (
            ("JupyterLab", 8888, "/lab", "public", "http://203.0.113.7:8888/lab"),
            ("Dask dashboard", 8787, "/status", "tunnel", None),
        )
    ]})  # fmt: skip
    page.answers("/nodes", {"nodes": [{"name": name} for name in names]})
    page.answers("/jobs", {"jobs": [job("train")], "reason": "", "publish_key": None})
    page.answers("/health", health_of_work(4))
    page.answers("/metrics", hour_of_work(4))
    page.answers(f"/disco/{standing}", {**shown, "title": "analysis"})
    page.go(f"#/cluster/{standing}")
    page.says("All 4 nodes and their daemons work.")
    page.says("CPU, %")
    page.until(lambda: page.driver.find_elements(By.CSS_SELECTOR, ".plot canvas"), "the plots")
    assert page.driver.find_element(By.CSS_SELECTOR, ".state .badge").text == "✓ works"
    page.says("JupyterLab: Password")
    assert "not to be seen" not in page.text()
    assert page.violations() == []
    picture("cluster")


def hundred() -> tuple[dict[str, Any], dict[str, Any]]:
    names = [MASTER, *(f"disco-worker-{n}" for n in range(1, 101))]
    time_ = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def node(name: str, number: int) -> dict[str, Any]:
        bad = number == 77
        status = "stopped" if bad else "works"
        return {
            "name": name, "role": "worker", "status": "unhealthy" if bad else "healthy",
            "reason": "dask-worker does not run" if bad else "", "seen": time_,
            "daemons": [{"name": "dask-worker", "status": status}],
            **dict.fromkeys(NUMBERS, number % 100),
        }  # fmt: skip

    health = {
        "status": "unhealthy", "reason": "disco-worker-77: dask-worker does not run",
        "time": time_, "age": 1.0, "check": None,
        "nodes": [node(name, n) for n, name in enumerate(names)],
    }  # fmt: skip
    points = {key: list(range(60)) for key in NUMBERS}
    hour = {
        "time": time_,
        "step": 30,
        "reason": "",
        "nodes": [{"name": n, **points} for n in names],
    }
    return health, hour


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_hundred_workers_can_be_read(
    logged_in: Page, browser: Chrome, standing: str, size: tuple[int, int]
) -> None:
    page = logged_in
    resize(browser, size, dark=False)
    health, hour = hundred()
    page.answers("/health", health)
    page.answers("/metrics", hour)
    page.go(f"#/cluster/{standing}")
    page.says("disco-worker-77: dask-worker does not run")
    page.says("100 healthy nodes")
    rows = page.driver.find_elements(
        By.XPATH, "//table[caption[starts-with(., 'Nodes that')]]//tbody/tr"
    )
    assert len(rows) == 1
    page.says("highest of 101 nodes")
    page.choose("A node of its own", "disco-worker-9")
    legend = page.driver.find_element(By.CLASS_NAME, "legend")
    page.until(lambda: "disco-worker-9" in legend.text, "its line")
    assert page.violations() == []
    assert not page.is_too_wide()


def test_logs_are_searched_and_followed(logged_in: Page, standing: str, told: Told) -> None:
    page = logged_in
    log = told.folder / "deployment.log"
    log.write_text("first line\nan <img src=x onerror=alert(1)> \x1b[31m line\nsecond line\n")
    page.go(f"#/cluster/{standing}")
    page.says("Read the logs")
    page.driver.find_element(By.XPATH, "//summary[normalize-space()='Read the logs']").click()
    page.says("3 of 3 lines")
    page.says("an <img src=x onerror=alert(1)>")
    page.type("Lines with", "LINE")
    page.says("3 of 3 lines")
    page.type("Lines with", "second")
    page.says("1 of 3 lines")
    assert "first line" not in page.text()
    with log.open("a") as more:
        more.write("second thoughts\nthird\n")
    page.says("2 of 5 lines")
    page.says("second thoughts")
    assert page.violations() == []
    page.choose("Log", "events")
    page.says("0 of 0 lines")
    page.choose("Node", told.names[1])
    page.says("cannot be read: there is none yet")
    page.says("disco logs reads it through ssh.")
