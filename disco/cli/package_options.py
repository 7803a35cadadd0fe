"""Options for what users want on nodes beside the frameworks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from disco.cli.exit_status import CommandError, Status, reason_of
from disco.user_packages import check_script, read_bootstrap


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add options for packages, libraries, a script and variables."""
    for option, metavar, words in (
        ("--apt", "PACKAGE", "package of the distribution for all nodes; may be repeated"),
        ("--pip", "PACKAGE", "Python package for the frameworks' environments; may be repeated"),
        ("--jars", "LIBRARY", "group:artifact:version or https URL of a .jar; may be repeated"),
    ):
        names = ("--jar", option) if option == "--jars" else (option,)
        parser.add_argument(
            *names, dest=option[2:], metavar=metavar, action="append", default=None, help=words
        )
    parser.add_argument(
        "--env",
        dest="environment",
        metavar="NAME=VALUE",
        action="append",
        help="variable of every login, daemon, notebook and job; may be repeated",
    )
    parser.add_argument(
        "--bootstrap",
        metavar="FILE",
        help="script that each node runs as root, or https://...#sha512=DIGEST",
    )
    parser.add_argument(
        "--bootstrap-when",
        choices=("before", "after"),
        help="run the script before the frameworks are installed, or after (default: after)",
    )
    parser.add_argument(
        "--datascience",
        action="store_true",
        default=None,
        help="have pandas, pyarrow, matplotlib, scikit-learn and s3fs in all Pythons",
    )


def read(given: dict[str, Any], folder: Path = Path()) -> dict[str, Any]:
    """Options, or keys of a cluster file, with the script's text in the place of its file's name.

    One line is the name of a file, from ``folder`` on: a script in a cluster file has several.

    Raises:
        CommandError: the script cannot be read or is none.
    """
    if "bootstrap" in given and "\n" not in given["bootstrap"]:
        given = given | {"bootstrap": _read_script(given["bootstrap"], folder)}
    return given


def _read_script(place: str, folder: Path) -> str:
    try:
        if place.startswith(("https:", "http:")):
            read_bootstrap(place)
            return place
        text = (folder / Path(place).expanduser()).read_text(encoding="utf-8")
        check_script(text)
    except UnicodeDecodeError:
        reason = "it is not text in UTF-8"
    except OSError as error:
        reason = reason_of(error)
    except ValueError as error:
        reason = str(error)
    else:
        return text
    raise CommandError(f"Cannot use {place} as the bootstrap script ({reason}).", Status.USAGE)
