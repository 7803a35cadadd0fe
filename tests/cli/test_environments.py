"""Environments that are incomplete or odd: exit 4 (or 6) with what is missing, and no traceback."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from keystoneauth1 import session

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import session_of
from tests.support.shell import Shell

HTML = "text/html"


class _Answers(BaseHTTPRequestHandler):
    """The same answer to everything: a proxy, a portal, or a service that is not Keystone."""

    server: Any

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, kind, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_CONNECT = _answer

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def somebody() -> Iterator[Any]:
    """Makes servers that give one answer; gives their addresses."""
    servers: list[Any] = []

    def make(status: int, kind: str, body: bytes) -> str:
        server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        server.answer = (status, kind, body)
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


#: what is changed in the environment (None: taken out; {url}: Keystone's), the exit status, words
ENVIRONMENTS: list[tuple[dict[str, str | None], int, tuple[str, ...]]] = [
    ({"OS_PASSWORD": None}, 4, ("OS_PASSWORD is missing",)),
    ({"OS_PASSWORD": ""}, 4, ("OS_PASSWORD is missing",)),
    ({"OS_USERNAME": None}, 4, ("OS_USERNAME is missing",)),
    ({"OS_AUTH_URL": None}, 4, ("OS_AUTH_URL is missing",)),
    ({"OS_AUTH_URL": ""}, 4, ("OS_AUTH_URL is missing",)),
    ({"OS_AUTH_URL": "{url}/v2.0"}, 4, ("second API", "Set OS_AUTH_URL={url}/v3.")),
    ({"OS_AUTH_URL": "{url}/v3/auth/tokens"}, 4, ("tokens are made", "Set OS_AUTH_URL={url}/v3.")),
    ({"OS_AUTH_URL": "{url}/v3/auth/tokens/"}, 4, ("Set OS_AUTH_URL={url}/v3.",)),
    ({"OS_AUTH_URL": "127.0.0.1:5000/v3"}, 4, ("no address of Keystone", "https://")),
    ({"OS_AUTH_URL": "not a url"}, 4, ("no address of Keystone",)),
    ({"OS_AUTH_URL": "http://127.0.0.1:port/v3"}, 4, ("no address of Keystone",)),
    ({"OS_AUTH_URL": "{url}/identity/v3"}, 4, ("is not Keystone",)),
    ({"OS_AUTH_URL": "http://nowhere.invalid/v3"}, 6, ("unknown host name",)),
    ({"OS_USER_DOMAIN_NAME": None, "OS_PROJECT_DOMAIN_NAME": None}, 4, ("OS_USER_DOMAIN_NAME",)),
    ({"OS_PROJECT_DOMAIN_NAME": None}, 4, ("OS_PROJECT_DOMAIN_NAME",)),
    ({"OS_USER_DOMAIN_NAME": "Nowhere"}, 4, ("refused",)),
    ({"OS_PROJECT_NAME": None}, 4, ("OS_PROJECT_NAME",)),
    ({"OS_AUTH_TYPE": "v9magic"}, 4, ("v9magic",)),
    ({"OS_AUTH_TYPE": "v2password"}, 4, ("OS_AUTH_TYPE",)),
    ({"OS_AUTH_TYPE": "v3token"}, 4, ("OS_AUTH_TYPE", "unset")),
    ({"OS_AUTH_TYPE": "v3applicationcredential"}, 4, ("application credential",)),
    ({"OS_TOKEN": "x"}, 4, ("OS_TOKEN", "unset")),
    ({"OS_CACERT": "/nowhere.pem", "OS_AUTH_URL": "https://127.0.0.1:1"}, 4, ("OS_CACERT",)),
    ({"OS_CERT": "/nowhere", "OS_KEY": "/nowhere"}, 4, ("OS_CERT",)),
    ({"OS_INTERFACE": "private"}, 4, ("OS_INTERFACE", "public, internal, admin")),
    ({"OS_REGION_NAME": "regionone"}, 2, ("OS_REGION_NAME", "is RegionOne meant?")),
    ({"OS_REGION_NAME": "Région"}, 2, ('unknown region "Région"',)),
    ({"OS_REGION_NAME": "a\nb"}, 4, ("OS_REGION_NAME",)),
    ({"http_proxy": "http://127.0.0.1:1"}, 6, ("at the proxy", "http_proxy and no_proxy")),
    ({"OS_CLOUD": "nowhere"}, 4, ("nowhere",)),
    ({"DISCO": "127.0.0.1:8888"}, 6, ("is no address of a DISCO", "http://")),
]


@pytest.mark.parametrize(("changed", "status", "words"), ENVIRONMENTS, ids=lambda v: str(v)[:60])
def test_what_an_environment_lacks_is_said(
    shell: Shell, changed: dict[str, str | None], status: int, words: tuple[str, ...]
) -> None:
    url = shell.env["OS_AUTH_URL"].removesuffix("/v3")
    names = {n: v.replace("{url}", url) if v else v for n, v in changed.items()}
    done = shell.call("list", **names)
    assert done.status == status, done.err
    for word in words:
        assert word.replace("{url}", url) in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_process_of_its_own_says_no_more_than_that(shell: Shell) -> None:
    """Libraries log to standard error where nobody set up logging."""
    url = shell.env["OS_AUTH_URL"]
    for changed in ({"OS_PASSWORD": None}, {"OS_AUTH_URL": f"{url}/auth/tokens"}):
        done = shell.run("list", timeout=60, **changed)
        assert done.status == 4
        assert done.err.startswith("disco: ")
        assert len(done.err.splitlines()) == 2


def test_bytes_that_are_no_text_are_refused(shell: Shell) -> None:
    done = shell.call("list", OS_PASSWORD=os.fsdecode(b"p\xe4ss"))
    assert done.status == 4
    assert "OS_PASSWORD is not text in UTF-8" in done.err


@pytest.mark.parametrize(
    "complete",
    [
        {"OS_AUTH_URL": "{url}"},
        {"OS_AUTH_URL": "{url}/"},
        {"OS_AUTH_URL": "{url}/v3/"},
        {"OS_REGION_NAME": None},
        {"OS_REGION_NAME": ""},
        {"OS_INTERFACE": "publicURL"},
        {"OS_ENDPOINT_TYPE": "internalURL"},
        {
            **dict.fromkeys(("OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME")),
            "OS_USER_DOMAIN_ID": "default",
            "OS_PROJECT_DOMAIN_ID": "default",
        },
    ],
    ids=str,
)
def test_other_complete_environments_work(shell: Shell, complete: dict[str, str | None]) -> None:
    url = shell.env["OS_AUTH_URL"].removesuffix("/v3")
    names = {n: v.replace("{url}", url) if v else v for n, v in complete.items()}
    done = shell.call("list", **names)
    assert done.status == 0, done.err


@pytest.mark.parametrize("path", ["/v3", ""])
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((403, HTML, b"<html>Forbidden</html>"), 4),
        ((401, HTML, b"<html>Log in</html>"), 4),
        ((407, HTML, b"<html>Proxy</html>"), 4),
        ((200, HTML, b"<html>Welcome</html>"), 4),
        ((200, "application/json", b"[]"), 4),
        ((200, "application/json", b'{"version": 7, "token": 3}'), 4),
        ((401, "application/json", b"{}"), 4),
        ((500, HTML, b"<html>Sorry</html>"), 6),
        ((503, HTML, b"<html>Sorry</html>"), 6),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_keystone_is_not_taken_for_it(
    shell: Shell, somebody: Any, answer: tuple[int, str, bytes], status: int, path: str
) -> None:
    url = somebody(*answer)
    done = shell.call("list", OS_AUTH_URL=f"{url}{path}")
    assert done.status == status, done.err
    assert url in done.err
    assert "Traceback" not in done.err
    if answer[1] == HTML:
        assert "refused the credentials" not in done.err


def test_a_page_of_a_proxy_is_no_word_of_keystone(shell: Shell, somebody: Any) -> None:
    proxy = somebody(403, HTML, b"<html>Forbidden by policy</html>")
    done = shell.call("list", http_proxy=proxy)
    assert done.status == 4
    assert "is not Keystone (403 with text/html)" in done.err
    assert "no_proxy" in done.err
    tunnel = shell.call("list", https_proxy=proxy, OS_AUTH_URL="https://keystone.invalid/v3")
    assert tunnel.status == 6
    assert "the proxy answered 403" in tunnel.err


@pytest.mark.parametrize(
    "text",
    [
        "clouds: [",
        "- a",
        "clouds: 7",
        "clouds: {mine: }",
        "clouds: {mine: {auth: }}",
        "clouds: {mine: {auth: text}}",
        "clouds: {mine: {auth: {auth_url: 7}}}",
        "clouds: {mine: {auth: {username: a, password: b}}}",
        "clouds: {mine: {profile: nowhere, auth: {username: a, password: b}}}",
        "\x00",
        "clouds: {mine: {auth_type: [v3password]}}",
    ],
)
def test_a_clouds_yaml_that_is_wrong(shell: Shell, text: str) -> None:
    env = {k: v for k, v in shell.env.items() if not k.startswith("OS_")}
    file = shell.cwd / "clouds.yaml"
    file.write_text(text)
    done = Shell(env, shell.cwd).call("list", OS_CLOUD="mine", OS_CLIENT_CONFIG_FILE=str(file))
    assert done.status == 4, (done.status, done.err)
    assert "Traceback" not in done.err


def test_an_account_with_a_second_factor(shell: Shell, embedded_cloud: EmbeddedCloud) -> None:
    admin: session.Session = session_of(embedded_cloud.credentials_of("admin"))
    own = session_of(embedded_cloud.credentials_of("other"))
    url = f"{embedded_cloud.auth_url}/users/{own.get_user_id()}"
    rules = [["password", "application_credential"]]
    options: dict[str, Any] = {
        "multi_factor_auth_enabled": True,
        "multi_factor_auth_rules": rules,
    }
    admin.patch(url, json={"user": {"options": options}})
    who = embedded_cloud.credentials_of("other")
    try:
        done = shell.call(
            "list", OS_USERNAME=who.username, OS_PASSWORD=who.password, OS_PROJECT_NAME="other"
        )
    finally:
        options = {"multi_factor_auth_enabled": False}
        admin.patch(url, json={"user": {"options": options}})
    assert done.status == 4
    assert "needs more than a password: password and application_credential" in done.err
    assert "openstack token issue" in done.err
    assert "region" not in done.err


def test_a_cloud_of_clouds_yaml_has_an_interface(shell: Shell) -> None:
    names = ("auth_url", "username", "password", "project_name")
    auth = {name: shell.env[f"OS_{name.upper()}"] for name in names}
    auth |= {"user_domain_name": "Default", "project_domain_name": "Default"}
    file: Path = shell.cwd / "clouds.yaml"
    env = {k: v for k, v in shell.env.items() if not k.startswith("OS_")}
    for interface, status in (("internal", 0), ("private", 4)):
        file.write_text(
            yaml.safe_dump({"clouds": {"mine": {"auth": auth, "interface": interface}}})
        )
        done = Shell(env, shell.cwd).run("list", OS_CLOUD="mine", OS_CLIENT_CONFIG_FILE=str(file))
        assert done.status == status, done.err
