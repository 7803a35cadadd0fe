"""What schemathesis cannot know: of what a cluster can be made on the embedded cloud."""

from __future__ import annotations

from typing import Any

import schemathesis

from tests.support.service import attributes

CREATES = ("create", "create_as")


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """A cluster that comes up, in the place of one with images that nobody has."""
    if context.operation.definition.raw.get("operationId") in CREATES and isinstance(body, dict):
        kind = "http://schemas.cloudcomplab.ch/occi/sm#disco"
        return {"kind": kind, "attributes": attributes()}
    return body


@schemathesis.hook
def map_query(context: schemathesis.HookContext, query: Any) -> Any:
    """Without an action: with one it is no create."""
    created = context.operation.definition.raw.get("operationId") in CREATES
    return {} if created else query
