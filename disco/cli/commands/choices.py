"""``disco choices``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from disco.cli.command import Lister
from disco.suggestions import counted

if TYPE_CHECKING:
    from disco.client import Client

#: kind: what the service calls it, the option that takes its names, and what is said of each
KINDS: dict[str, tuple[str, str, tuple[tuple[str, str], ...]]] = {
    "frameworks": ("", "FRAMEWORK", ()),
    "images": (
        "images",
        "--image",
        (("min_disk_gb", "GiB of disk or more"), ("min_ram_mb", "MiB of memory or more")),
    ),
    "flavors": (
        "flavors",
        "--flavor",
        (("cores", "cores"), ("ram_mb", "MiB of memory"), ("disk_gb", "GiB of disk")),
    ),
    "external-networks": ("external_networks", "--external-network", ()),
    "networks": ("networks", "--existing-network", ()),
    "key-pairs": ("key_pairs", "--key-pair", ()),
    "availability-zones": ("availability_zones", "--availability-zone", ()),
    "volume-types": ("volume_types", "--volume-type", ()),
}


class ListChoices(Lister):
    """The command."""

    description = (
        "List what a cluster of this project can be made of: frameworks, images, flavors,\n"
        "networks, key pairs, zones and volume types, with the option that takes each."
    )
    examples = """
disco choices
disco choices images flavors
disco choices flavors --matching gpu
disco choices flavors -f json
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which of them."""
        super().add_arguments(parser)
        parser.add_argument(
            "kinds",
            metavar="KIND",
            nargs="*",
            help=f"only these: {', '.join(KINDS)} (default: all)",
        )
        parser.add_argument(
            "--matching", metavar="TEXT", help="only those with TEXT in their name or details"
        )

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[tuple[str, ...], list[Any]]:
        """Ask the service, which asks the cloud."""
        from disco.cli import output
        from disco.cli.exit_status import CommandError, Status
        from disco.suggestions import did_you_mean

        for kind in parsed_args.kinds:
            if kind not in KINDS:
                raise CommandError(
                    f'Unknown kind of choice "{kind}".{did_you_mean(kind, KINDS)}',
                    Status.USAGE,
                    f"Kinds: {', '.join(KINDS)}.",
                )
        client = self.connect(parsed_args)
        wanted = parsed_args.kinds or list(KINDS)
        told = client.choices() if set(wanted) != {"frameworks"} else {}
        for name in told.get("untold") or ():
            output.note(f"disco: These credentials may not read the {name} of the project.")
        rows = [row for kind in wanted for row in _rows(kind, client, told)]
        if parsed_args.matching:
            text = parsed_args.matching.casefold()
            rows = [row for row in rows if any(text in said.casefold() for said in row[2:])]
        return ("kind", "option", "name", "details"), rows


def _rows(kind: str, client: Client, told: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    key, option, facts = KINDS[kind]
    if not key:
        for offer in client.frameworks().mixins:
            if offer.details and not offer.details.get("base"):
                yield kind, option, offer.name, offer.title
        return
    for raw in told.get(key) or ():
        details = ", ".join(_counted(raw[name], unit) for name, unit in facts if raw.get(name))
        yield kind, option, str(raw.get("name")), details


def _counted(value: object, unit: str) -> str:
    return counted(value, unit) if isinstance(value, int) else f"{value} {unit}"
