"""What operators read: numbers, readiness, the audit log and the log, from the real service."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import ssl
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from falcon import testing
from prometheus_client.parser import text_string_to_metric_families

from disco.api.app import create_app
from disco.api.http.audit import open_audit_log
from disco.config import Settings
from disco.data_files import data_dir
from tests.support.cloud import free_port_pair, pauses
from tests.support.service import (
    KIND,
    Caller,
    ServiceProcess,
    join,
    on_network,
    running_service,
)

ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"
#: stands for a secret in every place of a request that takes one
CANARY = "canary7f3a9c"
Numbers = Callable[..., float]


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port_pair()


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, cloud_auth_url: str, metrics_port: int
) -> Iterator[ServiceProcess]:
    """A service of two processes with everything on that operators can read."""
    folder = tmp_path_factory.mktemp("watched")
    with running_service(
        folder, cloud_auth_url, metrics=f"127.0.0.1:{metrics_port}", audit_log="audit.jsonl",
        log_format="json",
    ) as process:  # fmt: skip
        yield process


@pytest.fixture
def user(watched: ServiceProcess, alice_headers: dict[str, str]) -> Caller:
    return Caller(watched.base, dict(alice_headers))


@pytest.fixture
def scrape(metrics_port: int) -> Callable[[], str]:
    def read() -> str:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10)
        assert answer.status_code == 200
        return answer.text

    return read


@pytest.fixture
def number(scrape: Callable[[], str]) -> Numbers:
    def read(name: str, **labels: str) -> float:
        found = 0.0
        for family in text_string_to_metric_families(scrape()):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    found += sample.value
        return found

    return read


def audit(service: ServiceProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (service.folder / "audit.jsonl").read_text().splitlines()]


def act(caller: Caller, path: str, term: str) -> requests.Response:
    category = f'{term}; scheme="{ACTION}"; class="action"'
    headers = {"Content-Type": "text/occi", "Category": category}
    return caller.request("POST", f"{path}?action={term}", headers=headers)


def test_numbers_are_those_of_the_requests(user: Caller, number: Numbers) -> None:
    listed = {"operation": "GET /disco/", "status": "200"}
    refused = {"operation": "GET /disco/{uuid}", "status": "404"}
    before = [number("disco_request_seconds_count", **labels) for labels in (listed, refused)]
    hits = number("disco_session_cache_total")
    calls = number("disco_cloud_call_seconds_count", service="orchestration", outcome="ok")
    for _ in range(7):  # some of them in each process
        assert user.get("/disco/").status_code == 200
    for _ in range(3):
        assert user.get(f"/disco/{uuid.uuid4()}").status_code == 404
    after = [number("disco_request_seconds_count", **labels) for labels in (listed, refused)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [7, 3]
    assert number("disco_session_cache_total") == hits + 10
    ok = number("disco_cloud_call_seconds_count", service="orchestration", outcome="ok")
    assert ok == calls + 7
    assert number("disco_cloud_call_seconds_count", service="orchestration", outcome="refused") >= 3
    assert number("disco_cloud_call_seconds_count", service="identity", outcome="ok") >= 1


def test_a_life_is_counted_once_and_audited(
    user: Caller,
    watched: ServiceProcess,
    number: Numbers,
    scrape: Callable[[], str],
    network_of_alice: str,
    alice_project_id: str,
    alice_session: Any,
) -> None:
    start = len(audit(watched))
    wanted = on_network(network_of_alice, inject="{'dask': ''}")
    preview = user.request(
        "POST",
        "/disco/?action=preview",
        json={"kind": "http://schemas.cloudcomplab.ch/occi/sm#disco", "attributes": wanted},
    )
    assert preview.status_code == 200, preview.text
    counted = ("disco_clusters_created_total", "disco_cluster_complete_seconds_count")
    before = [number(name, framework="dask") for name in counted]
    own_id = f"req-{uuid.uuid4()}"
    answer = user.create(wanted, **{"X-Openstack-Request-Id": own_id})
    assert answer.status_code == 201, answer.text
    assert answer.headers["X-Openstack-Request-Id"] == own_id
    path = answer.headers["Location"].removeprefix(user.base)
    user.wait_for(path, "CREATE_COMPLETE")
    for _ in range(6):
        assert user.get(path).status_code == user.get("/disco/").status_code == 200
    after = [number(name, framework="dask") for name in counted]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1]
    for end in ("/events", "/nodes", "/interfaces"):
        user.get(f"{path}{end}")
    user.get("/disco/choices")
    assert act(user, path, "suspend").status_code == 200
    user.wait_for(path, "SUSPEND_COMPLETE")
    scaled = user.request(
        "POST", path,
        headers={
            "Content-Type": "text/occi",
            "X-OCCI-Attribute": 'icclab.disco.components.heat.slavecount="2"',
        },
    )  # fmt: skip
    assert scaled.status_code == 409, scaled.text
    assert act(user, "/disco/", "extend").status_code in (200, 409)
    assert user.request("DELETE", path).status_code == 200
    user.wait_until_gone(path)
    assert user.request("DELETE", "/disco/").status_code == 200
    log_in(user)

    lines = audit(watched)[start:]
    cluster = path.rpartition("/")[2]
    by_action = {line["action"]: line for line in lines}
    assert set(by_action) == {
        *("evaluate/preview", "create", "read", "read/list", "read/events", "read/nodes"),
        *("read/interfaces", "read/choices", "update/suspend", "update/scale"),
        *("update/extend/all", "delete", "delete/all", "authenticate", "revoke"),
    }
    created = by_action["create"]
    assert created["requestId"] == own_id
    assert created["target"] == {"typeURI": "compute/cluster", "id": cluster}
    assert created["outcome"] == "success"
    assert created["reason"]["reasonCode"] == "201"
    assert created["initiator"]["id"] == alice_session.get_user_id()
    assert created["initiator"]["project_id"] == alice_project_id
    assert created["initiator"]["delegated"] is False
    assert created["initiator"]["host"] == {"address": "127.0.0.1"}
    assert sorted(wanted) == created["attributes"]
    assert created["attributesOmitted"] == 0
    assert by_action["update/scale"]["outcome"] == "failure"
    assert by_action["delete/all"]["target"]["id"] == alice_project_id
    for name in ("read/events", "read/nodes", "update/suspend", "delete"):
        assert by_action[name]["target"]["id"] == cluster
    assert by_action["authenticate"]["initiator"]["id"] == alice_session.get_user_id()
    assert len({line["id"] for line in lines}) == len(lines)

    told = scrape()
    names = (cluster, alice_project_id, alice_session.get_user_id(), "demo", "127.0.0.1")
    labels = " ".join(re.findall(r"\{(.*?)\} ", told))
    assert not [name for name in names if name in labels]


def log_in(user: Caller) -> None:
    """Through both of the token interfaces, and out again."""
    name, password = user.headers["X-User-Name"], user.headers["X-Password"]
    project = user.headers["X-Tenant-Name"]
    domain = {"name": "Default"}
    auth = {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": name, "password": password, "domain": domain}},
        },
        "scope": {"project": {"name": project, "domain": domain}},
    }
    given = user.request("POST", "/v3/auth/tokens", json={"auth": auth})
    assert given.status_code == 201
    old = {
        "passwordCredentials": {"username": name, "password": password},
        "tenantName": project,
    }
    assert user.request("POST", "/v2.0/tokens", json={"auth": old}).status_code == 200
    token = {"X-Auth-Token": given.headers["X-Subject-Token"]}
    assert user.request("DELETE", "/v3/auth/tokens", headers=token).status_code == 204


def test_the_id_of_a_request_is_the_callers(user: Caller, watched: ServiceProcess) -> None:
    for sent in ("req-nonsense", "req-" + "0" * 500, f"req-{uuid.uuid4()}x", ""):
        answer = user.get("/disco/", **{"X-Openstack-Request-Id": sent})
        assert answer.headers["X-Openstack-Request-Id"] != sent
        assert answer.headers["X-Request-Id"] == answer.headers["X-Openstack-Request-Id"]
    own_id = f"req-{uuid.uuid4()}"
    assert user.get("/disco/", **{"X-Openstack-Request-Id": own_id}).status_code == 200
    lines = [json.loads(text) for text in (watched.folder / "sm.log").read_text().splitlines()]
    mine = [line for line in lines if line["request_id"] == own_id]
    assert [(m["method"], m["path"], m["status"]) for m in mine] == [("GET", "/disco/", 200)]


def test_no_secret_is_in_any_log(
    watched: ServiceProcess, network_of_alice: str, alice_headers: dict[str, str]
) -> None:
    start = len(audit(watched))
    secret = f"{CANARY}{uuid.uuid4().hex}"
    caller = Caller(watched.base, {})
    project = {"X-Tenant-Name": alice_headers["X-Tenant-Name"]}
    named = {"X-User-Name": alice_headers["X-User-Name"], **project}
    ways: list[dict[str, str]] = [
        {**named, "X-Password": secret},
        {**project, "X-Auth-Token": secret},
        {"X-Application-Credential-Id": "a" * 32, "X-Application-Credential-Secret": secret},
        {**alice_headers, "X-Auth-Token": secret},
        {**alice_headers, "X-Subject-Token": secret, "Authorization": f"Basic {secret}"},
    ]
    attributes = on_network(network_of_alice) | {
        "icclab.disco.deployer.password": secret,
        "icclab.disco.deployer.username": "alice",
        "icclab.disco.components.jupyter.password": secret,
        f"unknown.{secret}": secret,
        "icclab.disco.components.heat.sshkey": secret,
    }
    for way in ways:
        as_one = Caller(watched.base, way)
        as_one.get("/disco/")
        as_one.get(f"/disco/?token={secret}&action={secret}")
        as_one.request(
            "POST", f"/disco/?action={secret}", data=f'X-OCCI-Attribute: action="{secret}"'
        )
        if location := as_one.create(attributes).headers.get("Location"):
            as_one.request("DELETE", location)
            as_one.wait_until_gone(location)
        as_one.request("DELETE", "/v3/auth/tokens", headers={"X-Auth-Token": secret})
        as_one.request("DELETE", f"/disco/{uuid.uuid4()}?secret={secret}")
    for body in ({"auth": {"passwordCredentials": {"username": "u", "password": secret}}}, secret):
        caller.request("POST", "/v2.0/tokens", json=body)
        caller.request("POST", "/v3/auth/tokens", json=body)
    lines = audit(watched)[start:]
    assert {line["outcome"] for line in lines} == {"success", "failure"}
    assert len(lines) >= 25
    texts = [(watched.folder / name).read_text() for name in ("audit.jsonl", "sm.log")]
    assert not [text for text in texts if CANARY in text]


def test_ready_names_what_is_missing(watched: ServiceProcess, user: Caller, tmp_path: Path) -> None:
    for _ in range(8):
        assert user.get("/disco/").status_code == 200
    for _ in pauses(20):  # a process that has had no session does not know Heat
        answer = requests.get(f"{watched.base}/ready", timeout=10)
        assert answer.status_code == 200, answer.text
        told = {one["service"]: one["status"] for one in answer.json()["services"]}
        if told == {"identity": "ok", "orchestration": "ok"}:
            break
        user.get("/disco/")
    else:
        raise AssertionError(answer.text)
    with running_service(tmp_path, "http://127.0.0.1:9/v3", workers="1") as lonely:
        answer = requests.get(f"{lonely.base}/ready", timeout=10)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        one = answer.json()["services"][0]
        assert (one["service"], one["status"], one["answered"]) == ("identity", "missing", None)
        assert one["reason"] == "cannot be reached"
        assert requests.get(f"{lonely.base}/health", timeout=2).ok


def test_limits_are_answered_with_429(
    tmp_path: Path, cloud_auth_url: str, alice_headers: dict[str, str], network_of_alice: str
) -> None:
    with running_service(
        tmp_path, cloud_auth_url, workers="1", metrics="main", limit_requests="2",
        limit_failed_logins="3",
    ) as service:  # fmt: skip
        user = Caller(service.base, dict(alice_headers))
        answers = [user.get("/disco/") for _ in range(40)]
        refused = [a for a in answers if a.status_code == 429]
        assert answers[0].status_code == 200
        assert refused
        assert 1 <= int(refused[0].headers["Retry-After"]) <= 5
        assert "too many requests" in refused[0].text
        wrong = {"X-Password": "wrong", "X-Forwarded-For": "203.0.113.7, 198.51.100.9"}
        failed = [user.get("/disco/", **wrong).status_code for _ in range(6)]
        assert failed == [401, 401, 401, 429, 429, 429]
        # what the client itself writes in front does not count, and another is not refused
        other = {**wrong, "X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
        assert user.get("/disco/", **other).status_code == 401
        told = requests.get(f"{service.base}/metrics", timeout=5).text
        assert 'disco_requests_refused_total{limit="failed-logins"} 3.0' in told
        assert 'disco_requests_refused_total{limit="requests"}' in told


def test_a_slow_scraper_does_not_keep_the_port(
    watched: ServiceProcess, metrics_port: int, scrape: Callable[[], str]
) -> None:
    silent = [socket.create_connection(("127.0.0.1", metrics_port)) for _ in range(3)]
    try:
        began = time.monotonic()
        for sock in silent:
            sock.sendall(b"GET /met")
        assert "disco_" in scrape_late(scrape, 30)
        assert time.monotonic() - began < 30
    finally:
        for sock in silent:
            sock.close()


def scrape_late(scrape: Callable[[], str], seconds: float) -> str:
    for _ in pauses(seconds):
        try:
            return scrape()
        except requests.RequestException:
            continue
    raise AssertionError("no numbers")


def test_the_folder_of_numbers_goes_with_the_service(tmp_path: Path) -> None:
    before = set(Path("/tmp").glob("disco-metrics-*"))
    port = free_port_pair()
    with running_service(tmp_path, "http://127.0.0.1:9/v3", metrics=f"127.0.0.1:{port}") as first:
        second_folder = tmp_path / "second"
        second_folder.mkdir()
        with running_service(
            second_folder, "http://127.0.0.1:9/v3", metrics=f"127.0.0.1:{port}"
        ) as second:
            assert "Metrics are not served" in second.log()
        assert "Metrics are not served" not in first.log()
    assert set(Path("/tmp").glob("disco-metrics-*")) <= before


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of this machine's address, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "disco.pem", folder / "disco.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(made[1]), "-out", str(made[0])),
        ],
        check=True,
        capture_output=True,
    )
    return made


def test_the_service_speaks_tls_and_slow_clients_hold_no_thread(
    tmp_path: Path,
    cloud_auth_url: str,
    alice_headers: dict[str, str],
    certificate: tuple[Path, Path],
) -> None:
    own, key = map(str, certificate)
    with running_service(
        tmp_path, cloud_auth_url, workers="1", certificate=own, key=key
    ) as service, contextlib.ExitStack() as stalled:  # fmt: skip
        where = ("127.0.0.1", service.port)
        context = ssl.create_default_context(cafile=own)
        for _ in range(40):  # more than there are threads: in the handshake, and in the body
            stalled.enter_context(socket.create_connection(where))
            client = context.wrap_socket(socket.create_connection(where), server_hostname=where[0])
            client.sendall(b"POST /disco/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx")
            stalled.enter_context(client)
        began = time.monotonic()
        assert requests.get(f"{service.base}/health", timeout=5, verify=own).ok
        assert time.monotonic() - began < 1
        answer = requests.get(f"{service.base}/disco/", headers=alice_headers, verify=own)
        assert answer.status_code == 200
        query = requests.get(f"{service.base}/-/", headers={"Accept": "text/occi"}, verify=own)
        # the URLs of answers are those that the caller can use
        assert f'location="{service.base}/disco/"' in query.headers["Category"]
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{service.base}/health", timeout=5)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{service.port}/health", timeout=5)
        assert "clear text" not in service.log()


def test_passwords_in_clear_text_are_warned_of(tmp_path: Path) -> None:
    with running_service(tmp_path, "http://127.0.0.1:9/v3", host="0.0.0.0") as service:
        assert "Passwords and tokens travel in clear text" in service.log()


def test_no_secret_is_in_any_log_at_the_level_debug(
    tmp_path: Path,
    cloud_auth_url: str,
    alice_headers: dict[str, str],
    alice_token: str,
    network_of_alice: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = f"{CANARY}{uuid.uuid4().hex}"
    settings = Settings(
        cloud_auth_url, data_dir() / "service_manifest.json", (data_dir() / "frameworks",),
        (b"0" * 32,), wait_condition=False,
    )  # fmt: skip
    attributes = on_network(network_of_alice, inject="{'jupyter': ''}") | {
        "icclab.disco.components.jupyter.password": secret,
        "icclab.disco.deployer.password": secret,
    }
    open_audit_log(tmp_path / "audit.jsonl")
    client = testing.TestClient(create_app(settings))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("disco.access").setLevel(logging.DEBUG)
        for who in (
            alice_headers,
            {**alice_headers, "X-Password": secret},
            {**alice_headers, "X-Auth-Token": secret},
            {"X-Auth-Token": alice_token},
        ):
            sent = {**who, "Content-Type": "text/occi", "Category": KIND}
            sent["X-OCCI-Attribute"] = join(attributes)
            made = client.simulate_post("/disco/", headers=sent)
            if made.status_code == 201:
                path = made.headers["Location"].partition("/disco/")[2]
                shown = client.simulate_get(f"/disco/{path}", headers=who)
                key = re.search(r"BEGIN OPENSSH PRIVATE KEY-----\W*n?(\w{40})", shown.text)
                assert key is not None
                assert key[1] not in caplog.text
                client.simulate_delete(f"/disco/{path}", headers=who)
    open_audit_log(None)
    assert "keystoneauth" in {record.name.partition(".")[0] for record in caplog.records}
    text = caplog.text + (tmp_path / "audit.jsonl").read_text()
    found = [word for word in (secret, alice_token, alice_headers["X-Password"]) if word in text]
    assert found == []
