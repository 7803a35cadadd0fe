"""What Nova refuses in a request for a server."""

from __future__ import annotations

from typing import Any

import pytest

from disco.embedded.nodes.protocol import ImageInfo
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.compute.server_request import check_create, check_metadata

IMAGES = [
    ImageInfo("i", "debian", 1, 256, 1, "active"),
    ImageInfo("q", "next", 1, 256, 0, "queued"),
]
BODY = {"name": "master", "flavorRef": "2", "imageRef": "i"}


def test_a_good_request_gives_its_flavor() -> None:
    assert check_create(BODY, IMAGES, 128).name == "m1.small"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flavorRef": "9"}, "Flavor 9 could not be found"),
        ({"imageRef": "x"}, "Invalid imageRef provided"),
        ({"imageRef": None}, "No image was given"),
        ({"imageRef": "q"}, "Image q is not active"),
        ({"block_device_mapping_v2": [{}]}, "one volume of a server"),
        ({"personality": [{}]}, "in user data only"),
        ({"user_data": "x" * 65536}, r"\(65536 characters\) is too long: at most 65535"),
    ],
)
def test_a_bad_request_is_400(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        check_create({**BODY, **change}, IMAGES, 128)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "metadata", [{"k" * 256: "v"}, {"k": "v" * 256}, {"": "v"}, {"k": 1}, {"k": None}]
)
def test_metadata_is_short_text(metadata: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as caught:
        check_metadata(metadata, 128)
    assert caught.value.status == 400


def test_metadata_has_so_many_items() -> None:
    check_metadata({"a": "1", "b": "2"}, 2)
    check_metadata({"a": "1", "b": "2"}, -1)
    with pytest.raises(ApiError, match="Maximum number of metadata items exceeds 1"):
        check_metadata({"a": "1", "b": "2"}, 1)
