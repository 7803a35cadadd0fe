"""Volumes belong to a project and to at most one server."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from disco.embedded.nodes.protocol import NodeHost
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Records
from disco.embedded.services.volume.volumes import Volumes

SERVER = {"id": "s", "project_id": "p"}


@pytest.fixture
def host() -> mock.Mock:
    return mock.Mock(spec=NodeHost)


@pytest.fixture
def volumes(tmp_path: Path, host: mock.Mock) -> Volumes:
    records = Records(tmp_path / "resources.db")
    return Volumes(records, host, Quotas(tmp_path / "quota.json", records))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"size": 0}, 400),
        ({"size": "1"}, 400),
        ({}, 400),
        ({"size": 1, "volume_type": "fast"}, 404),
        ({"size": 1, "imageRef": "i"}, 400),
    ],
)
def test_what_this_cloud_cannot_make_is_refused(
    volumes: Volumes, body: dict[str, Any], status: int
) -> None:
    with pytest.raises(ApiError) as caught:
        volumes.create("p", "u", body)
    assert caught.value.status == status


def test_a_volume_of_another_project_is_not_found(volumes: Volumes) -> None:
    volume = volumes.create("p", "u", {"size": 1})
    with pytest.raises(ApiError) as caught:
        volumes.find("q", volume["id"])
    assert caught.value.status == 404


def test_an_attached_volume_has_a_device_and_stays(volumes: Volumes, host: mock.Mock) -> None:
    first = volumes.create("p", "u", {"size": 2})["id"]
    second = volumes.create("p", "u", {"size": 1})["id"]
    devices = [volumes.attach(SERVER, identifier)["device"] for identifier in (first, second)]
    assert devices == ["/dev/vdb", "/dev/vdc"]
    host.volume_attach.assert_any_call("s", first, 2)
    with pytest.raises(ApiError, match="already attached"):
        volumes.attach({"id": "other", "project_id": "p"}, first)
    with pytest.raises(ApiError, match="must not be attached"):
        volumes.delete("p", first)
    host.volume_delete.assert_not_called()


def test_a_detached_volume_can_be_deleted(volumes: Volumes, host: mock.Mock) -> None:
    identifier = volumes.create("p", "u", {"size": 1})["id"]
    volumes.attach(SERVER, identifier)
    volumes.detach(SERVER, identifier)
    assert volumes.find("p", identifier)["status"] == "available"
    with pytest.raises(ApiError):
        volumes.detach(SERVER, identifier)
    volumes.delete("p", identifier)
    host.volume_delete.assert_called_once_with(identifier)
    assert volumes.records.all("volume") == []


def test_the_volumes_of_a_removed_server_are_free(volumes: Volumes) -> None:
    identifier = volumes.create("p", "u", {"size": 1})["id"]
    volumes.attach(SERVER, identifier)
    volumes.free("s")
    assert volumes.list_attachments("s") == []
    assert volumes.find("p", identifier)["status"] == "available"
