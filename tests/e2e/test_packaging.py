"""The files of packaging/, as far as this machine has what reads them."""

from __future__ import annotations

import contextlib
import os
import re
import runpy
import shutil
import socket
import ssl
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml
from packaging.requirements import Requirement

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


def list_files() -> list[str]:
    """The files of the project, relative to its folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return [path for path in filter(None, listed) if (ROOT / path).is_file()]


INSTALLS = re.compile(
    r"(?:pip3?|pipx|uv) (?:tool )?install\b"  # the command and, on the same line, the name
    r".*?(?<![\w./-])(disco[\w-]*)(?=['\"\[\s]|$)",
    re.M,
)


def test_nobody_is_told_to_install_the_other_disco() -> None:
    """``disco`` on PyPI is a project of somebody else."""
    texts = {
        path: (ROOT / path).read_text(errors="replace").replace("\\\n", " ")
        for path in list_files()
        if (ROOT / path) != Path(__file__)
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


def test_the_image_takes_nothing_from_an_index_without_its_hash() -> None:
    text = (FOLDER / "Containerfile").read_text().replace("\\\n", " ")
    installs = re.findall(r"pip (?:install|wheel)\b[^&\n]*", text)
    assert len(installs) == 4
    for install in installs:
        assert "--require-hashes" in install or "--no-deps" in install, install
        assert "--only-binary :all:" in install or "--no-index" in install or "wheel" in install


LOCKS = ("requirements.lock", "build.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_version_and_hashes_of_each_package_and_no_host(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert re.search(r"://|--(extra-)?index|--find-links|--trusted|^-[efi]\b", text, re.M) is None
    assert str(ROOT) not in text
    for entry in re.split(r"\n(?=\w)", "\n".join(re.findall(r"^(?!#).*", text, re.M))):
        assert re.match(r"[a-z0-9.-]+==[^\s;]+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_lock_has_all_that_the_service_needs_and_nothing_of_the_extras() -> None:
    text = (FOLDER / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", text, re.M))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in (*project["dependencies"], *project["optional-dependencies"]["server"]):
        needed = Requirement(line)
        assert needed.specifier.contains(locked[needed.name], prereleases=True), line
    assert not {"keystone", "openstack-heat", "pytest", "mypy", "mkdocs", "atheris"} & {*locked}


def test_the_same_source_gives_the_same_wheel(tmp_path: Path) -> None:
    """In another folder, with other modes of files, another time zone and language."""
    wheels = []
    for name, umask, zone in (("a", 0o022, "UTC"), ("b", 0o077, "Asia/Tokyo")):
        tree = tmp_path / name / "tree"
        for path in list_files():
            copy = tree / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, copy)
            copy.chmod(0o666 & ~umask)
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
                *("--disable-pip-version-check", "--wheel-dir", str(tmp_path / name), str(tree)),
            ],
            check=True,
            timeout=300,
            umask=umask,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "TZ": zone, "LANG": "C"},
        )
        (wheel,) = (tmp_path / name).glob("*.whl")
        wheels.append(wheel)
    first, second = (zipfile.ZipFile(wheel).infolist() for wheel in wheels)
    assert [describe(entry) for entry in first] == [describe(entry) for entry in second]
    assert wheels[0].read_bytes() == wheels[1].read_bytes()


def describe(entry: zipfile.ZipInfo) -> tuple[object, ...]:
    return entry.filename, entry.CRC, entry.date_time, entry.external_attr


AUDIT = runpy.run_path(str(ROOT / "tools" / "audit"))


@pytest.mark.parametrize(
    ("said", "failed", "told"),
    [
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', False, "passed, 1"),
        ('{"dependencies": [{"name": "a", "skip_reason": "unknown"}]}', False, "SKIPPED 1 of 1"),
        ('{"dependencies": []}', False, "SKIPPED"),
        ("", False, "SKIPPED, nothing was looked up: no route"),
        (
            '{"dependencies": [{"name": "a", "version": "1",'
            ' "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}]}',
            True,
            "a 1: X-1, mended in 2",
        ),
    ],
)
def test_what_was_not_looked_up_is_not_passed(said: str, failed: bool, told: str) -> None:
    result, verdict = AUDIT["judge"](said, "a warning\nno route")
    assert (result, told in verdict) == (failed, True), verdict
    assert ("passed" in verdict) == (told == "passed, 1")


def test_each_exception_for_bandit_has_a_reason() -> None:
    listed = subprocess.run(
        ["git", "grep", "-n", "nosec", "--", "disco"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    assert listed
    for line in listed:
        path, number, _ = line.split(":", 2)
        before = (ROOT / path).read_text().splitlines()[int(number) - 2].strip()
        behind = re.search(r"nosec B\d{3}(  # \S.*)?$", line)
        assert behind, line
        assert behind[1] or before.startswith("#"), line


def test_pre_commit_runs_what_make_lint_runs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("\nlint:")[2].partition("\n\n")[0]
    checks = set(re.findall(r"^\t\$\(BIN\)/(.+)$", recipe, re.M))
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert len(checks) == 4
    assert checks <= {hook["entry"].removeprefix(".venv/bin/") for hook in hooks}
    scripts = re.search(r"^SCRIPTS := (.+)$", makefile.replace("\\\n", " "), re.M)
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
