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
    """Its options are those of a create."""
    parser = add_command(
        subparsers,
        "preview",
        "show what a create would make, and make nothing",
        "Check a request as a create does, and show what it would make: nodes, resources and\n"
        "quotas; with -o json or yaml also the plan, the template and the nodes' scripts.\n"
        "Nothing is made.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="frameworks")
    cluster_options.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """One request; what is wrong is said as by a create."""
    from disco.cli import connection, output

    preview = connection.connect(args).preview(cluster_options.request_of(args))
    if args.output == "table":
        _show(preview)
    else:
        output.write(preview, args.output)
    return Status.DONE


def _show(preview: dict[str, Any]) -> None:
    from disco.cli.output import frameworks_text, note, table

    for warning in preview.get("warnings") or ():
        note(f"disco: warning: {warning}")
    print(f"frameworks: {frameworks_text(preview.get('frameworks') or {})}\n")
    for key, columns in (
        ("nodes", ("name", "role", "address", "flavor", "cores", "ram_mb")),
        ("quotas", ("name", "needed", "used", "limit")),
    ):
        rows = [[_cell(row.get(c)) for c in columns] for row in preview.get(key) or ()]
        print(table(rows, [c.upper() for c in columns]), end="\n\n")
    rows = [[name, str(count)] for name, count in (preview.get("resources") or {}).items()]
    print(table(rows, ("RESOURCES", "COUNT")))


def _cell(value: Any) -> str:
    """A limit of -1 is none, as in OpenStack's own answers."""
    return "?" if value is None else "none" if value == -1 else str(value)
