"""A cluster's present template with other workers; everything else in it stays as it is.

A new worker is a copy of one that is there: same image, flavor, script and groups, with a
name, a number and an address of its own. So nothing is rendered again, and what the
frameworks decided when the cluster was created holds for its new workers, too.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from disco.heat.template.worker_copy import (
    Model,
    Template,
    about,
    copied,
    parts,
    references,
    workers,
)
from disco.untrusted import Malformed, read_int
from disco.worker_numbers import PLAIN, server_number, server_resource, write_ranges

__all__ = ["Model", "Template", "workers"]

MASTER = "master"
READY = "ready"
#: what waits for new workers, and for leaving ones, and the handles that they signal
JOINED, JOIN_SIGNAL = "joined_", "join_signal_"
DRAINED, DRAIN_SIGNAL = "drained_", "drain_signal_"
#: the handle of a create that is retried
RETRY_SIGNAL = "retry_signal_"
#: the master's metadata: "<serial> <numbers>" of workers that leave or join, or the serial of
#: a retry; and where it tells how that ended
LEAVING, JOINING, RETRY = "disco_leaving", "disco_joining", "disco_retry"
TOKEN, ENDPOINT = "disco_token", "disco_endpoint"
_OURS = re.compile(
    f"({JOINED}|{JOIN_SIGNAL}|{DRAINED}|{DRAIN_SIGNAL}|{RETRY_SIGNAL})([0-9]{{1,9}})"
)
_LAST_SERIAL = 999_999_999
_CONDITIONS = (JOINED, DRAINED)
_HANDLE, _CONDITION = "OS::Heat::WaitConditionHandle", "OS::Heat::WaitCondition"


def waits(template: Template) -> bool:
    """Whether the cluster waits for its nodes' signals."""
    return READY in template["resources"]


def serial(template: Template) -> int:
    """The number of the last change of workers; 0 when there was none, or none can be read."""
    ours = (_OURS.fullmatch(name) for name in template["resources"])
    metadata = _metadata(template)
    told = (_read_serial(metadata.get(name)) for name in (LEAVING, JOINING))
    return max([*told, *(int(match[2]) for match in ours if match)])


def _read_serial(note: object) -> int:
    try:
        return read_int(note.partition(" ")[0], 0, _LAST_SERIAL) if isinstance(note, str) else 0
    except Malformed:
        return 0


def joining(template: Template) -> tuple[str, tuple[int, ...]] | None:
    """The handle of the last change, and the workers that were to signal it."""
    for name, resource in template["resources"].items():
        if name.startswith(JOINED):
            numbers = (server_number(str(d)) for d in _depends(resource))
            handle = f"{JOIN_SIGNAL}{name.removeprefix(JOINED)}"
            return handle, tuple(n for n in numbers if n is not None)
    return None


def _metadata(template: Template) -> dict[str, Any]:
    properties = template["resources"].get(MASTER, {}).get("properties") or {}
    metadata = properties.get("metadata")
    return dict(metadata) if isinstance(metadata, Mapping) else {}


def _depends(resource: Mapping[str, Any]) -> list[str]:
    names = resource.get("depends_on") or []
    return [names] if isinstance(names, str) else list(names)


