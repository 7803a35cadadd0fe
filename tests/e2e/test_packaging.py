"""The files of packaging/, as far as this machine has what reads them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from disco.config import load_settings
from tests.support.cloud import free_port_pair, until
from tests.support.service import ServiceProcess, running_service

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging"
NAME = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]


def test_the_configuration_is_one(tmp_path: Path) -> None:
    text = (FOLDER / "sm.cfg").read_text()
    assert "/var/lib/disco/" in text
    config = tmp_path / "sm.cfg"
    config.write_text(text.replace("/var/lib/disco", str(tmp_path)))
    assert load_settings(config).warnings == ()


INSTALLS = re.compile(
    r"(?:pip3?|pipx|uv) (?:tool )?install\b"  # the command and, on the same line, the name
    r".*?(?<![\w./-])(disco[\w-]*)(?=['\"\[\s]|$)",
    re.M,
)


def test_nobody_is_told_to_install_the_other_disco() -> None:
    """``disco`` on PyPI is a project of somebody else."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    texts = {
        path: (ROOT / path).read_text(errors="replace").replace("\\\n", " ")
        for path in filter(None, listed)
        if (ROOT / path).is_file() and (ROOT / path) != Path(__file__)
    }
    others = {
        (path, match[1])
        for path, text in texts.items()
        for match in INSTALLS.finditer(text)
        if match[1] != NAME
    }
    assert others == set()
    assert INSTALLS.findall("pip install --quiet 'disco[embedded]'") == ["disco"]


def test_the_image_installs_this_project() -> None:
    text = (FOLDER / "Containerfile").read_text()
    assert re.findall(r"--find-links /wheels (\S+)", text) == [NAME]


def test_pre_commit_runs_what_make_lint_runs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("\nlint:")[2].partition("\n\n")[0]
    checks = set(re.findall(r"^\t\$\(BIN\)/(.+)$", recipe, re.M))
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert len(checks) == 4
    assert checks <= {hook["entry"].removeprefix(".venv/bin/") for hook in hooks}
    scripts = re.search(r"^SCRIPTS := (.+)$", makefile, re.M)
    shellcheck = next(hook for hook in hooks if hook["id"] == "shellcheck")
    assert scripts is not None
    assert [s for s in scripts[1].split() if not re.search(shellcheck["files"], s)] == []


def test_the_compose_file_mounts_what_there_is() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    assert (FOLDER / services["disco"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / services["disco"]["build"]["dockerfile"]).is_file()
    for service in services.values():
        for source in (v.split(":")[0] for v in service["volumes"]):
            assert not source.startswith(".") or (FOLDER / source).is_file(), source


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_unit_is_one(tmp_path: Path) -> None:
    unit = tmp_path / "disco.service"
    text = (FOLDER / "disco.service").read_text()
    # the programme is not installed here; all the rest is as it is
    unit.write_text(text.replace("/opt/disco/bin/service_manager", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "disco.service" not in done.stderr


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """The service; what is asked of it here needs no cloud."""
    with running_service(tmp_path, "http://127.0.0.1:9/v3") as process:
        yield process


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_nginx_serves_it_with_tls(service: ServiceProcess, tmp_path: Path) -> None:
    port, certificate, key = free_port_pair(), tmp_path / "disco.pem", tmp_path / "disco.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    text = (FOLDER / "nginx.conf").read_text()
    for before, after in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/certs/disco.pem", str(certificate)),
        ("/etc/ssl/private/disco.key", str(key)),
        ("http://127.0.0.1:8888", service.base),
    ):
        assert before in text
        text = text.replace(before, after)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/body;\n{text}\n}}\n"
    )
    with running("nginx", "-c", str(config)):
        check_proxy(port, certificate)


@pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not installed")
def test_caddy_serves_it_with_tls(service: ServiceProcess, tmp_path: Path) -> None:
    port, config = free_port_pair(), tmp_path / "Caddyfile"
    # the name of this machine gets a certificate of Caddy's own, which nobody else is to trust
    shipped = (FOLDER / "Caddyfile").read_text()
    assert shipped.count("\n{\n") == 1
    # a second block of global options is not allowed
    options = "admin off\nskip_install_trust\nauto_https disable_redirects\n"
    options += f"storage file_system {tmp_path}/caddy\n"
    config.write_text(shipped.replace("\n{\n", f"\n{{\n{options}", 1))
    names = {
        "DISCO_HOST": f"https://localhost:{port}",
        "DISCO_UPSTREAM": service.base.removeprefix("http://"),
        "HOME": str(tmp_path),
    }
    certificate = tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    with running("caddy", "run", "--adapter", "caddyfile", "--config", str(config), **names):
        until(certificate.is_file, 60, "Caddy's certificate")
        check_proxy(port, certificate)


@contextlib.contextmanager
def running(*command: str, **names: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **names})
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def check_proxy(port: int, certificate: Path) -> None:
    """The service is behind it, and answers as if there were nothing in between."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(certificate)

        def reached() -> requests.Response | None:
            with contextlib.suppress(requests.ConnectionError):
                accept = {"Accept": "text/occi"}
                return session.get(f"https://localhost:{port}/-/", headers=accept, timeout=10)
            return None

        answer = until(reached, 30, "the proxy")
        assert answer is not None
        check_slow_clients(port, certificate)
        long = {"X-OCCI-Attribute": f'a="{"b" * 40000}"', "Accept": "text/occi"}
        refused = session.get(f"https://localhost:{port}/disco/", headers=long, timeout=9)
    assert answer.status_code == 200
    assert "Strict-Transport-Security" in answer.headers
    # URLs in answers are those that the caller can use
    assert f'location="https://localhost:{port}/disco/"' in answer.headers["Category"]
    assert refused.status_code == 401, "the proxy must let long headers through"


def check_slow_clients(port: int, certificate: Path) -> None:
    """Clients that stall, in the handshake, the head or the body, keep nobody else waiting.

    They are more than the service has threads, and are dropped in the end.
    """
    context, url = ssl.create_default_context(cafile=str(certificate)), f"https://localhost:{port}"
    head = b"POST /disco/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/occi\r\n"
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        stalled = []
        for rest in (b"", b"Content-Length: 100000\r\n\r\nCategory"):
            for _ in range(40):
                plain = socket.create_connection(("localhost", port))
                client = context.wrap_socket(
                    stack.enter_context(plain), server_hostname="localhost"
                )
                client.sendall(head + rest)
                stalled.append(stack.enter_context(client))
        for _ in range(20):
            stack.enter_context(socket.create_connection(("localhost", port)))
        while time.monotonic() < began + 3:
            asked = time.monotonic()
            assert requests.get(f"{url}/health", timeout=5, verify=str(certificate)).ok
            assert time.monotonic() - asked < 1
            time.sleep(0.1)
        for client in (stalled[0], stalled[-1]):
            client.settimeout(max(began + 45 - time.monotonic(), 1))
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while client.recv(4096):  # an answer, perhaps, and the end
                    pass
        assert time.monotonic() - began < 45
