"""Volumes that servers boot from: made of an image with the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from disco.embedded.nodes.protocol import ImageInfo
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.records import Record


@dataclass(frozen=True)
class BootVolume:
    """What a request asks for; ``temporary``: deleted with the server."""

    image_id: str
    size_gb: int
    type: str | None
    temporary: bool


def boot_volume(body: Record) -> BootVolume | None:
    """The volume of a request for a server; None for one that boots from its flavor's disk.

    Raises:
        ApiError: 400, for what Nova refuses and what this cloud does not do.
    """
    if body.get("block_device_mapping"):
        raise ApiError(400, "This cloud takes block_device_mapping_v2 only.")
    devices = body.get("block_device_mapping_v2") or []
    if not devices:
        return None
    device: Mapping[str, object] = devices[0]
    kind = (device.get("source_type"), device.get("destination_type"), device.get("boot_index"))
    if len(devices) > 1 or kind not in (("image", "volume", 0), ("image", "volume", "0")):
        raise ApiError(400, "This cloud makes one volume of a server, to boot from, of an image.")
    if body.get("imageRef"):
        raise ApiError(400, "Block Device Mapping is Invalid: more than one boot device.")
    size = int(str(device.get("volume_size") or 0))
    if size < 1:
        raise ApiError(
            400,
            "Images with destination_type 'volume' need to have a non-zero size specified",
        )
    kept = device.get("delete_on_termination") in (None, False)
    named = device.get("volume_type")
    return BootVolume(str(device.get("uuid")), size, str(named) if named else None, not kept)


def check_size(volume: BootVolume, image: ImageInfo) -> None:
    """Refuse a volume that the image does not fit on.

    Raises:
        ApiError: 400, as Nova.
    """
    if volume.size_gb < image.min_disk_gb:
        raise ApiError(
            400,
            f"Volume is smaller than the minimum size specified in image metadata. Volume size is"
            f" {volume.size_gb << 30} bytes, minimum size is {image.min_disk_gb << 30} bytes.",
        )
