"""The version that a client of Nova speaks."""

from __future__ import annotations

import pytest
from falcon import testing

from disco.embedded.services.compute.microversion import microversion


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({}, (2, 1)),
        ({"OpenStack-API-Version": "compute 2.79"}, (2, 79)),
        ({"OpenStack-API-Version": "compute latest"}, (2, 96)),
        ({"X-OpenStack-Nova-API-Version": "2.47"}, (2, 47)),
        ({"OpenStack-API-Version": "compute two"}, (2, 1)),
    ],
)
def test_either_header_names_it(headers: dict[str, str], version: tuple[int, int]) -> None:
    assert microversion(testing.create_req(headers=headers)) == version
