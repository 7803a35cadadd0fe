"""The pages of the metadata service."""

from __future__ import annotations

import pytest

from disco.embedded.nodes.container import config_drive
from disco.embedded.nodes.net import metadata
from tests.unit.embedded.nodes.specs import NETWORK, SPEC


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/openstack/latest/user_data", b"#!/bin/sh\n"),
        ("/openstack/2018-08-27/vendor_data.json", b"{}"),
        ("/openstack/latest/user_data?x=1", b"#!/bin/sh\n"),
        ("/openstack/1999-01-01/user_data", None),
        ("/latest/meta-data/", None),
        ("/openstack/latest/../../etc/passwd", None),
    ],
)
def test_metadata_service_pages(path: str, body: bytes | None) -> None:
    assert metadata.answer(path, config_drive.documents(SPEC, {"net": NETWORK})) == body
