"""What the list says of clusters now, and what can be done with several of them."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from disco.embedded.cloud import Credentials
from tests.browser.listing import DIED, badge_of, entry, listed, names, row
from tests.browser.page import Page

__all__ = ["listed"]

pytestmark = pytest.mark.slow


def test_a_complete_cluster_is_what_its_nodes_say_now(listed: Page) -> None:
    page = listed
    expected: dict[str, tuple[dict[str, str], tuple[str, str]]] = {
        "not asked": ({}, ("complete", "none")),
        "well": ({"health": "healthy"}, ("works", "good")),
        "broken": (
            {"health": "unhealthy", "health__reason": DIED},
            ("not healthy", "bad"),
        ),
        "silent": (
            {"health": "unknown", "health__reason": "no answer"},
            ("complete, health unknown", "none"),
        ),
    }
    some = [
        entry(number, name, "CREATE_COMPLETE", "dask", phase="complete", **told)
        for number, (name, (told, _)) in enumerate(expected.items(), 10)
    ]
    page.answers("/disco/", {"resources": some})
    page.until(lambda: set(names(page)) == set(expected), "another list")
    assert {name: badge_of(page, name) for name in expected} == {
        name: badge for name, (_, badge) in expected.items()
    }
    assert [name for name in expected if DIED in row(page, name).text] == ["broken"]
    assert page.violations() == []


def test_the_list_has_the_nodes_asked_how_they_are(logged_in: Page) -> None:
    page = logged_in
    page.driver.execute_script(
        "window.asked = []; const real = fetch;"
        "window.fetch = (...a) => { window.asked.push(String(a[0])); return real(...a); };"
    )
    page.go("#/create")
    page.heading("New cluster")
    page.go("#/")
    page.until(
        lambda: (
            [
                address.rpartition("/")[2]
                for address in page.driver.execute_script("return window.asked")
                if "/disco/" in address and "choices" not in address
            ][:2]
            == ["", "?health=now"]
        ),
        "a list at once, and one with health",
    )


def test_selected_clusters_are_deleted_when_the_project_was_named(
    listed: Page, user: Credentials
) -> None:
    page = listed
    page.driver.execute_script(
        "window.gone = []; const real = fetch; window.fetch = (...a) =>"
        " (a[1] || {}).method === 'DELETE' ? (window.gone.push(String(a[0]).slice(-36)),"
        " Promise.resolve(new Response('{}'))) : real(...a);"
    )

    def gone() -> list[str]:
        found: list[str] = page.driver.execute_script("return window.gone")
        return found

    def select(name: str) -> None:
        row(page, name).find_element(By.CSS_SELECTOR, "input[type=checkbox]").click()

    for name in ("stream", "later", "over"):
        select(name)
    page.says("3 clusters selected")
    select("over")
    page.says("2 clusters selected")
    assert page.violations() == []
    page.press("Delete selected")
    page.says("Delete 2 clusters?")
    assert page.focused() == "confirm-name"
    page.type(f"Type {user.project_name} to confirm", "stream")
    assert gone() == []
    page.type(f"Type {user.project_name} to confirm", user.project_name)
    assert page.violations() == []
    page.press("Delete")
    page.until(lambda: sorted(id_[:8] for id_ in gone()) == ["00000002", "00000005"], "two deletes")
    page.until(lambda: "selected" not in page.text(), "nothing is selected any more")
