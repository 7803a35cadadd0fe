"""Secrets go through every door, and are found nowhere but where they belong.

| secret | where it belongs |
| --- | --- |
| a user's password | nowhere |
| a token that is sent | nowhere |
| a token that is asked for | in the answer that gives it |
| an application credential's secret | nowhere |
| a password that a client sets for an interface | nowhere |
| a cluster's private key, a password that DISCO made | where a member is shown the cluster |

Looked at are all answers with their headers, the log at the level debug in both formats, with all
that libraries say there, the audit log, the numbers, and what the command line prints.
"""

from __future__ import annotations

import io
import itertools
import logging
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref import simple_server

import pytest
import requests

from disco import metrics
from disco.api.app import create_app
from disco.api.http.audit import open_audit_log
from disco.config import Settings
from disco.data_files import data_dir
from disco.embedded.cloud import Credentials, EmbeddedCloud
from disco.server.log_format import JsonFormatter
from tests.support.cloud import heat_of, make_network, session_of
from tests.support.service import KIND, Caller, join, on_network
from tests.support.shell import Shell, environment

HEAT = "icclab.disco.components.heat"
JUPYTER = "icclab.disco.components.jupyter.password"
ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"
RENDERINGS = (
    *("text/plain", "text/occi", "text/html", "text/uri-list", "application/json"),
    *("application/occi+json", "application/occi+json; version=1.2"),
)
EVENTS = ("text/plain", "application/json", "application/x-ndjson", "text/event-stream")
PASSWORD, SECRET, GIVEN = (
    f"canary-{what}-{uuid.uuid4().hex}" for what in ("password", "credential", "interface")
)


@dataclass
class Heard:
    """Everything that came out, by where it came from."""

    texts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, where: str, answer: requests.Response) -> requests.Response:
        self.texts.append((where, f"{answer.status_code} {dict(answer.headers)}\n{answer.text}"))
        return answer

    def places_of(self, secret: str) -> set[str]:
        """Where a secret was found."""
        return {where for where, text in self.texts if secret in text}

    def quote(self, secret: str) -> list[str]:
        """How it was told there, for who mends it."""
        found = ((w, t.partition(secret)) for w, t in self.texts if secret in t)
        return [f"{where}: {before[-80:]}SECRET{after[:40]}" for where, (before, _, after) in found]


