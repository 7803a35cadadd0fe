"""What Nova refuses in a request for a server, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable

from disco.embedded.nodes.protocol import ImageInfo
from disco.embedded.services.api_error import ApiError
from disco.embedded.services.compute.boot_volume import boot_volume, check_size
from disco.embedded.services.compute.flavors import FLAVORS
from disco.embedded.services.records import Record
from disco.embedded.services.volume.volumes import ZONE
from disco.spec import Flavor

#: characters of encoded user data, as Nova's own limit
MAX_USER_DATA = 65535
#: characters of a metadata key or value
MAX_METADATA = 255


def check_create(body: Record, images: Iterable[ImageInfo], metadata_items: int) -> Flavor:
    """The flavor that the request names.

    Args:
        body: the server that is asked for.
        images: those that nodes can boot from.
        metadata_items: how many a server may have; -1 for any number.

    Raises:
        ApiError: 400 or 403, as Nova would.
    """
    flavor = FLAVORS.get(str(body.get("flavorRef")))
    if flavor is None:
        raise ApiError(400, f"Flavor {body.get('flavorRef')} could not be found.")
    volume = boot_volume(body)
    image = _check_image(volume.image_id if volume else str(body.get("imageRef") or ""), images)
    if volume:
        check_size(volume, image)
    if body.get("availability_zone") not in (None, "", ZONE):
        raise ApiError(400, "The requested availability zone is not available")
    if body.get("personality"):
        raise ApiError(400, "This cloud takes files in user data only, not as personality.")
    check_metadata(body.get("metadata") or {}, metadata_items)
    encoded = body.get("user_data") or ""
    if len(encoded) > MAX_USER_DATA:
        raise ApiError(
            400,
            f"Invalid input for field/attribute user_data. Value: {encoded[:16]}... "
            f"({len(encoded)} characters) is too long: at most {MAX_USER_DATA}",
        )
    return flavor


def _check_image(identifier: str, images: Iterable[ImageInfo]) -> ImageInfo:
    image = next((image for image in images if image.id == identifier), None)
    if image is None:
        raise ApiError(400, "Invalid imageRef provided." if identifier else "No image was given.")
    if image.status != "active":
        raise ApiError(400, f"Image {identifier} is not active.")
    return image


def check_metadata(metadata: Record, limit: int) -> None:
    """Nova's limits of a server's metadata.

    Raises:
        ApiError: too long a key or value, no text, or too many of them.
    """
    for key, value in metadata.items():
        if not isinstance(value, str) or not 1 <= len(key) <= MAX_METADATA >= len(value):
            raise ApiError(
                400,
                f"Invalid input for field/attribute {key[:64]}. Value: {str(value)[:64]}. "
                f"Keys and values are strings of at most {MAX_METADATA} characters.",
            )
    if 0 <= limit < len(metadata):
        raise ApiError(403, f"Maximum number of metadata items exceeds {limit}")
