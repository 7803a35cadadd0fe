"""The template of a create that failed, so that an update of the stack takes it up again."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from disco.heat.template.resize import (
    ENDPOINT,
    MASTER,
    READY,
    RETRY,
    RETRY_SIGNAL,
    TOKEN,
    Template,
    serial,
    waits,
)


def handle_of(template: Template) -> str:
    """The handle that the cluster's nodes signal."""
    return str(template["resources"][READY]["properties"]["handle"]["get_resource"])


def servers(template: Template) -> dict[str, str]:
    """Host names of the stack's servers, by resource."""
    return {
        name: str(resource["properties"]["name"])
        for name, resource in template["resources"].items()
        if resource["type"] == "OS::Nova::Server"
    }


def retried(template: Template, anew: Collection[str]) -> Template:
    """The template of servers that are made anew, and with another place for the nodes' word.

    A wait condition that has heard of a failure stays failed, whatever comes later; so there
    is a new one with a handle of its own. The master, where it stays, goes on when it reads
    in its metadata that it is to.

    Args:
        template: the present one; it stays as it is.
        anew: the servers, as resources, that are replaced by new ones of the same name.
    """
    made = copy.deepcopy(template)
    if not waits(template):
        return made
    resources = made["resources"]
    change = serial(template) + 1
    handle = f"{RETRY_SIGNAL}{change}"
    resources[handle] = {"type": "OS::Heat::WaitConditionHandle"}
    resources[READY]["properties"]["handle"] = {"get_resource": handle}
    for name in anew:
        params = resources[name]["properties"]["user_data"]["str_replace"]["params"]
        params["@@SIGNAL@@"] = {"get_attr": [handle, "curl_cli"]}
    metadata = resources[MASTER]["properties"]["metadata"]
    for name in (RETRY, TOKEN, ENDPOINT):
        metadata.pop(name, None)
    if MASTER not in anew:
        metadata[RETRY] = str(change)
        metadata[TOKEN] = {"get_attr": [handle, "token"]}
        metadata[ENDPOINT] = {"get_attr": [handle, "endpoint"]}
    for name in [n for n in resources if n.startswith(RETRY_SIGNAL) and n != handle]:
        if not _used(resources, name):
            del resources[name]
    return made


def _used(resources: Mapping[str, Any], name: str) -> bool:
    return any(
        f"'{name}'" in repr(resource) for other, resource in resources.items() if other != name
    )
