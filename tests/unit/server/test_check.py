"""``service_manager --check``: what would not work is said, and in the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
import requests_mock as requests_mocks

from disco.config import load_settings
from disco.server.check import check_settings, read_environment
from disco.server.service_manager import main
from tests.support.catalogue import ADDRESSES, PROJECT

HEAT = f"http://heat/v1/{PROJECT}"
OPENRC = {"OS_USERNAME": "alice", "OS_PASSWORD": "secret", "OS_PROJECT_NAME": "demo"}


@pytest.fixture
def cloud(requests_mock: requests_mocks.Mocker) -> requests_mocks.Mocker:
    """Keystone, and services that answer."""
    addresses = {**ADDRESSES, "orchestration": HEAT}
    catalog = [
        {
            "type": name,
            "name": name,
            "endpoints": [
                {"id": name, "interface": "public", "region": "R", "region_id": "R", "url": url}
            ],
        }
        for name, url in addresses.items()
    ]
    token = {
        "project": {"id": PROJECT, "name": "demo", "domain": {"id": "d", "name": "Default"}},
        "user": {"id": "u", "name": "alice", "domain": {"id": "d", "name": "Default"}},
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "methods": ["password"],
        "catalog": catalog,
    }
    requests_mock.get("http://k:5000/v3", json={"version": {"id": "v3.14"}})
    requests_mock.post(
        "http://k:5000/v3/auth/tokens", json={"token": token}, headers={"X-Subject-Token": "t"}
    )
    for url in ("http://nova/", "http://glance/", "http://neutron/", "http://cinder/", HEAT):
        requests_mock.get(requests_mocks.ANY if url == "" else f"{url}", json={})
    for path in ("nova/v2.1/flavors", "glance/v2/images", "neutron/v2.0/networks"):
        requests_mock.get(f"http://{path}", json={})
    requests_mock.get(f"{ADDRESSES['block-storage']}/volumes", json={})
    requests_mock.get(f"{HEAT}/stacks", json={})
    return requests_mock


def report(folder: Path, environment: dict[str, str], more: str = "") -> tuple[bool, str]:
    file = folder / "sm.cfg"
    file.write_text(f"[service_manager]\ndesign_uri=http://k:5000/v3\n[disco]\n{more}")
    lines: list[str] = []
    works = check_settings(load_settings(file, write=False), environment, lines.append)
    return works, "\n".join(lines)


def test_all_is_good(tmp_path: Path, cloud: requests_mocks.Mocker) -> None:
    works, text = report(tmp_path, OPENRC)
    assert works, text
    for words in ("Keystone: http://k:5000/v3 has the version v3.14", "project demo", "region R"):
        assert words in text
    services = ("orchestration", "compute", "image", "network", "block-storage")
    assert all(f"good     {service}: " in text for service in services)
    assert "secret" not in text
    assert [p.name for p in tmp_path.iterdir()] == ["sm.cfg"]  # it writes nothing


def test_without_credentials_the_rest_is_unknown(
    tmp_path: Path, cloud: requests_mocks.Mocker
) -> None:
    works, text = report(tmp_path, {})
    assert works
    assert "unknown  log-in: the environment has no credentials" in text
    assert "compute" not in text


@pytest.mark.parametrize(
    ("url", "answer", "words"),
    [
        ("http://k:5000/v3", {"exc": requests.ConnectionError}, "failed   Keystone: "),
        ("http://k:5000/v3", {"text": "<html>"}, "failed   Keystone: "),
        ("http://k:5000/v3", {"json": {"error": {}}, "status_code": 404}, "failed   Keystone: "),
        ("http://nova/v2.1/flavors", {"status_code": 404}, "failed   compute: "),
        ("http://neutron/v2.0/networks", {"status_code": 503}, "failed   network: "),
        (f"{HEAT}/stacks", {"exc": requests.exceptions.SSLError}, "Set verify in [disco]"),
    ],
)
def test_what_fails_is_named(
    tmp_path: Path,
    cloud: requests_mocks.Mocker,
    url: str,
    answer: dict[str, object],
    words: str,
) -> None:
    cloud.get(url, **answer)
    works, text = report(tmp_path, OPENRC)
    assert not works
    assert words in text


def test_refused_credentials_and_an_interface_that_is_not_there(
    tmp_path: Path, cloud: requests_mocks.Mocker
) -> None:
    works, text = report(tmp_path, OPENRC, "interface=internal\n")
    assert not works
    assert "no internal endpoint of the service compute" in text
    cloud.post("http://k:5000/v3/auth/tokens", status_code=401, json={"error": {}})
    works, text = report(tmp_path, OPENRC)
    assert not works
    assert "failed   log-in: Keystone refused" in text


def test_the_exit_status(
    tmp_path: Path, cloud: requests_mocks.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sm.cfg"
    file.write_text("[service_manager]\ndesign_uri=http://k:5000/v3   ; Keystone\n")
    assert main(["-c", str(file), "--check"]) == 0
    assert "the comment behind the value" in capsys.readouterr().out
    cloud.get("http://k:5000/v3", exc=requests.ConnectionError)
    assert main(["-c", str(file), "--check"]) == 1
    file.write_text("[service_manager]\ndesign_uri=http://k 5000\n[disco]\nverify=no.pem\n")
    assert main(["-c", str(file), "--check"]) == 2
    said = capsys.readouterr().err
    assert "design_uri" in said
    assert "verify" in said


def test_the_environment_is_that_of_an_openrc() -> None:
    read = read_environment({**OPENRC, "OS_PROJECT_ID": "id", "OS_USER_DOMAIN_ID": "default"})
    assert (read.username, read.tenant, read.user_domain_id) == ("alice", "id", "default")
    assert read_environment({}).token is None
