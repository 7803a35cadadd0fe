"""Small things that lead on: links to what is not there, networks, long lists, and titles."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.browser.form import begin, more_settings
from tests.browser.page import Page
from tests.support.service import Caller, attributes

pytestmark = pytest.mark.slow
NONE = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "link", [f"#/cluster/{NONE}", "#/cluster/no-such", f"#/create?from={NONE}"]
)
def test_a_link_to_a_cluster_that_is_not_there_leads_back(logged_in: Page, link: str) -> None:
    page = logged_in
    page.go(link)
    page.says("has no cluster")
    page.says("It was deleted, or belongs to another project.")
    assert "404" not in page.text()
    assert page.violations() == []
    if "create" not in link:
        page.heading("No such cluster")
        assert page.driver.title == "No such cluster - DISCO"
    page.follow("Show the clusters of this project")
    page.heading("Clusters")


def test_a_network_is_checked_in_words_when_it_is_typed(logged_in: Page) -> None:
    page = logged_in
    begin(page)
    field = page.field("Open interfaces without a password to")
    for typed, words in (
        ("10.0.0", "10.0.0 is not an IPv4 network, such as 203.0.113.0/24."),
        ("10.0.0.0/33", "/33 is not the size of a network"),
        ("203.0.113.7/24", "Use 203.0.113.0/24, or 203.0.113.7/32 for this address alone."),
        ("fd00::/8", "fd00::/8 is IPv6, which is not supported here."),
    ):
        page.type("Open interfaces without a password to", typed)
        field.send_keys(Keys.TAB)
        page.says(words)
        assert field.get_attribute("aria-invalid") == "true"
    assert page.violations() == []
    page.type("Open interfaces without a password to", "203.0.113.0/24")
    page.until(lambda: field.get_attribute("aria-invalid") is None, "no fault")
    assert "is not supported here" not in page.text()
    more_settings(page)
    page.type("Addresses of the cluster's network", "10.0.0.0/8")
    page.press("Create")
    page.says("10.0.0.0/8 has 16777216 addresses, which are too many")


def test_many_flavors_can_be_filtered_and_what_is_chosen_stays(
    logged_in: Page, caller: Caller
) -> None:
    page = logged_in
    choices = caller.get("/disco/choices").json()
    more = [
        {"id": str(n), "name": f"gpu{n}.large", "cores": 8, "ram_mb": 32768, "disk_gb": 80}
        for n in range(40)
    ]
    known = len(choices["flavors"])
    page.answers("/choices", {**choices, "flavors": [*choices["flavors"], *more]})
    begin(page)
    page.says(f"{known + 40} of {known + 40} flavors can be chosen.")
    page.type("Only flavors with", "GPU3 large")
    page.says(f"11 of {known + 40} flavors can be chosen.")
    select = Select(page.field("Flavor of the workers"))
    names = [option.get_attribute("value") for option in select.options]
    assert (names[0], len(names)) == ("m1.small", 12)
    assert select.first_selected_option.get_attribute("value") == "m1.small"
    assert page.violations() == []
    page.choose("Flavor of the workers", "gpu33.large")
    page.type("Only flavors with", "none of these")
    page.says(f"0 of {known + 40} flavors can be chosen.")
    assert page.field("Flavor of the workers").get_attribute("value") == "gpu33.large"


def test_few_flavors_have_no_filter(logged_in: Page) -> None:
    begin(logged_in)
    assert not logged_in.driver.find_elements(By.ID, "flavor-filter")


def test_the_titles_of_all_pages_say_what_they_show(
    logged_in: Page, caller: Caller, removed: list[str]
) -> None:
    page = logged_in
    answer = caller.create({**attributes(), "occi.core.title": "night shift"})
    cluster = answer.headers["Location"].rpartition("/")[2]
    removed.append(cluster)
    for link, heading in (
        ("#/", "Clusters"),
        ("#/create", "New cluster"),
        ("#/api", "API"),
        (f"#/cluster/{cluster}", "night shift"),
        (f"#/create?from={cluster}", "New cluster like night shift"),
    ):
        page.go(link)
        page.heading(heading)
        page.until(
            lambda shown=heading: page.driver.title == f"{shown} - DISCO", f"title {heading}"
        )


def test_a_form_without_frameworks_says_what_comes_of_it(logged_in: Page) -> None:
    page = logged_in
    begin(page)
    page.says("No framework is selected: the nodes will start and run nothing.")
    page.press("Preview")
    page.says("The cluster has no framework")
    page.field("Dask").click()
    page.until(lambda: "No framework is selected" not in page.text(), "no warning")
