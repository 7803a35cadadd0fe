"""``disco frameworks``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from disco.cli.command import Lister
from disco.cli.exit_status import CommandError, Status
from disco.cli.formatters import Shown
from disco.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disco.client import Client, Offer


class ListFrameworks(Lister):
    """The command."""

    description = (
        "List the frameworks for clusters, or show one with its properties and interfaces. The\n"
        "list comes from the service, or from this command if the service cannot be asked."
    )
    examples = """
disco frameworks
disco frameworks jupyter
disco frameworks -f json | jq -r '.[].name'
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which, and from where."""
        super().add_arguments(parser)
        parser.add_argument(
            "framework", metavar="FRAMEWORK", nargs="?", help="show this one with its properties"
        )
        parser.add_argument(
            "-q", "--quiet", action="store_true", help="print only names, one a line"
        )
        parser.add_argument(
            "--built-in",
            action="store_true",
            help="list those that came with this command; needs no credentials",
        )

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Any]]:
        """List the frameworks, or show one."""
        if parsed_args.built_in:
            known = {c["name"]: c for c in built_in()}
        else:
            known = self._list_of_service(parsed_args)
        if parsed_args.framework is not None:
            return self._one(parsed_args, known)
        if parsed_args.quiet:
            self.use_formatter("value")
            return ("name",), [(name,) for name in known]
        names: tuple[str, ...] = ("name", "versions", "title")
        if parsed_args.formatter in ("json", "yaml"):
            names = tuple(next(iter(known.values()))) if known else names
        rows = [
            [
                Shown(framework[name], ", ".join(framework[name]))
                if name == "versions"
                else framework.get(name)
                for name in names
            ]
            for framework in known.values()
        ]
        return names, rows

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Any
    ) -> int:
        """Print the list, or the one."""
        if parsed_args.framework is None:
            return super().produce_output(parsed_args, column_names, data)
        if parsed_args.formatter == "table":
            _show(dict(zip(column_names, data, strict=True)))
        elif parsed_args.formatter == "csv":
            raise CommandError("--format csv is for lists. Use json or yaml.", Status.USAGE)
        else:
            self.emit_one(column_names, data, parsed_args)
        return 0

    def _one(
        self, args: argparse.Namespace, known: dict[str, dict[str, Any]]
    ) -> tuple[Sequence[str], list[Any]]:
        framework = known.get(args.framework)
        if framework is None:
            raise CommandError(
                f'Unknown framework "{args.framework}".{did_you_mean(args.framework, known)}',
                Status.NOT_FOUND,
                f"Frameworks: {', '.join(known)}.",
            )
        return tuple(framework), list(framework.values())

    def _list_of_service(self, args: argparse.Namespace) -> dict[str, dict[str, Any]]:
        """The service's frameworks, or the built-in ones if it cannot be asked."""
        from disco.cli import output
        from disco.client import DiscoClientError

        try:
            return frameworks_of(self.connect(args))
        except DescribedOddly:
            raise
        except (CommandError, DiscoClientError) as error:
            output.note(f"disco: {error} These frameworks came with this command.")
            return {c["name"]: c for c in built_in()}


class DescribedOddly(CommandError):
    """The service describes a framework in another form than this command reads."""


def frameworks_of(client: Client) -> dict[str, dict[str, Any]]:
    """The service's frameworks, by name; the built-in ones describe those of an older service."""
    kind = client.frameworks()
    told = {m.name: m for m in kind.mixins if m.details and not m.details.get("base")}
    if told:
        return {name: _described(offer) for name, offer in sorted(told.items())}
    # an older service has only names
    named = {n: {"name": n, "title": "", "versions": []} for n in kind.frameworks}
    return {**named, **{c["name"]: c for c in built_in()}}


def built_in() -> list[dict[str, Any]]:
    """The frameworks that came with this command, as data."""
    from disco.components.loader import load_catalogue
    from disco.data_files import data_dir

    return [
        {
            "name": c.name,
            "title": c.title,
            "description": c.description,
            "versions": list(c.versions),
            "properties": [
                {
                    "name": p.name,
                    "type": p.type,
                    "default": p.default,
                    "required": p.required,
                    "description": p.description,
                }
                for p in c.properties.values()
            ],
            "interfaces": [
                {"name": p.name, "port": p.port, "path": p.path or "/", "open": p.expose}
                for p in c.ports
                if p.role == "master" and p.is_page
            ],
        }
        for c in load_catalogue(data_dir() / "frameworks").values()
        if not c.base
    ]


def _described(offer: Offer) -> dict[str, Any]:
    """A framework of the service, in the form of ``built_in``.

    Raises:
        CommandError: it is described in another form.
    """
    try:
        return _read_details(offer)
    except (AttributeError, KeyError, TypeError) as error:
        raise DescribedOddly(
            f"The service describes the framework {offer.name} in another form than this command "
            "reads.",
            Status.UNAVAILABLE,
            "disco frameworks --built-in lists those that came with this command.",
        ) from error


def _read_details(offer: Offer) -> dict[str, Any]:
    details = offer.details
    keys = ("name", "type", "default", "required", "description")
    return {
        "name": offer.name,
        "title": offer.title,
        "description": details.get("description", ""),
        "versions": [str(version) for version in details.get("versions") or ()],
        "properties": [{k: p.get(k) for k in keys} for p in details.get("properties") or ()],
        "interfaces": [
            {"name": p["name"], "port": p["port"], "path": p["path"] or "/", "open": p["expose"]}
            for p in details.get("ports") or ()
            if p.get("web") and p.get("role") == "master"
        ],
    }


def _show(framework: dict[str, Any]) -> None:
    from disco.cli import output

    output.say(f"{framework['name']}  {framework['title']}\n{framework.get('description', '')}")
    output.say(f"versions: {', '.join(framework['versions'])}")
    if framework.get("properties"):
        output.say("\nproperties")
        rows = [
            (f"  {p['name']}", p["default"] or "", p["description"])
            for p in framework["properties"]
        ]
        output.say(output.table(rows))
    if framework.get("interfaces"):
        output.say("\ninterfaces")
        rows = [(f"  {i['name']}", str(i["port"]), i["open"]) for i in framework["interfaces"]]
        output.say(output.table(rows))
