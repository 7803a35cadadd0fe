"""``disco frameworks``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_command
from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers
    from disco.client.cluster import Offer

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
        "list what clusters can be made of",
        "List the frameworks that clusters can be made of, or show one with its settings and\n"
        "interfaces. The service tells them, an operator's own among them; where it does not,\n"
        "they are those that came with this command.",
        EXAMPLES,
    )
    parser.set_defaults(run=run, more="framework")
    parser.add_argument("framework", metavar="FRAMEWORK", nargs="?", help="only this one, in full")
    parser.add_argument("-q", "--quiet", action="store_true", help="names only, one a line")
    parser.add_argument(
        "--built-in", action="store_true", help="do not ask the service; needs no credentials"
    )


def run(args: argparse.Namespace) -> int:
    """What the service names, described as far as this installation knows it."""
    from disco.cli import output

    known = {c["name"]: c for c in built_in()}
    if not args.built_in:
        known = _told_by_service(args, known)
    if args.framework is not None:
        _show(args, known)
    elif args.quiet:
        print("\n".join(known))
    elif args.output == "table":
        rows = [(n, ", ".join(c["versions"]), c["title"]) for n, c in known.items()]
        print(output.table(rows, ("NAME", "VERSIONS", "TITLE")))
    else:
        output.write(list(known.values()), args.output)
    return Status.DONE


def built_in() -> list[dict[str, Any]]:
    """The frameworks that came with this command, for programs."""
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


def _told_by_service(
    args: argparse.Namespace, known: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Its own frameworks; those that came with this command when it cannot be asked."""
    from disco.cli import connection, output
    from disco.client import DiscoClientError

    try:
        kind = connection.connect(args).frameworks()
    except (CommandError, DiscoClientError) as error:
        output.note(f"disco: the service was not asked: {error}")
        return known
    told = {m.name: m for m in kind.mixins if m.details and not m.details.get("base")}
    if told:
        return {name: _described(offer) for name, offer in sorted(told.items())}
    # an older service tells names at most
    named = {n: {"name": n, "title": "", "versions": []} for n in kind.frameworks}
    return {**named, **known}


def _described(offer: Offer) -> dict[str, Any]:
    """What the service tells of a framework, in the form of ``built_in``."""
    details = offer.details
    keys = ("name", "type", "default", "required", "description")
    return {
        "name": offer.name,
        "title": offer.title,
        "description": details.get("description", ""),
        "versions": list(details.get("versions") or ()),
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

    found = known.get(args.framework)
    if found is None:
        close = did_you_mean(args.framework, list(known))
        raise CommandError(f"There is no framework {args.framework}{close}", Status.NOT_FOUND)
    if args.output != "table":
        output.write(found, args.output)
        return
    print(f"{found['name']}  {found['title']}\n{found.get('description', '')}")
    print(f"versions: {', '.join(found['versions'])}")
    if found.get("properties"):
        print("\nsettings")
        rows = [
            (f"  {p['name']}", p["default"] or "", p["description"]) for p in found["properties"]
        ]
        print(output.table(rows))
    if found.get("interfaces"):
        print("\ninterfaces")
        rows = [(f"  {i['name']}", str(i["port"]), i["open"]) for i in found["interfaces"]]
        print(output.table(rows))
