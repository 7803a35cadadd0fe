"""The dashboard's files and what it logs in with, without a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from disco.data_files import data_dir
from tests.support.service import Caller

FOLDER = data_dir() / "dashboard"
FILES = sorted(p.name for p in FOLDER.iterdir() if p.is_file())
VENDORED = sorted(
    f"vendor/{p.name}" for p in (FOLDER / "vendor").iterdir() if p.suffix in (".css", ".js")
)
#: what only a cluster's page needs
LATER = ["vendor/uplot.css", "vendor/uplot.js"]


def login(headers: dict[str, str], **changes: str) -> dict[str, Any]:
    who = {"name": headers["X-User-Name"], "password": headers["X-Password"], **changes}
    domain = {"domain": {"name": "Default"}}
    return {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": who | domain}},
            "scope": {"project": {"name": headers["X-Tenant-Name"]} | domain},
        }
    }


@pytest.mark.parametrize("name", ["", *FILES, *VENDORED])
def test_every_file_is_served_with_a_policy_without_exceptions(alice: Caller, name: str) -> None:
    answer = Caller(alice.base, {}).get(f"/dashboard/{name}")
    assert answer.status_code == 200
    assert answer.content == (FOLDER / (name or "index.html")).read_bytes()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_loaded_from_elsewhere_and_no_markup_is_made_of_text(name: str) -> None:
    text = (FOLDER / name).read_text()
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    making = ("innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySetInnerHTML")
    for forbidden in (*making, "document.write", "eval(", "Function("):
        assert forbidden not in text
    # one module keeps the token for this tab, and nothing keeps anything else
    kept = () if name == "api.js" else ("sessionStorage",)
    for forbidden in ("localStorage", "document.cookie", "indexedDB", *kept):
        assert forbidden not in text


def test_the_list_is_painted_with_less_than_200_kb() -> None:
    # every file is small, and none is compressed or fetched from elsewhere
    first = [*FILES, *(name for name in VENDORED if name not in LATER)]
    assert sum((FOLDER / name).stat().st_size for name in first) < 200_000


IMPORT = re.compile(r'^import \{ ([^}]+) \} from "\./([\w-]+\.js)";$', re.M)
LAZY = re.compile(r'import\("\./([\w-]+\.js)"\)\)\.(\w+)')
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (?:\{ ([^}]+) \}|(\w+))", re.M)


def test_every_module_exports_what_others_import_and_is_imported() -> None:
    modules = {name: (FOLDER / name).read_text() for name in FILES if name.endswith(".js")}
    exported = {
        (name, one)
        for name, text in modules.items()
        for several, single in EXPORT.findall(text)
        for one in (several or single).split(", ")
    }
    imported = {
        (name, one)
        for text in modules.values()
        for several, name in IMPORT.findall(text)
        for one in several.split(", ")
    } | {found for text in modules.values() for found in LAZY.findall(text)}
    assert imported - exported == set()
    assert {name for name, _ in imported} | {"main.js"} == set(modules)
    for name, text in modules.items():
        body = IMPORT.sub("", text)
        for several, _ in IMPORT.findall(text):
            unused = [one for one in several.split(", ") if not re.search(rf"\b{one}\b", body)]
            assert unused == [], name


def test_no_library_makes_code_of_text() -> None:
    # the policy allows none; a library that tries would stop a page in the middle
    for name in VENDORED:
        assert not re.search(r"\beval\(|\bFunction\(", (FOLDER / name).read_text()), name


@pytest.mark.parametrize("name", ["nothing.js", "..%2f..%2fsm.cfg", "%2e%2e/service_manifest.json"])
def test_there_is_nothing_else(alice: Caller, name: str) -> None:
    assert alice.get(f"/dashboard/{name}").status_code == 404


def test_the_address_without_a_slash_leads_on(alice: Caller) -> None:
    answer = alice.request("GET", "/dashboard", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/dashboard/")


def test_a_password_is_changed_for_a_token_that_can_be_taken_back(
    alice: Caller, alice_headers: dict[str, str], alice_project_id: str, cloud_auth_url: str
) -> None:
    stranger = Caller(alice.base, {})
    answer = stranger.request("POST", "/v3/auth/tokens", json=login(alice_headers))
    assert answer.status_code == 201, answer.text
    assert answer.json()["token"]["project"]["id"] == alice_project_id
    assert "catalog" not in answer.json()["token"]
    token = answer.headers["X-Subject-Token"]
    owner = Caller(alice.base, {"X-Auth-Token": token})
    keystone = Caller(f"{cloud_auth_url}/auth/tokens", {"X-Auth-Token": token})
    subject = {"X-Subject-Token": token}
    assert owner.get("/disco/choices").status_code == 200
    assert keystone.get("", **subject).status_code == 200
    assert owner.request("DELETE", "/v3/auth/tokens").status_code == 204
    assert keystone.get("", **subject).status_code in (401, 404)
    assert alice.get("/disco/choices").status_code == 200


def test_what_keystone_refuses_is_refused(alice: Caller, alice_headers: dict[str, str]) -> None:
    stranger = Caller(alice.base, {})
    wrong = login(alice_headers, password="wrong")
    refused = stranger.request("POST", "/v3/auth/tokens", json=wrong)
    assert refused.status_code == 401
    assert "X-Subject-Token" not in refused.headers
    for body in ("", "[]", "{}", '{"auth": 1}', "{", '{"auth": {"identity": 1}}'):
        answer = stranger.request("POST", "/v3/auth/tokens", data=body)
        assert answer.status_code == 400, (body, answer.text)
    assert stranger.request("DELETE", "/v3/auth/tokens").status_code == 401
