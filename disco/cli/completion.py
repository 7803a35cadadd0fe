"""Completions by argcomplete: the shells' scripts, and the values that the service knows."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

#: what shells get from elsewhere: names in which nothing means anything to a shell
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
Completer = Callable[..., list[str]]


def script(shell: str) -> str:
    """The completion script of ``shell``: bash, zsh or fish."""
    from argcomplete.shell_integration import shellcode

    # without the shell's own files, where no value is known: FILE is completed here
    code = shellcode(["disco"], use_defaults=False, shell=shell)  # nosec B604  # the name of one
    return str(code) + "\n"


def complete() -> None:
    """Answer the shell that asks by ``_ARGCOMPLETE``, and exit."""
    import argcomplete

    argcomplete.autocomplete(whole_parser(typed_command()), always_complete_options="long")


def typed_command() -> str | None:
    """The command in the line that the shell completes; None while there is none."""
    from disco.cli.commands import COMMANDS
    from disco.cli.main import DiscoApp

    line = os.environ.get("COMP_LINE", "")[: int(os.environ.get("COMP_POINT") or 0)]
    with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
        words = DiscoApp().split(line.split()[1:])
        for count in (2, 1):
            name = " ".join(words[:count])
            if name in COMMANDS and (len(words) > count or line[-1:].isspace()):
                return name
    return None


def whole_parser(name: str | None) -> argparse.ArgumentParser:
    """A parser of all commands, in which the one of this name has its arguments."""
    from disco.cli.commands import COMMANDS
    from disco.cli.main import DiscoApp

    app = DiscoApp()
    top: Any = app.parser.add_subparsers(metavar="COMMAND")
    below: dict[str, Any] = {}
    for word, (_, line) in COMMANDS.items():
        first, _, second = word.partition(" ")
        if second and first not in below:
            below[first] = top.add_parser(first).add_subparsers(metavar="COMMAND")
        commands = below[first] if second else top
        if word != name:
            commands.add_parser(second or first, help=line)
            continue
        kind = app.command_manager.commands[word].load()
        parser: Any = kind(app, None, cmd_name=word).get_parser(f"disco {word}")
        commands._name_parser_map[second or first] = parser
        for action in parser._actions:
            metavar = action.metavar if isinstance(action.metavar, str) else ""
            completer = _OF_OPTIONS.get(action.dest) or _COMPLETERS.get(metavar)
            if completer is not None:
                action.completer = completer
            elif action.choices is None and metavar not in _FILES:
                action.completer = _know_nothing
    return app.parser


@contextlib.contextmanager
def _asked_quietly() -> Iterator[None]:
    """A service that does not answer completes nothing, and asks for no password."""
    with (
        contextlib.suppress(Exception, SystemExit),
        contextlib.redirect_stderr(io.StringIO()),
        open(os.devnull) as nothing,
    ):
        before, sys.stdin = sys.stdin, nothing
        try:
            yield
        finally:
            sys.stdin = before


def _list_clusters(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    from disco.cli import connection

    names: list[str] = []
    with _asked_quietly():
        clusters = connection.connect(parsed_args).list()
        names = [c.name for c in clusters if c.name] + [c.id for c in clusters]
    return _plain(names)


def _list_nodes(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    from disco.cli import connection

    names: list[str] = []
    with _asked_quietly():
        client = connection.connect(parsed_args)
        nodes = client.nodes(client.find_id(parsed_args.cluster))
        names = [node.name for node in nodes]
    return _plain(names)


def _list_frameworks(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    from disco.cli.commands.frameworks import built_in

    return _plain([framework["name"] for framework in built_in()])


def _list_jobs(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    from disco.cli import connection

    names: list[str] = []
    with _asked_quietly():
        client = connection.connect(parsed_args)
        names = [job.id for job in client.jobs(client.find_id(parsed_args.cluster)).jobs]
    return _plain(names)


def _list_statuses(**_: Any) -> list[str]:
    return ["complete", "failed", "installing", "changing", "suspend", "resuming", "deleting"]


def _choices_of(kind: str) -> Completer:
    """Completes the names of a kind of choice."""

    def list_choices(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
        from disco.cli import connection

        names: list[str] = []
        with _asked_quietly():
            told = connection.connect(parsed_args).choices().get(kind) or []
            names = [str(one.get("name")) for one in told]
        return _plain(names)

    return list_choices


def _know_nothing(**_: Any) -> list[str]:
    return []


def _plain(names: list[str]) -> list[str]:
    return [name for name in names if _PLAIN.fullmatch(name)]


#: by metavar
_COMPLETERS: dict[str, Completer] = {
    "CLUSTER": _list_clusters,
    "NODE": _list_nodes,
    "FRAMEWORK": _list_frameworks,
    "IMAGE": _choices_of("images"),
    "FLAVOR": _choices_of("flavors"),
    "ZONE": _choices_of("availability_zones"),
    "TYPE": _choices_of("volume_types"),
    "JOB": _list_jobs,
}
#: by the name under which a command has the value, where the metavar has several meanings
_OF_OPTIONS: dict[str, Completer] = {
    "status": _list_statuses,
    "framework": _list_frameworks,
    "key_pair": _choices_of("key_pairs"),
    "external_network": _choices_of("external_networks"),
    "existing_network": _choices_of("networks"),
}
#: metavars of files of this machine, which argcomplete completes; others never are
_FILES = ("FILE", "FOLDER", "ARGUMENT", "COMPONENT.NAME=FILE")