class Server(ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class Silent(simple_server.WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def user(embedded_cloud: EmbeddedCloud) -> Credentials:
    return embedded_cloud.add_project("canary", PASSWORD)


@pytest.fixture(scope="module")
def logs() -> Iterator[dict[str, io.StringIO]]:
    """The log of everything at the level debug, in each format."""
    root, streams = logging.getLogger(), {"json": io.StringIO(), "text": io.StringIO()}
    formats = {"json": JsonFormatter(), "text": logging.Formatter("%(name)s %(message)s")}
    handlers = []
    for name, stream in streams.items():
        handlers.append(logging.StreamHandler(stream))
        handlers[-1].setFormatter(formats[name])
        root.addHandler(handlers[-1])
    before = {name: logging.getLogger(name).level for name in ("", "disco", "disco.access")}
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield streams
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture(scope="module")
def base(cloud_auth_url: str, logs: object, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The address of a service in this process, whose log is heard."""
    settings = Settings(
        cloud_auth_url, data_dir() / "service_manifest.json", (data_dir() / "frameworks",),
        (b"0" * 32,), wait_condition=False, metrics="main",
    )  # fmt: skip
    file = tmp_path_factory.mktemp("canary") / "audit.jsonl"
    open_audit_log(file)
    app = create_app(settings)
    with simple_server.make_server("127.0.0.1", 0, app, Server, Silent) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", file
        server.shutdown()
    open_audit_log(None)


def act(heard: Heard, caller: Caller, path: str, term: str, **values: str) -> requests.Response:
    headers = {
        "Content-Type": "text/occi",
        "Category": f'{term}; scheme="{ACTION}"; class="action"',
        "X-OCCI-Attribute": join({f"{HEAT}.{name}": text for name, text in values.items()}),
    }
    return heard.add(term, caller.request("POST", f"{path}?action={term}", headers=headers))


def look_everywhere(heard: Heard, name: str, caller: Caller, path: str) -> None:
    """Every read of a cluster and of the service, in every rendering."""
    for accept in RENDERINGS:
        for end in ("/disco/", "/", "/-/", "/component/jupyter/", "/disco/choices"):
            heard.add(f"{name} reads {end}", caller.get(end, Accept=accept))
        heard.add(f"{name} shows", caller.get(path, Accept=accept))
        for end in ("nodes", "interfaces"):
            heard.add(f"{name} reads {end}", caller.get(f"{path}/{end}", Accept=accept))
    for accept in EVENTS:
        heard.add(f"{name} reads events", caller.get(f"{path}/events", Accept=accept))
    for page in ("/openapi.json", "/health", "/ready", "/dashboard/"):
        heard.add(f"{name} reads {page}", caller.get(page))
    for file in (data_dir() / "dashboard").iterdir():
        heard.add(f"{name} reads the dashboard", caller.get(f"/dashboard/{file.name}"))


def break_things(heard: Heard, caller: Caller, network: str) -> None:
    """Requests that cannot be read, with secrets where the fault is, or beside it."""
    text = {"Content-Type": "text/occi", "Category": KIND}
    wanted = join(on_network(network, inject="{'jupyter': ''}"))
    for said in (
        f'{JUPYTER}="{GIVEN}',
        f'{JUPYTER}="{GIVEN}\\x07"',
        f'{JUPYTER}="{GIVEN}",{JUPYTER}="{GIVEN}2"',
        f'{JUPYTER}={GIVEN}"',
        f'{wanted},{JUPYTER}="{GIVEN * 20}"',
        f'{wanted},{JUPYTER}="{GIVEN}\u2028"'.encode().decode("latin-1"),
        f'{wanted},icclab.disco.deployer.password="{GIVEN}",{HEAT}.slavecount="x"',
    ):
        for end in ("", "?action=preview"):
            sent = {**text, "X-OCCI-Attribute": said}
            heard.add("malformed", caller.request("POST", f"/disco/{end}", headers=sent))
    bodies = (
        f'{{"attributes": {{"{JUPYTER}": "{GIVEN}"',
        f'{{"attributes": {{"{JUPYTER}": ["{GIVEN}"]}}}}',
        f'{{"kind": "{KIND}", "attributes": {{"{JUPYTER}": {{"a": "{GIVEN}"}}}}}}',
        f'X-OCCI-Attribute: {JUPYTER}="{GIVEN}\nCategory: x',
        f'["{GIVEN}"',
        f'{{"auth": {{"passwordCredentials": {{"username": "u", "password": "{PASSWORD}"',
        f'{{"auth": {{"identity": {{"password": "{PASSWORD}", "methods": ["{SECRET}"]}}}}}}',
        f'{{"auth": {{"passwordCredentials": ["{PASSWORD}"], "tenantName": "{SECRET}"}}}}',
        f'{{"auth": {{"token": {{"id": "{SECRET}"}}}}}}',
    )
    paths = ("/disco/", "/disco/?action=preview", "/v2.0/tokens", "/v3/auth/tokens")
    types = ("application/json", "application/occi+json", "text/plain", "text/occi+plain", "x/y")
    for body, path, kind in itertools.product(bodies, paths, types):
        answer = caller.request("POST", path, data=body, headers={"Content-Type": kind})
        heard.add("malformed", answer)


def log_in(heard: Heard, base: str, user: Credentials) -> str:
    """By both interfaces, rightly and wrongly, and out; a token that was given."""
    nobody = Caller(base, {})
    domain = {"name": "Default"}
    given = ""
    for password in (f"{PASSWORD}x", PASSWORD):
        who = {"name": user.username, "domain": domain, "password": password}
        auth = {
            "identity": {"methods": ["password"], "password": {"user": who}},
            "scope": {"project": {"name": user.project_name, "domain": domain}},
        }
        answer = nobody.request("POST", "/v3/auth/tokens", json={"auth": auth})
        given = heard.add("log in", answer).headers.get("X-Subject-Token", given)
        old = {
            "passwordCredentials": {"username": user.username, "password": password},
            "tenantName": user.project_name,
        }
        heard.add("log in", nobody.request("POST", "/v2.0/tokens", json={"auth": old}))
        way = {"X-User-Name": user.username, "X-Password": password, "X-Tenant-Name": "canary"}
        heard.add("wrong", Caller(base, way).get("/disco/", X_Region_Name="nowhere"))
        heard.add("wrong", Caller(base, {**way, "X-Tenant-Name": "other"}).get("/disco/"))
    for header in ("X-Auth-Token", "X-Application-Credential-Secret", "Authorization"):
        sent = {header: SECRET, "X-Application-Credential-Id": "a" * 32}
        heard.add("wrong", nobody.request("GET", "/disco/", headers=sent))
        heard.add("wrong", nobody.request("DELETE", "/v3/auth/tokens", headers=sent))
    return given


def command_line(heard: Heard, base: str, user: Credentials, cluster: str, home: Path) -> None:
    """The commands that ask the service, also where they fail."""
    shell = Shell({**environment(user, home), "DISCO": base}, home)
    for words in (
        ("list",), ("list", "-o", "json"), ("show", cluster), ("show", cluster, "-o", "json"),
        ("show", cluster, "-o", "yaml"), ("show", "nothing"), ("logs", cluster), ("frameworks",),
        ("preview", "--framework", "jupyter", "--set", f"jupyter.password={GIVEN}"),
        ("extend", cluster, "never"), ("create", "--set", f"jupyter.password={GIVEN}\x07"),
    ):  # fmt: skip
        done = shell.call(*words)
        heard.texts.append(("command line", done.out + done.err))
    for wrong in ({"OS_PASSWORD": SECRET}, {"OS_AUTH_URL": f"http://u:{SECRET}@127.0.0.1:9/v3"}):
        # as a process: its libraries' debug log is not the service's
        done = shell.run("list", **wrong)
        heard.texts.append(("command line", done.out + done.err))
    done = shell.call("show", cluster, "--secrets")
    heard.texts.append(("command line --secrets", done.out + done.err))


def test_secrets_are_where_they_belong_and_nowhere_else(
    base: tuple[str, Path],
    user: Credentials,
    logs: dict[str, io.StringIO],
    cloud_auth_url: str,
    tmp_path: Path,
) -> None:
    address, audit_log = base
    heard, session = Heard(), session_of(user)
    network = make_network(heat_of(user), "network-of-canary")
    names = {"X-User-Name": user.username, "X-Tenant-Name": user.project_name}
    owner = Caller(address, {**names, "X-Password": PASSWORD})
    token = session.get_token() or ""
    url = f"{cloud_auth_url}/users/{session.get_user_id()}/application_credentials"
    body = {"application_credential": {"name": "canary", "secret": SECRET}}
    credential = session.post(url, json=body, log=False).json()["application_credential"]["id"]
    robot = Caller(
        address,
        {"X-Application-Credential-Id": credential, "X-Application-Credential-Secret": SECRET},
    )

    # a life, with a password of the client's and with one that DISCO makes
    paths = []
    for given in ({JUPYTER: GIVEN, "icclab.disco.deployer.password": GIVEN}, {}):
        wanted = on_network(network, inject="{'jupyter': ''}", ttl="1h") | given
        kind = "http://schemas.cloudcomplab.ch/occi/sm#disco"
        sent = {"kind": kind, "attributes": wanted}
        heard.add("preview", owner.request("POST", "/disco/?action=preview", json=sent))
        made = heard.add("create", owner.create(wanted))
        assert made.status_code == 201, made.text
        paths.append(made.headers["Location"].removeprefix(address))
        owner.wait_for(paths[-1], "CREATE_COMPLETE")
    ways = {
        "owner": owner,
        "robot": robot,
        "token": Caller(address, {"X-Auth-Token": token}),
        "nobody": Caller(address, {}),
        "other": Caller(address, {**names, "X-Password": f"{PASSWORD}x"}),
    }
    for name, caller in ways.items():
        look_everywhere(heard, name, caller, paths[1])
    look_everywhere(heard, "owner", owner, paths[0])
    shown = owner.show(paths[1])
    break_things(heard, owner, network)
    taken = log_in(heard, address, user)
    command_line(heard, address, user, paths[1].rpartition("/")[2], tmp_path)
    act(heard, owner, paths[0], "extend", ttl="2h")
    owner.wait_for(paths[0], "UPDATE_COMPLETE")
    act(heard, robot, paths[1], "suspend")
    owner.wait_for(paths[1], "SUSPEND_COMPLETE")
    for term in ("resume", "retry", "extend", "scale", "nonsense"):
        act(heard, ways["other"], paths[0], term)
        act(heard, owner, paths[0], term)
    heard.add(
        "log out", owner.request("DELETE", "/v3/auth/tokens", headers={"X-Auth-Token": taken})
    )
    heard.add("delete all", owner.request("DELETE", "/disco/", headers={"User-Agent": "new"}))
    for path in paths:
        heard.add("delete", owner.request("DELETE", f"{path}?evidence=true"))
        owner.wait_until_gone(path)

    for name, stream in logs.items():
        heard.texts.append((f"log in {name}", stream.getvalue()))
    heard.texts.append(("audit log", audit_log.read_text()))
    heard.texts.append(("numbers", metrics.render().decode()))
    # what is looked for is really there: the log has the libraries' words, each act a line
    assert (
        "keystoneauth" in logs["text"].getvalue() and '"level": "DEBUG"' in logs["json"].getvalue()
    )
    assert len(audit_log.read_text().splitlines()) > 100

    members = {"owner shows", "robot shows", "token shows", "command line --secrets"}
    key = re.sub(r"-----[A-Z ]+-----|\\n", "", shown["ssh_private_key"])[80:140]
    for secret in (key, shown[JUPYTER]):
        assert len(secret) >= 20
        places = heard.places_of(secret)
        assert members <= places <= members | {"suspend", "resume", "extend", "retry"}
    assert heard.places_of(taken) == {"log in"}
    for secret in (PASSWORD, SECRET, token, GIVEN):
        assert heard.quote(secret) == []
