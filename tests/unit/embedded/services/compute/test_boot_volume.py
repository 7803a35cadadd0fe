"""What Nova refuses of a volume to boot from, and what this cloud does not do."""

from __future__ import annotations

from typing import Any

import pytest

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.compute.boot_volume import BootVolume, boot_volume

DEVICE: dict[str, Any] = {
    "uuid": "i", "source_type": "image", "destination_type": "volume", "boot_index": 0,
    "volume_size": 10, "delete_on_termination": True,
}  # fmt: skip


def test_a_volume_is_made_of_an_image() -> None:
    assert boot_volume({}) is None
    assert boot_volume({"block_device_mapping_v2": [DEVICE]}) == BootVolume("i", 10, None, True)
    kept = {**DEVICE, "delete_on_termination": False, "volume_type": "fast", "boot_index": "0"}
    assert boot_volume({"block_device_mapping_v2": [kept]}) == BootVolume("i", 10, "fast", False)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"block_device_mapping": [{}]}, "block_device_mapping_v2 only"),
        ({"block_device_mapping_v2": [DEVICE, DEVICE]}, "one volume"),
        ({"block_device_mapping_v2": [{**DEVICE, "source_type": "volume"}]}, "of an image"),
        ({"block_device_mapping_v2": [{**DEVICE, "volume_size": 0}]}, "non-zero size"),
        ({"block_device_mapping_v2": [DEVICE], "imageRef": "i"}, "more than one boot device"),
    ],
)
def test_what_cannot_be_is_refused(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        boot_volume(body)
    assert caught.value.status == 400
