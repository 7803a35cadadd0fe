"""``disco frameworks``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_command
from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers
    from disco.client import Offer

EXAMPLES = """
disco frameworks
disco frameworks jupyter
disco frameworks -o json | jq -r '.[].name'
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "frameworks",
        "list frameworks, or show one with its properties",
        "List the frameworks for clusters, or show one with its properties and interfaces. The\n"
        "list comes from the service, or from this command if the service cannot be asked.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="framework")
    parser.add_argument(
        "framework", metavar="FRAMEWORK", nargs="?", help="show this one with its properties"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print only names, one a line")
    parser.add_argument(
        "--built-in",
        action="store_true",
        help="list those that came with this command; needs no credentials",
    )


def run(args: argparse.Namespace) -> int:
    """List the frameworks, or show one."""
    from disco.cli import output

    known = {c["name"]: c for c in built_in()}
    if not args.built_in:
        known = _list_of_service(args, known)
    if args.framework is not None:
        _show(args, known)
    elif args.quiet:
        output.say("\n".join(known))
    elif args.output == "table":
        rows = [(n, ", ".join(c["versions"]), c["title"]) for n, c in known.items()]
        output.say(output.table(rows, ("NAME", "VERSIONS", "TITLE")))
    else:
        output.write(list(known.values()), args.output)
    return Status.DONE


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


def _list_of_service(
    args: argparse.Namespace, known: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The service's frameworks, or ``known`` if it cannot be asked."""
    from disco.cli import connection, output
    from disco.client import DiscoClientError

    try:
        kind = connection.connect(args).frameworks()
    except (CommandError, DiscoClientError) as error:
        output.note(f"disco: {error} These frameworks came with this command.")
        return known
    told = {m.name: m for m in kind.mixins if m.details and not m.details.get("base")}
    if told:
        return {name: _described(offer) for name, offer in sorted(told.items())}
    # an older service has only names
    named = {n: {"name": n, "title": "", "versions": []} for n in kind.frameworks}
    return {**named, **known}


def _described(offer: Offer) -> dict[str, Any]:
    """A framework of the service, in the form of ``built_in``.

    Raises:
        CommandError: it is described in another form.
    """
    try:
        return _read_details(offer)
    except (AttributeError, KeyError, TypeError) as error:
        raise CommandError(
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


def _show(args: argparse.Namespace, known: dict[str, dict[str, Any]]) -> None:
    from disco.cli import output
    from disco.client.request import did_you_mean

    framework = known.get(args.framework)
    if framework is None:
        close = did_you_mean(args.framework, list(known))
        raise CommandError(
            f'Unknown framework "{args.framework}".{close}',
            Status.NOT_FOUND,
            f"Frameworks: {', '.join(known)}.",
        )
    if args.output != "table":
        output.write(framework, args.output)
        return
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
