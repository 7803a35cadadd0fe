"""The jobs of a cluster on its page, from what its master shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.browser.conftest import PHONE, WIDE, resize
from tests.browser.page import Page
from tests.browser.told import Told, job, told, utc
from tests.support.service import Caller

__all__ = ["told"]

pytestmark = pytest.mark.slow
Part = Callable[[str, str], None]


@pytest.fixture
def key(caller: Caller, standing: str) -> str:
    """Where the service looks for jobs."""
    return str(caller.get(f"/disco/{standing}/jobs").json()["publish_key"])


def rows(page: Page) -> list[list[str]]:
    """The cells of the table of jobs."""
    path = "//table[caption[.='Jobs, the newest first']]//tbody/tr"
    found = page.driver.find_elements(By.XPATH, path)
    return [[c.text for c in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in found]


def read(page: Page, job: str) -> None:
    """The button in the row of a job."""

    def click() -> bool:
        page.driver.find_element(By.CSS_SELECTOR, f"[aria-label='Read what {job} says']").click()
        return True

    page.until(lambda: page.driver.find_element(By.ID, "at-jobs").is_displayed(), "the page")
    page.until(click, f"the button of {job}")


def test_jobs_are_listed_and_their_ends_are_seen(
    logged_in: Page, standing: str, told: Told, key: str
) -> None:
    page = logged_in
    page.go(f"#/cluster/{standing}")
    page.says("The master shows no jobs: none was submitted yet")
    page.says(f"disco job submit {standing} FILE")
    end = {"ended": utc(100), "seconds": 125.4, "started": utc(225), "submitted": utc(230)}
    failed = job("load", "failed", status=3, framework="spark", **end)
    told.jobs(key, job("count"), failed)
    page.until(lambda: len(rows(page)) == 2, "two jobs")
    running, ended = rows(page)
    assert running == ["count\ndask", "… runs", "5 min ago", "", "Read"]
    assert ended[:2] == ["load\nspark", "✗ failed\nexit status 3"]
    assert ended[3] == "2 min 5 s"
    assert page.violations() == []
    told.health()  # nothing else is to be said
    told.jobs(key, job("count", "done", status=0, seconds=3.25, ended=utc()), failed)
    page.until(lambda: rows(page)[0][1] == "✓ done\nexit status 0", "the end")
    assert rows(page)[0][3] in ("3.3 s", "3.2 s")
    page.until(
        lambda: (
            page.driver.find_element(By.ID, "announce").get_attribute("textContent")
            == "Job count: done"
        ),
        "the end is said",
    )


def test_what_a_job_says_is_read_from_its_row_searched_and_followed(
    logged_in: Page, standing: str, told: Told, key: str
) -> None:
    page = logged_in
    both = (job("count"), job("load"))
    said = "0\nbegun\n<img src=x onerror=alert(1)> \x1b[31m\nno end of line"
    told.jobs(key, *both, count_stdout=said, count_stderr="0\nwarned\n", load_stdout="7\nlate\n")
    page.go(f"#/cluster/{standing}")
    page.until(lambda: len(rows(page)) == 2, "two jobs")
    read(page, "count")
    page.says("3 of 3 lines")
    page.says("<img src=x onerror=alert(1)>")
    page.says("no end of line")
    page.type("Lines of the job with", "BEGUN")
    page.says("1 of 3 lines")
    page.type("Lines of the job with", "more")
    told.jobs(key, *both, count_stdout=f"{said} yet\nmore\n")
    page.says("1 of 4 lines")
    page.type("Lines of the job with", "yet")
    page.says("no end of line yet")
    page.choose("Stream", "stderr")
    page.type("Lines of the job with", "warn")
    page.says("1 of 1 lines")
    page.says("warned")
    assert page.violations() == []
    read(page, "load")
    page.choose("Stream", "stdout")
    page.type("Lines of the job with", "late")
    page.says("1 of 1 lines")
    assert "warned" not in page.text()
    told.jobs(key, job("gone"))
    page.until(lambda: [row[0] for row in rows(page)] == ["gone\ndask"], "the other job")
    read(page, "gone")
    page.says("What the job gone says cannot be read")
    page.says("disco job logs reads it through ssh.")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_jobs_can_be_read_on_every_screen(
    logged_in: Page, browser: Chrome, standing: str, part: Part, size: tuple[int, int], dark: bool,
) -> None:  # fmt: skip
    page = logged_in
    resize(browser, size, dark)
    jobs = [
        ("1129-081502-9f3c", "spark", "running", None, 40, None),
        ("nightly-2026-11-29", "dask", "done", 0, 5400, 912.3),
        ("1128-173011-c2d1", "flink", "failed", 1, 50_000, 7.42),
        ("1128-120000-aa01", "python", "cancelled", 143, 70_000, 4210.0),
        ("monthly-report-of-all-sensors-in-the-lab", "mapreduce", "lost", None, 90_000, None),
    ]
    told = [
        {
            "id": name, "framework": framework, "state": state, "status": status,
            "submitted": utc(ago + 2), "started": utc(ago), "seconds": seconds,
            "ended": None if seconds is None else utc(ago - seconds),
        }
        for name, framework, state, status, ago, seconds in jobs
    ]  # fmt: skip
    page.answers("/jobs", {"jobs": told, "reason": "", "publish_key": None})
    page.go(f"#/cluster/{standing}")
    page.until(lambda: len(rows(page)) == len(jobs), "the jobs")
    page.says("1 h 10 min")
    assert page.violations() == []
    assert not page.is_too_wide()
    hidden = (
        "const shown = document.querySelector('[aria-label^=\"Jobs, the\"]');"
        "return shown.scrollWidth - shown.clientWidth"
    )
    assert page.driver.execute_script(hidden) <= 1
    if size == WIDE and not dark:
        part("jobs", "at-jobs")


def test_an_older_service_and_one_that_refuses_are_told_in_words(
    logged_in: Page, standing: str
) -> None:
    page = logged_in
    page.answers("/jobs", {"message": "Unknown address.", "code": "not-found"}, 404)
    page.go(f"#/cluster/{standing}")
    page.says("This service does not tell of jobs.")
    page.says(f"disco job submit {standing} FILE")
