"""Packages, a script and variables in the form of a new cluster."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests.browser.form import begin, shown_requests
from tests.browser.page import Page

pytestmark = pytest.mark.slow

SUMMARY = "//summary[text()='Packages, variables and a script of yours']"


def test_packages_are_checked_at_their_fields_and_part_of_the_request(logged_in: Page) -> None:
    page = logged_in
    begin(page)
    page.field("Dask").click()
    page.driver.find_element(By.XPATH, SUMMARY).click()
    page.type("Python packages", "humanize, --index-url")
    page.type("Packages of the distribution", "tree")
    page.type("Script", "#!/bin/bash\necho grüezi")
    page.type("Variables of the environment", "MY_PLACE=over the rainbow\nPATH=/x")
    page.press("Preview")
    page.says("2 errors")
    page.says("'--index-url' is not the name of a Python package")
    page.says("is set by the system or by DISCO")
    assert page.field("Python packages").get_attribute("aria-invalid") == "true"
    assert page.violations() == []
    page.type("Python packages", "humanize")
    page.type("Variables of the environment", "MY_PLACE=over the rainbow")
    page.press("Preview")
    page.says("Preview: nothing is created yet")
    by_disco, by_curl, file = shown_requests(page)
    assert "--apt tree" in by_disco and "--pip humanize" in by_disco
    assert "packages.environment.MY_PLACE=over the rainbow" in by_disco
    assert "apt: tree\n" in file and "pip: humanize" in file
    # of a script, what travels
    assert '"icclab.disco.components.packages.bootstrap": "IyEvYmluL2Jhc2gK' in by_curl
