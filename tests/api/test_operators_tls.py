"""TLS of the service itself, and what it warns of without."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.support.service import running_service


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
