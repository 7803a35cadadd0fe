"""The files of packaging/, as far as this machine has what reads them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from disco.config import load_settings
from tests.support.service import ServiceProcess, free_port, running_service

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging"


def test_the_configuration_is_one(tmp_path: Path) -> None:
    text = (FOLDER / "sm.cfg").read_text()
    assert "/var/lib/disco/" in text
    config = tmp_path / "sm.cfg"
    config.write_text(text.replace("/var/lib/disco", str(tmp_path)))
    assert load_settings(config).warnings == ()


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
    port, certificate, key = free_port(), tmp_path / "disco.pem", tmp_path / "disco.key"
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
    process = subprocess.Popen(["nginx", "-c", str(config)])
    try:
        with requests.Session() as session:
            session.trust_env = False
            retry = requests.adapters.Retry(connect=30, backoff_factor=0.1, backoff_max=0.5)
            session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))
            answer = session.get(
                f"https://localhost:{port}/-/",
                headers={"Accept": "text/occi"},
                verify=str(certificate),
                timeout=10,
            )
            long = {"X-OCCI-Attribute": f'a="{"b" * 40000}"', "Accept": "text/occi"}
            refused = session.get(
                f"https://localhost:{port}/disco/", headers=long, verify=str(certificate), timeout=9
            )
        assert answer.status_code == 200
        assert "Strict-Transport-Security" in answer.headers
        # URLs in answers are those that the caller can use
        assert f'location="https://localhost:{port}/disco/"' in answer.headers["Category"]
        assert refused.status_code == 401, "nginx must let long headers through"
    finally:
        process.terminate()
        process.wait(timeout=20)
