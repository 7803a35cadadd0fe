"""What no client should send is answered in words, at every address: never with 500."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.service import KIND, Caller, attributes, join

ID = "00000000-0000-4000-8000-000000000000"
ROUTES = [
    "/-/", "/.well-known/org/ogf/occi/-/", "/disco/", "/disco", "/", "/component/spark/",
    "/disco/choices", f"/disco/{ID}", f"/disco/{ID}/", f"/disco/{ID}/events",
    f"/disco/{ID}/interfaces", f"/disco/{ID}/nodes", "/disco/x", "/v2.0/tokens",
    "/v3/auth/tokens", "/health", "/openapi.json", "/dashboard/", "/dashboard/main.js", "/nowhere",
]  # fmt: skip
DIGITS, NESTED = "9" * 5000, "[" * 60_000
HEADERS: list[dict[str, str]] = [
    {"User-Agent": f"OCCI/{DIGITS}.1"},
    {"User-Agent": f"OCCI/1.{DIGITS}"},
    {"User-Agent": "OCCI/" + "0" * 6000},
    {"User-Agent": "\u00b2 OCCI/\u00b2.\u00b3"},
    {"Accept": "a/b;q=" + DIGITS},
    {"Accept": ";;;,,,/"},
    {"Accept": "*/*;q=nan, text/plain;q=1e999"},
    {"Accept": "application/json;" * 400},
    {"Content-Type": "text/occi; charset=nowhere"},
    {"Content-Type": "\xff\xfe/\x80"},
    {"Content-Type": "application/json; charset=" + "x" * 4000},
    {"Content-Encoding": "gzip"},
    {"Content-Length": "-1"},
    {"Category": "x" * 6000},
    {"Category": 'disco; scheme="'},
    {"Category": '"' * 5000},
    {"X-OCCI-Attribute": 'a="' + "\\" * 5000},
    {"X-OCCI-Attribute": f"a={DIGITS}"},
    {"X-OCCI-Attribute": "=,=,=" * 800},
    {"X-OCCI-Attribute": "\xff\xfe\x80=\xe2\x28"},
    {"X-OCCI-Location": "//[::1" + "/" * 3000},
    {"Link": "<" * 5000},
    {"X-Auth-Token": "\xff\xe2\x28\xa1"},
    {"X-Auth-Token": "t" * 6000},
    {"X-Tenant-Name": "\xf0\x28\x8c\x28"},
    {"X-User-Domain-Name": "x" * 3000},
    {"X-Region-Name": "\u00ff" * 100},
    {"Idempotency-Key": DIGITS},
    {"X-Forwarded-Host": "[", "Forwarded": 'host="['},
    {"Host": "[::1"},
    {"Range": "bytes=9-1"},
    {"If-Modified-Since": "Fri, 99 Foo 99999 99:99:99"},
    {"If-None-Match": '"' * 500},
    {"Last-Event-ID": DIGITS},
    {"Cookie": "=;=;" * 1000},
]
QUERIES = [
    "wait=" + DIGITS, "wait=-1", "wait=nan", "since=" + DIGITS, "since=%00%ff", "action=" + DIGITS,
    "action=%F0%28", "action=scale&action=extend", "evidence=%00", "action=preview",
    "category=" + quote(NESTED[:3000]), "page=" + DIGITS, "=&=&;", "confirm=%ff", "%" * 2000,
]  # fmt: skip
BODIES: list[tuple[str, bytes]] = [
    ("application/json", NESTED.encode()),
    ("application/json", b'{"auth": ' + b"[" * 500 + b"]" * 500 + b"}"),
    ("application/json", b'{"auth": ' * 60000),
    ("application/json", b'{"attributes": {"a": ' + DIGITS.encode() + b"}}"),
    ("application/json", b'{"attributes": {"a": 1e999, "b": NaN}}'),
    ("application/occi+json", b'{"attributes": {"a": "\\ud800"}, "kind": 7}'),
    ("application/occi+json", b"\xff\xfe{}"),
    ("application/json", b"\x1f\x8b\x08\x00"),
    ("text/plain", b"\xff" * 1000),
    ("text/plain", b"X-OCCI-Attribute: " + b"(" * 60000),
    ("text/plain", b"Category: " + b"\x00" * 100),
    ("text/occi", b"x" * 300_000),
    ("multipart/form-data", b"--x"),
]


@pytest.fixture(scope="module")
def caller(service: Any, bob_headers: dict[str, str]) -> Caller:
    """Somebody with credentials, whose project has no clusters."""
    return Caller(service.base, dict(bob_headers))


def sent(
    caller: Caller, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> int:
    """The status of the answer; 0 where the server closed instead."""
    port = int(caller.base.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {**caller.headers, **headers})
        answer = connection.getresponse()
        answer.read(100_000)
        return answer.status
    except (http.client.BadStatusLine, ConnectionError):
        return 0
    finally:
        connection.close()


def odd(path: str) -> Iterator[tuple[str, str, dict[str, str], bytes | None]]:
    for headers in HEADERS:
        yield "GET", path, headers, None
    for query in QUERIES:
        yield "GET", f"{path}?{query}", {}, None
        if "action=" in query:
            yield "POST", f"{path}?{query}", {}, None
    for kind, body in BODIES:
        for method in ("POST", "PUT"):
            yield method, path, {"Content-Type": kind}, body
    for headers in HEADERS:
        yield "POST", path, headers, b"{}"


@pytest.mark.parametrize("path", ROUTES)
def test_no_odd_request_fails_the_service(caller: Caller, path: str) -> None:
    failed = []
    for method, url, headers, body in odd(path):
        status = sent(caller, method, url, headers, body)
        if status in (500, 502):
            failed.append((status, method, url[:100], str(headers)[:100], (body or b"")[:60]))
    assert not failed


def test_tokens_nested_deep_are_refused_in_words(caller: Caller) -> None:
    for path in ("/v2.0/tokens", "/v3/auth/tokens"):
        for depth in (500, 60_000):
            body = b'{"auth": ' + b"[" * depth + b"]" * depth + b"}"
            answer = caller.request("POST", path, data=body, headers={"Accept": "application/json"})
            assert answer.status_code == 400, answer.text
            assert "malformed: " in answer.text or "are allowed" in answer.text


def test_chunked_bodies_are_read(caller: Caller, bob_headers: dict[str, str]) -> None:
    def pieces(text: str, size: int = 7) -> Iterator[bytes]:
        for i in range(0, len(text), size):
            yield text[i : i + size].encode()

    who = {
        "passwordCredentials": {
            "username": bob_headers["X-User-Name"],
            "password": bob_headers["X-Password"],
        },
        "tenantName": bob_headers["X-Tenant-Name"],
    }
    sent_json = json.dumps({"auth": who})
    answer = caller.request("POST", "/v2.0/tokens", data=pieces(sent_json))
    assert answer.status_code == 200, answer.text
    assert caller.request("POST", "/v3/auth/tokens", data=pieces("{}")).status_code == 400
    text = f"Category: {KIND}\nX-OCCI-Attribute: {join(attributes())}"
    headers = {"Content-Type": "text/plain", "Accept": "application/json"}
    path = "/disco/?action=preview"
    whole = caller.request("POST", path, data=text, headers=headers)
    chunked = caller.request("POST", path, data=pieces(text), headers=headers)
    assert (whole.status_code, chunked.status_code) == (200, 200), chunked.text
    long = caller.request("POST", path, data=pieces("x" * 300_000, 16_000), headers=headers)
    assert long.status_code == 400 and "262144" in long.text


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"fffffffff\r\n" + b"x" * 100,
        b"3\r\nabc\r\n0\r\n" + b"\x00: \x00\r\n\r\n",
        b"3;" + b"x" * 500 + b"\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_malformed_chunks_fail_nothing(caller: Caller, body: bytes) -> None:
    port = int(caller.base.rpartition(":")[2])
    head = b"POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(head + body)
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(65536)
    assert answer == b"" or answer.split()[1] in (b"400", b"408", b"411", b"413"), answer


def test_a_compressed_body_is_refused(caller: Caller) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    for path in ("/disco/", "/v2.0/tokens", "/v3/auth/tokens"):
        answer = caller.request("POST", path, data=b"\x1f\x8b\x08", headers=headers)
        assert answer.status_code == 415, answer.text
