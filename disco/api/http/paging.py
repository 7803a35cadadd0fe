"""Pages of a list: ``?limit=`` and ``?marker=``, as OpenStack's own services have them."""

from __future__ import annotations

from dataclasses import dataclass

import falcon

from disco.clusters.cluster_id import parse_id
from disco.errors import Fault, InvalidRequest
from disco.untrusted import Malformed, one_line, read_int

#: clusters of a page at most
MOST = 1000
#: the marker of the next page; not there where this is the last
NEXT = "X-Next-Marker"


@dataclass(frozen=True)
class Page:
    """What of a list is asked for: so many, after the cluster with this id."""

    limit: int
    marker: str | None


def read_page(request: falcon.Request) -> Page | None:
    """The page that is asked for; None for the whole list.

    Raises:
        InvalidRequest: the limit is no number, or the marker no id.
    """
    limit, marker = request.get_param("limit"), request.get_param("marker")
    if limit is None and marker is None:
        return None
    faults = []
    number, after = MOST, None
    if limit is not None:
        try:
            number = read_int(limit, 1, MOST)
        except Malformed:
            faults.append(Fault("limit", f'"{one_line(limit, 32)}"', f"1 to {MOST}", "page"))
    if marker is not None:
        after = parse_id(marker)
        if after is None:
            faults.append(unknown_marker(marker))
    if faults:
        raise InvalidRequest.of(faults)
    return Page(number, after)


def unknown_marker(marker: str) -> Fault:
    """The fault of a marker that is no cluster's id, or not any more."""
    allowed = "the id of the last cluster of the page before"
    return Fault("marker", f'there is no cluster "{one_line(marker, 64)}"', allowed, "page")
