"""Logging in and out, what a tab keeps, and what no page is made to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from disco.embedded.cloud import Credentials
from tests.browser.page import Page
from tests.support.cloud import until
from tests.support.service import Caller, ServiceProcess

pytestmark = pytest.mark.slow


def test_a_wrong_password_is_refused_and_the_right_one_then_taken(
    page: Page, user: Credentials
) -> None:
    page.log_in(user.username, "not-the-password", user.project_name)
    page.says("refused this user, password and project")
    assert page.field("Password").get_attribute("value") == ""
    assert page.violations() == []
    page.log_in(user.username, user.password, user.project_name)
    page.heading("Clusters")
    page.says(f"{user.username} in {user.project_name}")


def test_no_secret_but_the_token_is_kept_and_logging_out_takes_it_back(
    page: Page, user: Credentials, service: ServiceProcess, standing: str
) -> None:
    page.driver.execute_script(
        "const real = fetch; window.seen = [];"
        "window.fetch = async (...a) => { const r = await real(...a);"
        " window.seen.push([String(a[0]), r.headers.get('X-Subject-Token')]); return r; }"
    )
    page.log_in(user.username, user.password, user.project_name)
    page.heading("Clusters")
    page.go(f"#/cluster/{standing}")
    page.says("Topology")
    seen: Any = page.driver.execute_script("return window.seen")
    (token,) = (t for _, t in seen if t)
    assert Caller(service.base, {"X-Auth-Token": token}).get("/disco/").status_code == 200
    kept: Any = page.driver.execute_script(
        "return [localStorage.length, document.cookie, Object.values(sessionStorage),"
        " document.documentElement.outerHTML, location.href]"
    )
    assert kept[:2] == [0, ""]
    (session,) = kept[2]
    assert json.loads(session)["token"] == token
    assert user.password not in session and "PRIVATE KEY" not in session
    for secret in (token, user.password, "PRIVATE KEY"):
        assert secret not in kept[3] + kept[4]
        assert all(secret not in url for url, _ in seen)
        assert secret not in service.log()
    page.press("Log out")
    page.says("You are logged out")
    assert page.driver.execute_script("return sessionStorage.length") == 0
    keystone = Caller(f"{user.auth_url}/auth/tokens", {"X-Auth-Token": token})
    until(lambda: keystone.get("", **{"X-Subject-Token": token}).status_code in (401, 404), 30)
    page.driver.refresh()
    page.heading("Log in")


def test_a_reload_keeps_the_session_and_the_page(
    logged_in: Page, user: Credentials, standing: str
) -> None:
    page = logged_in
    page.go(f"#/cluster/{standing}")
    page.says("Topology")
    page.driver.refresh()
    page.says("Topology")
    page.says(f"{user.username} in {user.project_name}")
    assert page.driver.current_url.endswith(standing)


def test_another_tab_has_to_log_in(logged_in: Page) -> None:
    page = logged_in
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.driver.get(f"{page.base}/dashboard/")
    page.heading("Log in")
    page.driver.close()
    page.driver.switch_to.window(first)


@pytest.mark.parametrize(
    "kept", ["{", "[]", "null", '{"token": 1}', '{"token": "x", "user": "u"}'],
)  # fmt: skip
def test_what_is_no_session_any_more_asks_for_a_log_in(logged_in: Page, kept: str) -> None:
    page = logged_in
    page.driver.execute_script(
        "for (const k of Object.keys(sessionStorage)) sessionStorage[k] = arguments[0]", kept
    )
    page.driver.refresh()
    page.heading("Log in")


def test_a_token_that_has_expired_is_not_sent_again(logged_in: Page, standing: str) -> None:
    page = logged_in
    page.driver.execute_script(
        "for (const k of Object.keys(sessionStorage)) sessionStorage[k] = JSON.stringify("
        "{...JSON.parse(sessionStorage[k]), token: 'not-one-any-more'})"
    )
    page.go(f"#/cluster/{standing}")
    page.driver.refresh()
    page.says("Your token has expired. Log in again to continue.")
    assert page.driver.execute_script("return sessionStorage.length") == 0
    assert page.driver.current_url.endswith(standing)


def test_the_service_s_address_leads_to_the_dashboard(page: Page) -> None:
    page.driver.get(f"{page.base}/")
    page.heading("Log in")
    assert page.driver.current_url.startswith(f"{page.base}/dashboard/")


def test_no_link_leads_elsewhere_than_to_the_cluster(logged_in: Page, standing: str) -> None:
    page = logged_in
    urls = (
        "javascript:document.title='ran'", "http://evil.example/login", "//evil.example/",
        "http://evil.example/login?x=:8888/lab", "data:text/html,x", "http://a@192.0.2.1/",
    )  # fmt: skip
    told = [
        {"component": "x", "name": f"Lab {i} <b>", "node": "m", "port": 1, "path": "/",
         "reach": "public", "url": url, "allowed_from": None, "group": None}
        for i, url in enumerate(urls)
    ]  # fmt: skip
    page.driver.execute_script(
        "const real = fetch; const told = {interfaces: arguments[0]};"
        "window.fetch = (...a) => String(a[0]).endsWith('/interfaces')"
        " ? Promise.resolve(new Response(JSON.stringify(told), {status: 200})) : real(...a);",
        told,
    )
    page.go(f"#/cluster/{standing}")
    page.says(f"Lab {len(urls) - 1} <b>")
    links = "return [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"
    assert all(link.startswith(("#", "../")) for link in page.driver.execute_script(links))
    own = (
        "const [pairs, done] = arguments;"
        "import(new URL('words.js', location.href)).then((words) =>"
        " done(pairs.map(([url, address]) => words.isOwn(url, address))))"
    )
    pairs = {
        ("http://192.0.2.1:8888/lab", "192.0.2.1"): True,
        ("https://[2001:db8::1]:1/", "2001:DB8::1"): True,
        ("http://evil.example/", "evil.example"): False,
        ("http://192.0.2.1@evil.example/", "192.0.2.1"): False,
        ("http://me@192.0.2.1/", "192.0.2.1"): False,
        ("javascript://192.0.2.1/%0aalert(1)", "192.0.2.1"): False,
        ("http://192.0.2.2/", "192.0.2.1"): False,
        ("", ""): False,
    }
    found = page.driver.execute_async_script(own, list(map(list, pairs)))
    assert dict(zip(pairs, found, strict=True)) == pairs
