"""What commands print: tables for people, JSON and YAML for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from disco.attributes import COMPONENT_PREFIX
from disco.client import Cluster

FORMATS = ("table", "json", "yaml")
HIDDEN = "(hidden; use --secrets to show it)"
#: control characters except tab and line feed, and those that change the writing direction
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """``text`` without characters that control a terminal: much of it comes from nodes."""
    return _UNSAFE.sub("?", text)


def note(text: str) -> None:
    """Print a line for people on standard error."""
    print(clean(text), file=sys.stderr, flush=True)


def write(data: Any, form: str) -> None:
    """Print ``data`` as JSON or YAML."""
    if form == "yaml":
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    else:
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    print(text, end="", flush=True)


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows in columns as wide as their widest cell, under a head line."""
    lines = [[clean(str(cell)).replace("\n", " ") for cell in row] for row in rows]
    if head:
        lines.insert(0, list(head))
    if not lines:
        return ""
    widths = [max(len(row[i]) for row in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )


def frameworks_text(frameworks: Mapping[str, str]) -> str:
    """``dask 2026.8.0, jupyter``."""
    return ", ".join(f"{name} {version}".strip() for name, version in frameworks.items())


def cluster_data(cluster: Cluster, secrets: bool = False) -> dict[str, Any]:
    """A cluster for programs; its secrets only with ``secrets``."""
    attributes = cluster.attributes if secrets else cluster.public_attributes()
    return {
        "id": cluster.id,
        "name": cluster.name,
        "status": cluster.status,
        "reason": cluster.reason,
        "workers": cluster.workers,
        "frameworks": cluster.frameworks,
        "address": cluster.address,
        "actions": list(cluster.actions),
        "warnings": list(cluster.warnings),
        "attributes": dict(attributes),
    }


#: attributes that are shown under other names, or meant for other clients
_LEFT_OUT = re.compile(
    r"occi\.|mcn\.|stack_status|status$|disco\.|external_ip|icclab\.disco\.dependencies\.inject"
)


def show_cluster(cluster: Cluster, form: str, secrets: bool = False) -> None:
    """Print a cluster."""
    if form != "table":
        write(cluster_data(cluster, secrets), form)
        return
    rows = [("id", cluster.id)]
    if cluster.name:
        rows.append(("name", cluster.name))
    rows += [
        ("status", cluster.status),
        ("workers", str(cluster.workers or "")),
        ("frameworks", frameworks_text(cluster.frameworks)),
        ("address", cluster.address or ""),
        ("actions", ", ".join(cluster.actions)),
    ]
    if cluster.phase:
        rows.insert(2, ("phase", " ".join(filter(None, (cluster.phase, cluster.progress)))))
    rows += [("warning", warning) for warning in cluster.warnings]
    for name, value in cluster.attributes.items():
        if not _LEFT_OUT.match(name):
            hidden = name in cluster.secrets and not secrets
            rows.append((name.removeprefix(COMPONENT_PREFIX), HIDDEN if hidden else value))
    print(table(rows))
    if cluster.reason:
        print(f"\nreason\n{clean(cluster.reason)}")
    if cluster.hint:
        print(f"\nhint\n{clean(cluster.hint)}")
    sys.stdout.flush()
