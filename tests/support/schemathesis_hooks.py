"""What schemathesis cannot know: of what a cluster can be made on the embedded cloud."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import schemathesis

from tests.support.service import KIND, on_network

CREATES = ("create", "create_as")


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """A cluster that comes up, in the place of one with images that nobody has."""
    if context.operation.definition.raw.get("operationId") not in CREATES:
        return body
    attributes = on_network(os.environ["DISCO_NETWORK"])
    if isinstance(body, dict):
        kind = "http://schemas.cloudcomplab.ch/occi/sm#disco"
        return {"kind": kind, "attributes": attributes}
    told = (f'X-OCCI-Attribute: {name}="{value}"' for name, value in attributes.items())
    return "\n".join([f"Category: {KIND}", *told])


@schemathesis.hook
def map_headers(context: schemathesis.HookContext, _: Any) -> dict[str, str]:
    """No region or domain that there is not; and an id by which one goes on."""
    if context.operation.definition.raw.get("operationId") == "create":
        return {"Idempotency-Key": str(uuid.uuid4())}
    return {}


@schemathesis.hook
def map_query(context: schemathesis.HookContext, query: Any) -> Any:
    """Without an action: with one it is no create."""
    created = context.operation.definition.raw.get("operationId") in CREATES
    return {} if created else query


@schemathesis.hook
def after_call(
    _: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response
) -> None:
    """Note what was done: a run that creates nothing proves nothing."""
    name = case.operation.definition.raw.get("operationId")
    with Path(os.environ["DISCO_CALLS"]).open("a") as file:
        file.write(f"{name} {response.status_code}\n")
