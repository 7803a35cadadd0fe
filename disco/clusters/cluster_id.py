"""The ids of clusters: UUIDs, in one form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from disco.attributes import CORE_ID
from disco.errors import Fault, InvalidRequest


def parse_id(text: str) -> str | None:
    """A cluster id in its canonical form, or None if ``text`` is not a UUID."""
    try:
        canonical = str(uuid.UUID(text))
    except (ValueError, AttributeError):
        return None
    return canonical if text.lower() == canonical else None


def choose_id(attributes: Mapping[str, str], wanted: str | None, location: str) -> str:
    """The client's id for a cluster, so that it can repeat the request, or a new one.

    Args:
        attributes: of the request; one may be the id.
        wanted: the id that the request names elsewhere.
        location: what ids of clusters begin with in attributes.

    Raises:
        InvalidRequest: the id is not a UUID.
    """
    if wanted is None and CORE_ID in attributes:
        wanted = attributes[CORE_ID].removeprefix(location).removeprefix("urn:uuid:")
    if wanted is None:
        return str(uuid.uuid4())
    cluster_id = parse_id(wanted)
    if cluster_id is None:
        raise InvalidRequest.of([Fault(CORE_ID, f'"{wanted[:64]}" is not a UUID', "a UUID")])
    return cluster_id
