"""A cluster and clusters, as rows and columns for people and programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from disco.attributes import COMPONENT_PREFIX
from disco.cli.formatters import FLAT, Shown
from disco.cli.output import frameworks_text
from disco.client import Cluster
from disco.client.cluster import EXTERNAL_IP
from disco.heat.stack_status import StackStatus

HIDDEN = "(hidden; use --secrets to show it)"
#: attributes that are shown under other names, or meant for other clients
_LEFT_OUT = re.compile(
    r"occi\.|mcn\.|stack_status|status$|disco\.|external_ip|icclab\.disco\.dependencies\.inject"
)
#: what Heat is at work on, in words
_DOING = {
    "CREATE": "installing",
    "UPDATE": "changing",
    "SUSPEND": "suspending",
    "RESUME": "resuming",
    "DELETE": "deleting",
}
#: fields that are shown also where they are empty
_ALWAYS = ("id", "status", "workers", "frameworks", "address", "actions")
#: characters of an id that are shown where there is no room for all
_SHORTEST = 8
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
Columns = tuple[tuple[str, ...], tuple[Any, ...]]


def list_columns(
    clusters: Sequence[Cluster], form: str, short: bool = False, health: bool = False
) -> tuple[tuple[str, ...], list[Any]]:
    """The columns of a list, and a row for each cluster.

    ``short``: with the beginnings of ids; ``health``: that was asked for.
    """
    names = ["id", "name", "status", "phase", "frameworks", "workers", "created", "ends"]
    size = _needed([cluster.id for cluster in clusters]) if short else None
    rows = [[Shown(cluster.id, cluster.id[:size]), *_row(cluster)] for cluster in clusters]
    if health or form != "table":
        place = names.index("phase") + 1
        names.insert(place, "health")
        for row, cluster in zip(rows, clusters, strict=True):
            row.insert(place, Shown(cluster.health, cluster.health or ""))
    if form != "table":  # a reason has lines
        names.append("reason")
        for row, cluster in zip(rows, clusters, strict=True):
            row.append(cluster.reason)
    return tuple(names), rows


def _needed(ids: Sequence[str]) -> int:
    """How many characters tell these ids apart."""
    sizes = range(_SHORTEST, max(map(len, ids), default=0))
    return next((n for n in sizes if len({i[:n] for i in ids}) == len(ids)), 36)


def _row(cluster: Cluster) -> tuple[Any, ...]:
    return (
        Shown(cluster.name, cluster.name or ""),
        cluster.status,
        Shown(cluster.phase, phase_word(cluster)),
        Shown(cluster.frameworks, frameworks_text(cluster.frameworks)),
        cluster.workers,
        Shown(_iso(cluster.created), time_ago(cluster.created) if cluster.created else ""),
        Shown(_iso(cluster.ends), _until(cluster.ends)),
    )


def show_columns(cluster: Cluster, form: str, secrets: bool = False) -> Columns:
    """The fields of one cluster, its secrets only with ``secrets``.

    Formats with structure have the attributes by their full names below ``attributes``; flat
    ones have a field for each.
    """
    pairs = _fields(cluster, secrets, form) if form in FLAT else _data(cluster, secrets)
    return tuple(pairs), tuple(pairs.values())


def action_columns(cluster: Cluster, form: str) -> Columns:
    """The same after an action, without attributes in a table: who acted looks at the outcome."""
    if form != "table":
        return show_columns(cluster, form)
    pairs = _summary(cluster)
    return tuple(pairs), tuple(pairs.values())


def _data(cluster: Cluster, secrets: bool) -> dict[str, Any]:
    attributes = cluster.attributes if secrets else cluster.public_attributes()
    return {
        "id": cluster.id,
        "name": cluster.name,
        "status": cluster.status,
        "phase": cluster.phase,
        "reason": cluster.reason,
        "hint": cluster.hint,
        "workers": cluster.workers,
        "frameworks": cluster.frameworks,
        "address": cluster.attributes.get(EXTERNAL_IP) or None,
        "created": _iso(cluster.created),
        "ends": _iso(cluster.ends),
        "actions": list(cluster.actions),
        "warnings": [*cluster.warnings, *cluster.odd.values()],
        "attributes": dict(attributes),
    }


def _summary(cluster: Cluster) -> dict[str, Any]:
    """What every cluster is asked for first; without what there is nothing to say about."""
    created, ends = cluster.created, cluster.ends
    shown: dict[str, Any] = {
        "id": cluster.id,
        "name": cluster.name,
        "status": cluster.status,
        "phase": Shown(*_phase_with_progress(cluster)),
        "reason": cluster.reason,
        "hint": cluster.hint,
        "workers": cluster.workers,
        "frameworks": Shown(cluster.frameworks, frameworks_text(cluster.frameworks)),
        "address": cluster.attributes.get(EXTERNAL_IP),
        "created": Shown(_iso(created), local_time(created) if created else ""),
        "ends": Shown(_iso(ends), f"{_local(ends)} ({_until(ends)})" if ends else ""),
        "actions": Shown(list(cluster.actions), ", ".join(cluster.actions)),
        "warnings": "\n".join((*cluster.warnings, *cluster.odd.values())),
    }
    return {
        name: value
        for name, value in shown.items()
        if name in _ALWAYS or (str(value) if isinstance(value, Shown) else value)
    }


def _fields(cluster: Cluster, secrets: bool, form: str) -> dict[str, Any]:
    shown = _summary(cluster)
    for name, value in cluster.attributes.items():
        if not _LEFT_OUT.match(name):
            hidden = name in cluster.secrets and not secrets
            # for people alone: a script would take the words for the password
            text = HIDDEN if form == "table" else ""
            if text or not hidden:
                shown[name.removeprefix(COMPONENT_PREFIX)] = text if hidden else value
    return {name: value for name, value in shown.items() if value or name in _ALWAYS}


def phase_word(cluster: Cluster) -> str:
    """The phase as a list shows it, which does not ask each cluster for its steps."""
    if cluster.check_failed:
        return "check failed"
    if cluster.health == "unhealthy":
        return "not healthy"
    status = StackStatus(cluster.status)
    doing = _DOING.get(status.action, "") if status.is_in_progress else ""
    return cluster.phase or doing


def _phase_with_progress(cluster: Cluster) -> tuple[str | None, str]:
    if cluster.check_failed:
        return cluster.phase, "check failed"
    return cluster.phase, " ".join(filter(None, (cluster.phase, cluster.progress)))


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def time_ago(moment: datetime) -> str:
    """``3 min ago``."""
    return f"{_distance(moment)} ago"


def local_time(moment: datetime) -> str:
    """``2026-05-01 12:00 (2 h ago)``, in this machine's time zone."""
    return f"{_local(moment)} ({time_ago(moment)})"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _distance(moment: datetime) -> str:
    """``3 d``, ``2 h``, ``15 min``: between now and then, to a unit."""
    seconds = abs((datetime.now(UTC) - moment).total_seconds())
    size, unit = next((u for u in _UNITS if seconds >= 2 * u[0]), _UNITS[-1])
    return f"{seconds // size:.0f} {unit}"


def _until(moment: datetime | None) -> str:
    if moment is None:
        return ""
    if moment <= datetime.now(UTC):
        return "now"
    return f"in {_distance(moment)}"
