"""What people call a cluster: its name, its id, or the beginning of its id."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from disco.client.cluster import Cluster
from disco.client.errors import AmbiguousName, NotFound
from disco.suggestions import did_you_mean

#: characters of an id that are enough
SHORTEST = 4


def whole_id(handle: str) -> str | None:
    """The UUID that ``handle`` is, in its usual form; None if it is something else."""
    try:
        return str(uuid.UUID(handle))
    except ValueError:
        return None


def find_id(handle: str, clusters: Iterable[Cluster]) -> str:
    """The id of the one cluster that has this name, or whose id begins with it.

    Raises:
        NotFound: no cluster has.
        AmbiguousName: several have; a name that is the beginning of another's id counts, too,
            since a command may delete what it finds.
    """
    known = list(clusters)
    start = handle.lower() if len(handle) >= SHORTEST else None
    found = [c for c in known if c.name == handle or (start and c.id.startswith(start))]
    if len(found) == 1:
        return found[0].id
    if found:
        raise AmbiguousName(
            f'"{handle}" matches several clusters: {", ".join(c.id for c in found)}.',
            hint="Use one of these ids, or more characters of it.",
        )
    meant = did_you_mean(handle, [c.name for c in known if c.name])
    raise NotFound(
        f'Unknown cluster "{handle}".{meant}',
        code="unknown-cluster",
        hint="Use a name or an id that disco list shows, or at least the first "
        f"{SHORTEST} characters of an id.",
    )