def with_workers(
    template: Template,
    wanted: Collection[int],
    fresh: Collection[int],
    drained: Collection[int],
    wait_s: int,
    drain_s: int,
    groups: Mapping[int, str] = MappingProxyType({}),
) -> Template:
    """The template with the ``wanted`` workers.

    Args:
        template: the present one; it stays as it is.
        wanted: numbers of all workers, those of groups included.
        fresh: those among them that are new; they signal when they have joined.
        drained: those that leave and are to hold nothing before they are deleted.
        wait_s: seconds until new workers must have joined.
        drain_s: seconds until leaving workers must hold nothing.
        groups: of the numbers that the template does not have; plain workers can be left out.
    """
    change = serial(template) + 1
    made = copy.deepcopy(template)
    resources = made["resources"]
    for name in [n for n in resources if n.startswith(_CONDITIONS)]:
        del resources[name]
    wait = waits(template)
    signal = {"get_attr": [f"{JOIN_SIGNAL}{change}", "curl_cli"]} if wait else ""
    present = workers(template)
    for number in sorted(set(wanted) - set(present)):
        model = Model.of(template, groups.get(number, PLAIN))
        resources.update(copied(template, model, number, signal if number in fresh else None))
    for number in set(present) - set(wanted):
        for name in parts(template["resources"], number):
            del resources[name]
    if wait and fresh:
        resources[f"{JOIN_SIGNAL}{change}"] = {"type": _HANDLE}
        resources[f"{JOINED}{change}"] = {
            "type": _CONDITION,
            "depends_on": [server_resource(n) for n in sorted(fresh)],
            "properties": {
                "handle": {"get_resource": f"{JOIN_SIGNAL}{change}"},
                "count": len(set(fresh)),
                "timeout": wait_s,
            },
        }
    _list_outputs(made, template, wanted)
    _tell_master(resources, change, fresh, drained, wait)
    if wait and drained:
        resources[f"{DRAIN_SIGNAL}{change}"] = {"type": _HANDLE}
        resources[f"{DRAINED}{change}"] = {
            "type": _CONDITION,
            "depends_on": [MASTER],
            "properties": {
                "handle": {"get_resource": f"{DRAIN_SIGNAL}{change}"},
                "count": 1,
                "timeout": drain_s,
            },
        }
    if wait:
        _guard(made, wanted, f"{DRAINED}{change}" if drained else None)
    for name in [n for n in resources if n.startswith((JOIN_SIGNAL, DRAIN_SIGNAL))]:
        if not any(name in references(r) for n, r in resources.items() if n != name):
            del resources[name]
    return made


def _guard(made: Template, wanted: Collection[int], drained: str | None) -> None:
    """Have what needs all workers need those that stay, and that the others are drained.

    Heat deletes what is no longer in a template after whatever needed it was updated.
    """
    resources = made["resources"]
    needed = [n for n in _depends(resources[READY]) if n in resources]
    for number in sorted(wanted):
        mine = parts(resources, number)
        used = set().union(*(references(resources[part]) for part in mine))
        needed += sorted(part for part in mine - used if part not in needed)
    resources[READY]["depends_on"] = [*needed, *([drained] if drained else [])]


def _list_outputs(made: Template, template: Template, wanted: Collection[int]) -> None:
    """Outputs that list something of each worker, in their order."""
    model = Model.of(template)
    its = parts(template["resources"], model.number)
    present = workers(template)
    every = {p for n in present for p in parts(template["resources"], n)}

    def listed(value: Any) -> Any:
        if isinstance(value, list):
            mine = [v for v in value if references(v) & its]
            if mine and all(references(v) & every for v in value):
                return [about(template, model, n, v) for n in sorted(wanted) for v in mine]
            return [listed(v) for v in value]
        return {k: listed(v) for k, v in value.items()} if isinstance(value, dict) else value

    made["outputs"] = {
        name: {**output, "value": listed(output["value"])}
        for name, output in (template.get("outputs") or {}).items()
    }


def _tell_master(
    resources: Template,
    change: int,
    fresh: Collection[int],
    drained: Collection[int],
    wait: bool,
) -> None:
    """What the master's agent is to know: who joins, and who leaves."""
    metadata = resources[MASTER].setdefault("properties", {}).setdefault("metadata", {})
    before = metadata.pop(LEAVING, None)
    if fresh or metadata.get(JOINING):
        metadata[JOINING] = f"{change} {write_ranges(fresh)}"
    for name in (RETRY, TOKEN, ENDPOINT):
        metadata.pop(name, None)
    if wait and drained:
        handle = f"{DRAIN_SIGNAL}{change}"
        metadata[LEAVING] = f"{change} {write_ranges(drained)}"
        metadata[TOKEN] = {"get_attr": [handle, "token"]}
        metadata[ENDPOINT] = {"get_attr": [handle, "endpoint"]}
    elif before is not None:
        metadata[LEAVING] = f"{change} "


def size(template: Template) -> int:
    """Bytes of the template as it is sent."""
    return len(json.dumps(template, ensure_ascii=False).encode())
