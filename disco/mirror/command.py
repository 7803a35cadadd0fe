"""``disco mirror``: download the files and packages of frameworks to a folder.

Other modules are imported when it runs, because every ``disco`` command imports this one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disco.mirror.mirror import Item

DESCRIPTION = """\
Download the files and Python packages that frameworks, and the components they require,
are installed from. Serve the folder with any web server, and set its address as mirror=
in sm.cfg. Repeat the command to continue, or to download what is missing.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = DESCRIPTION
    parser.add_argument("directory", type=Path, metavar="DIRECTORY", help="folder to fill")
    parser.add_argument(
        "frameworks", nargs="*", metavar="FRAMEWORK", help="mirror only these (default: all)"
    )
    parser.add_argument(
        "--framework-directory",
        metavar="D",
        help="folders with components, separated by ':', as in sm.cfg"
        " (default: the components that come with DISCO)",
    )
    parser.add_argument(
        "--python",
        nargs="+",
        action="extend",
        type=_version,
        metavar="X.Y",
        help="versions of Python in the nodes' images"
        " (default: the version that this command runs with)",
    )
    parser.add_argument(
        "--all-versions", action="store_true", help="mirror all versions, not only the default ones"
    )
    parser.add_argument(
        "--pip",
        metavar="PACKAGE",
        action="append",
        default=[],
        help="mirror this Python package, too, as disco create takes it; may be repeated",
    )
    parser.add_argument(
        "--jar",
        metavar="LIBRARY",
        action="append",
        default=[],
        help="mirror this Java library, too, as disco create takes it; may be repeated",
    )
    parser.add_argument(
        "--datascience",
        action="store_true",
        help="mirror what --datascience of disco create installs, too",
    )
    parser.add_argument(
        "--list", action="store_true", help="list the downloads, and download nothing"
    )


def _version(text: str) -> str:
    from disco.mirror.mirror import check_python

    try:
        return check_python(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 1 if a download failed."""
    from disco.components.loader import load_catalogue
    from disco.data_files import data_dir
    from disco.mirror.mirror import OWN_PYTHON, Mirror, items
    from disco.user_packages import UserPackages, parse_jars, parse_pip

    try:
        users = UserPackages(
            pip=parse_pip(",".join(options.pip)),
            jars=parse_jars(",".join(options.jar)),
            datascience=options.datascience,
        )
    except ValueError as error:
        print(f"Cannot mirror: {error}.", file=sys.stderr)
        return 2
    given = options.framework_directory
    folders = [Path(p) for p in given.split(":") if p] if given else [data_dir() / "frameworks"]
    catalogue = load_catalogue(folders)
    wanted = items(catalogue, options.frameworks, options.all_versions, users)
    pythons = list(dict.fromkeys(options.python or [OWN_PYTHON]))
    if options.list:
        _show(wanted, pythons)
        return 0
    mirror = Mirror(options.directory, progress=lambda text: print(text, flush=True))
    mirror.fill(wanted, pythons)
    if not mirror.failures:
        print(f"{options.directory} is complete: {', '.join(i.name for i in wanted)}")
        return 0
    print(f"\nFailed downloads: {len(mirror.failures)}", file=sys.stderr)
    for failure in mirror.failures:
        print(f"  {failure.name}: {failure.reason}", file=sys.stderr)
    return 1


def _show(wanted: list[Item], pythons: list[str]) -> None:
    from disco.mirror.mirror import FILES, PACKAGES

    for item in wanted:
        for download in item.files:
            print(f"{item.name}: {FILES}/{download.file} sha512 {download.sha512}")
            for url in download.urls:
                print(f"  {url}")
        if item.packages:
            where = f"{PACKAGES}/ for Python {', '.join(pythons)}"
            print(f"{item.name}: {where}: {' '.join(item.packages)}")
