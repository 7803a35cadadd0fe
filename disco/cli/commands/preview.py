"""``disco preview``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from disco.cli import cluster_options
from disco.cli.arguments import add_command
from disco.cli.exit_status import Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
disco preview -f cluster.yaml
disco preview dask --image debian-12-disco --flavor m1.small -w 2 --external-network public
disco preview -f cluster.yaml -o json | jq -r .template
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command, with the options of create."""
    parser = add_command(
        subparsers,
        "preview",
        "check a request and show its plan, without creating anything",
        "Check a request as create does, and show what it would create: nodes, resources and\n"
        "quotas. With -o json or yaml also show the steps, the Heat template and the scripts\n"
        "of the nodes. Nothing is created.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="frameworks")
    cluster_options.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Show the plan; errors are those of create."""
    from disco.cli import connection, output

    preview = connection.connect(args).preview(cluster_options.request_of(args))
    if args.output == "table":
        _show(preview)
    else:
        output.write(preview, args.output)
    return Status.DONE


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
