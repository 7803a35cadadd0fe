"""``disco preview``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from disco.cli import cluster_options
from disco.cli.command import Report

if TYPE_CHECKING:
    from disco.cli.cluster_view import Columns


class PreviewCluster(Report):
    """The command, with the options of create."""

    description = (
        "Check a request as create does, and show what it would create: nodes, resources and\n"
        "quotas. With --format json or yaml also show the steps, the Heat template and the\n"
        "scripts of the nodes. Nothing is created."
    )
    examples = """
disco preview --file cluster.yaml
disco preview dask --image debian-12-disco --flavor m1.small -w 2 --external-network public
disco preview --file cluster.yaml --format json | jq -r .template
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What would be created."""
        super().add_arguments(parser)
        cluster_options.add_options(parser, is_plugin=self.is_plugin)

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Show the plan; errors are those of create."""
        client = self.connect(parsed_args)
        preview = client.preview(cluster_options.complete_request(client, parsed_args))
        if parsed_args.formatter == "table":
            _show(preview)
        return tuple(preview), tuple(preview.values())


def _show(preview: dict[str, Any]) -> None:
    from disco.cli.output import frameworks_text, note, say, table

    for warning in preview.get("warnings") or ():
        note(f"disco: warning: {warning}")
    say(f"frameworks: {frameworks_text(preview.get('frameworks') or {})}\n")
    for key, columns in (
        ("nodes", ("name", "role", "address", "flavor", "cores", "ram_mb")),
        ("quotas", ("name", "needed", "used", "limit")),
    ):
        rows = [[_cell(row.get(c)) for c in columns] for row in preview.get(key) or ()]
        say(table(rows, [c.upper() for c in columns]), end="\n\n")
    rows = [[name, str(count)] for name, count in (preview.get("resources") or {}).items()]
    say(table(rows, ("RESOURCES", "COUNT")))


def _cell(value: Any) -> str:
    """-1 means no limit, as in OpenStack's answers."""
    return "?" if value is None else "none" if value == -1 else str(value)
