"""A stack as Heat shows it, whose owner chose all of it; fields separated by zero bytes."""

from __future__ import annotations

import json
from typing import Any

from disco.attributes import STACK_PARAMETER
from disco.clusters.view import served_attributes
from disco.components.worker_groups import read_workers
from disco.heat import stacks
from disco.heat.template.address_tag import tagged_addresses
from disco.openstack.delete_credential import END, End
from disco.openstack.errors import tidy
from disco.status.failure import diagnose
from fuzz.parts import as_fields, as_text
from fuzz.samples import ID
from fuzz.target import Target

_to_stack: Any = stacks.read_stack


def run(data: bytes) -> str:
    """Show a stack, what failed in it, and its workers."""
    attributes, end, tags, output, reason, workers = map(as_text, as_fields(data, 6))
    if workers:
        name, _, value = workers.partition("=")
        told = {f"disco.workers{name}": value, "icclab.disco.components.heat.slavecount": value}
        attributes = attributes or json.dumps(told)
    stack = _to_stack(
        {
            "stack_name": f"disco_{ID}",
            "id": ID,
            "stack_status": "CREATE_FAILED",
            "stack_status_reason": reason,
            "creation_time": "2026-01-01T00:00:00Z",
            "tags": tags.split(","),
            "outputs": [{"output_key": "external_ip", "output_value": output}],
            "parameters": {STACK_PARAMETER: attributes, END: end},
        }
    )
    shown = served_attributes(stack, "http://127.0.0.1:8888/disco/", "retrieve")
    found = End.read(stack.parameters)
    shown |= found.attributes() if found else {}
    failure = diagnose(tidy(stack.reason), stack.attributes)
    numbers = sorted(read_workers(stack.attributes))
    addresses = sum(1 for _ in tagged_addresses(stack.tags, "s"))
    text = f"{shown} {failure} {numbers[:1000]} {addresses}"
    # texts of Heat's JSON may hold halves of surrogate pairs: renderings replace them
    return text.encode("utf-8", "replace").decode()


TARGET = Target(
    run,
    dictionary=(
        *('{"icclab.disco.components.heat.slavecount": "2"}', '"disco.generated": "'),
        *('"disco.workers": "1-3"', "9999999999 - -", "disco-addresses=s/10.0.0.1/3", "=1-3"),
        *("Resource CREATE failed: WaitConditionFailure: resources.done: ", "(Request-ID: req-"),
    ),
)
