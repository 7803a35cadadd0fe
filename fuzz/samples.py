"""The kind and the cluster that renderings and filters are fuzzed with."""

from __future__ import annotations

from collections.abc import Mapping

from disco.heat.stacks import Stack
from disco.occi import CORE, Attribute, Kind, Mixin, Resource

ID = "70ef7ab9-ea99-47b9-bed1-d6cbc896b2d7"
KIND = Kind(
    term="disco",
    scheme="http://schemas.cloudcomplab.ch/occi/sm#",
    title="Clusters",
    parent=f"{CORE}resource",
    location="/disco/",
    attributes=(Attribute("icclab.disco.components.heat.slavecount"),),
)
MIXIN = Mixin("my_mixin", "http://example.com/occi#", location="/my_mixin/")


def make_resource(attributes: Mapping[str, str]) -> Resource:
    """A cluster with these attributes."""
    return Resource(id=ID, kind=KIND, attributes=dict(attributes), mixins=(MIXIN,))


def make_stack(**more: object) -> Stack:
    """A stack that is complete, but for what is given."""
    return Stack(**{"cluster_id": ID, "stack_id": ID, "status": "CREATE_COMPLETE", **more})  # type: ignore[arg-type]
