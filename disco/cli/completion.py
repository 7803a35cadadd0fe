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

    return str(shellcode(["disco"], shell=shell)) + "\n"  # nosec B604  # the name of one


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
            completer = _COMPLETERS.get(action.metavar if isinstance(action.metavar, str) else "")
            if completer is not None:
                action.completer = completer
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


def _plain(names: list[str]) -> list[str]:
    return [name for name in names if _PLAIN.fullmatch(name)]


#: by metavar
_COMPLETERS: dict[str, Completer] = {
    "CLUSTER": _list_clusters,
    "NODE": _list_nodes,
    "FRAMEWORK": _list_frameworks,
}
