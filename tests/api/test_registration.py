"""Registration in Keystone's catalogue: at start, once, and gone after a clean stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from keystoneauth1 import session
from keystoneclient.v3 import client as keystone_client

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import session_of
from tests.support.service import ServiceProcess

KIND = "http://schemas.cloudcomplab.ch/occi/sm#disco"


@pytest.fixture
def admin(embedded_cloud: EmbeddedCloud) -> session.Session:
    return session_of(embedded_cloud.credentials_of("admin"))


def registered(admin: session.Session) -> list[Any]:
    client = keystone_client.Client(session=admin, interface="public")
    services = client.services.list(type=KIND)
    return [e for s in services for e in client.endpoints.list(service=s.id)]


def start(folder: Path, auth_url: str, token: str) -> ServiceProcess:
    service = ServiceProcess(folder, auth_url)
    service.admin = {
        "register_service": "True",
        "service_token": token,
        "service_tenant_name": "admin",
    }
    service.start()
    return service


def test_the_service_is_in_the_catalogue_while_it_runs(
    tmp_path: Path, cloud_auth_url: str, admin: session.Session
) -> None:
    token = admin.get_token()
    assert token
    service = start(tmp_path, cloud_auth_url, token)
    endpoints = registered(admin)
    assert {e.interface for e in endpoints} == {"public", "internal", "admin"}
    # clients put ids right behind it
    assert {e.url for e in endpoints} == {"http://127.0.0.1:8888/disco/"}
    assert service.stop() == 0
    assert registered(admin) == []


def test_a_killed_service_registers_again_without_a_second_entry(
    tmp_path: Path, cloud_auth_url: str, admin: session.Session
) -> None:
    token = admin.get_token()
    assert token
    service = start(tmp_path, cloud_auth_url, token)
    service.kill()
    service.start()
    assert len(registered(admin)) == 3
    assert service.stop() == 0
    assert registered(admin) == []


def test_a_refused_token_ends_the_start_in_words(tmp_path: Path, cloud_auth_url: str) -> None:
    with pytest.raises(AssertionError, match="the service ended"):
        start(tmp_path, cloud_auth_url, "nonsense")
