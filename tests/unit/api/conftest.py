"""The application without a cloud: what it asks of the use cases is given by each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import falcon
import pytest
from falcon import testing

from disco.api.app import create_app
from disco.api.kind import load_manifest
from disco.api.mixins import component_mixins
from disco.api.service import Service
from disco.clusters.service import Clusters
from disco.components.loader import load_catalogue
from disco.config import Settings
from disco.data_files import data_dir
from disco.openstack.session import Login, Sessions

SETTINGS = Settings(
    "http://127.0.0.1:9/v3", data_dir() / "service_manifest.json", (data_dir() / "frameworks",), ()
)
LOGIN = Login(mock.Mock(), "project", "user", 0.0, None)
WHO = {"X-User-Name": "u", "X-Password": "p", "X-Tenant-Name": "t"}


@pytest.fixture(scope="session")
def app() -> falcon.App[Any, Any]:
    return create_app(SETTINGS)


@pytest.fixture(scope="session")
def service() -> Service:
    manifest = load_manifest(SETTINGS.manifest)
    components = load_catalogue(SETTINGS.framework_directories)
    return Service(
        manifest.kind,
        Sessions(SETTINGS.design_uri, True, 1),
        Clusters(SETTINGS, components, manifest.kind.location),
        component_mixins(components, manifest.kind.type_id),
    )


@pytest.fixture
def client(app: falcon.App[Any, Any]) -> Iterator[testing.TestClient]:
    """A caller whose credentials are good."""
    with mock.patch.object(Sessions, "open", return_value=LOGIN):
        yield testing.TestClient(app, headers=WHO)
