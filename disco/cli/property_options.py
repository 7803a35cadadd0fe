"""Options for properties and attributes by name, and for values that are secret."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disco.attributes import COMPONENT_PREFIX
from disco.cli.exit_status import CommandError, Status, reason_of
from disco.suggestions import did_you_mean

if TYPE_CHECKING:
    from disco.client import Client, ClusterRequest

#: characters of a secret that are read from a file
_LONGEST = 4096


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add options for single properties and attributes."""
    for option, metavar, words in (
        ("-p, --property", "COMPONENT.NAME=VALUE", "property of a component; may be repeated"),
        ("--secret", "COMPONENT.NAME=FILE", "property whose value is in a file; may be repeated"),
        ("-a, --attribute", "NAME=VALUE", "OCCI attribute by its full name; may be repeated"),
    ):
        names = option.split(", ")
        parser.add_argument(*names, metavar=metavar, action="append", default=[], help=words)


def read_pairs(texts: list[str], option: str, form: str, required: bool = True) -> dict[str, str]:
    """``NAME=VALUE`` as a mapping.

    Raises:
        CommandError: one has no name, or no value where one is ``required``.
    """
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not (equals or not required):
            # without the value, which may be a password
            raise CommandError(f'Invalid {option} "{name}". Use {form}.', Status.USAGE)
        pairs[name] = value
    return pairs


def read_secrets(files: Mapping[str, Any], folder: Path = Path()) -> dict[str, str]:
    """The secrets that files have, by the names of their properties.

    Args:
        files: names of files by property, as ``hadoop.conf.core-site.x``.
        folder: from which they are named.

    Raises:
        CommandError: a file cannot be read, or is none of one line.
    """
    return {
        name: _read(name, folder / Path(str(file)).expanduser()) for name, file in files.items()
    }


def _read(name: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as stream:
            text = stream.read(_LONGEST + 1).strip()
    except UnicodeDecodeError:
        reason = "it is not text in UTF-8"
    except OSError as error:
        reason = reason_of(error)
    else:
        if text and len(text) <= _LONGEST and len(text.splitlines()) == 1:
            return text
        reason = f"a secret is one line of at most {_LONGEST} characters"
    # without the name of the file, which may be the secret itself
    raise CommandError(f"Cannot use the file of the secret {name} ({reason}).", Status.USAGE)


def refuse_unknown_properties(
    client: Client,
    attributes: Mapping[str, str],
    request: ClusterRequest,
    choices: Mapping[str, str],
) -> None:
    """Refuse properties of components that the service does not have.

    Raises:
        CommandError: with all of them, what may be meant, and what else the service refuses.
    """
    asked = [name for name in attributes if name.startswith(COMPONENT_PREFIX)]
    from disco.client.request import attribute_names

    fields = attribute_names()
    if not [name for name in asked if name not in fields]:
        return
    offered = {n for mixin in client.frameworks().mixins for n in mixin.attributes}
    # of a component that advertises nothing, and of an older service, nothing is known
    told = {name.removeprefix(COMPONENT_PREFIX).partition(".")[0] for name in offered}
    families = tuple(name[:-1] for name in offered if name.endswith(".*"))
    unknown = [
        name
        for name in asked
        if name not in offered
        and name not in fields
        and not (families and name.startswith(families))
        and name.removeprefix(COMPONENT_PREFIX).partition(".")[0] in told
    ]
    if unknown:
        short = [name.removeprefix(COMPONENT_PREFIX) for name in sorted(offered)]
        lines = [
            f'Unknown property "{name}".{did_you_mean(name, short)}'
            for name in (name.removeprefix(COMPONENT_PREFIX) for name in unknown)
        ]
        component = unknown[0].removeprefix(COMPONENT_PREFIX).partition(".")[0]
        lines += _other_faults(client, request, choices)
        raise CommandError(
            "\n".join(lines),
            Status.USAGE,
            f"disco frameworks {component} lists its properties. --force sends others, too.",
        )


def _other_faults(client: Client, request: ClusterRequest, choices: Mapping[str, str]) -> list[str]:
    """What the service finds wrong with a request that is not sent, a line each."""
    from disco.cli.error_display import fault_text, once_each
    from disco.client import BadRequest, DiscoClientError

    try:
        client.preview(request)
    except BadRequest as error:
        return [fault_text(fault, choices) for fault in once_each(error.faults)]
    except DiscoClientError:
        pass  # it is told when the request is right
    return []
