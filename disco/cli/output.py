"""What commands print: tables for people, JSON and YAML for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import yaml

from disco.attributes import COMPONENT_PREFIX
from disco.client import Cluster
from disco.client.cluster import EXTERNAL_IP
from disco.client.plain_text import UNSAFE, plain_text

FORMATS = ("table", "json", "yaml")
HIDDEN = "(hidden; use --secrets to show it)"


def say(text: str, end: str = "\n", stream: TextIO | None = None) -> None:
    """Print for people, on standard output unless told otherwise."""
    print(plain_text(text), end=end, file=stream or sys.stdout, flush=True)


def note(text: str) -> None:
    """Print a line for people on standard error."""
    say(text, stream=sys.stderr)


def write_log(text: str) -> None:
    """Print a part of a log: to a file or program as it is."""
    sys.stdout.write(plain_text(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def write(data: Any, form: str) -> None:
    """Print ``data`` as JSON or YAML."""
    if form == "yaml":
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        if UNSAFE.search(text):
            text = yaml.safe_dump(data, sort_keys=False)
    else:
        text = f"{as_json(data, 2)}\n"
    print(text, end="", flush=True)


def as_json(data: Any, indent: int | None = None) -> str:
    """``data`` as JSON that a terminal can show: JSON itself escapes too few characters."""
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows in columns as wide as their widest cell, under a head line."""
    lines = [[plain_text(str(cell)).replace("\n", " ") for cell in row] for row in rows]
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
        "address": cluster.attributes.get(EXTERNAL_IP) or None,
        "actions": list(cluster.actions),
        "warnings": [*cluster.warnings, *cluster.odd.values()],
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
        ("address", cluster.attributes.get(EXTERNAL_IP, "")),
        ("actions", ", ".join(cluster.actions)),
    ]
    if cluster.phase:
        rows.insert(2, ("phase", " ".join(filter(None, (cluster.phase, cluster.progress)))))
    rows += [("warning", warning) for warning in (*cluster.warnings, *cluster.odd.values())]
    for name, value in cluster.attributes.items():
        if not _LEFT_OUT.match(name):
            hidden = name in cluster.secrets and not secrets
            rows.append((name.removeprefix(COMPONENT_PREFIX), HIDDEN if hidden else value))
    say(table(rows))
    if cluster.reason:
        say(f"\nreason\n{cluster.reason}")
    if cluster.hint:
        say(f"\nhint\n{cluster.hint}")
