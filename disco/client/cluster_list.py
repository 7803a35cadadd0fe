"""The clusters of a project, and those that the service cannot mean."""

from __future__ import annotations

from collections.abc import Sequence

from disco.client.cluster import Cluster
from disco.client.errors import InvalidAnswer


class ClusterList(list[Cluster]):
    """A list of clusters.

    Attributes:
        odd: a sentence for each cluster that is left out, and for each attribute that is.
    """

    odd: tuple[str, ...] = ()

    @classmethod
    def read(cls, listed: Sequence[object]) -> ClusterList:
        """From resources in the JSON of OCCI 1.2: one odd cluster does not hide the others."""
        clusters, odd = cls(), []
        for raw in listed:
            try:
                cluster = Cluster.read(raw)  # type: ignore[arg-type]
            except InvalidAnswer as error:
                odd.append(f"A cluster is left out. {error}")
            else:
                clusters.append(cluster)
                odd += [f"Cluster {cluster.id}: {text}" for text in cluster.odd.values()]
        clusters.odd = tuple(odd)
        return clusters
