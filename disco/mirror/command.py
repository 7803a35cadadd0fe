"""``disco mirror``: fill a folder with what frameworks are installed from.

What it works with is imported when it runs: every ``disco`` command declares this one, too.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disco.mirror.mirror import Item

DESCRIPTION = """\
Fill a folder with what frameworks (and what they require) are installed from.
Any web server serves it; its address is `mirror=` of sm.cfg. Run again, it
fetches what is missing; stopped, it goes on where it was.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = DESCRIPTION
    parser.add_argument("directory", type=Path, metavar="DIRECTORY", help="the folder to fill")
    parser.add_argument(
        "frameworks", nargs="*", metavar="FRAMEWORK", help="of these only (default: all)"
    )
    parser.add_argument(
        "--framework-directory",
        metavar="D",
        help="where the components are, as in sm.cfg: folders separated by ':'"
        " (default: those that come with DISCO)",
    )
    parser.add_argument(
        "--python",
        nargs="+",
        action="extend",
        type=_version,
        metavar="X.Y",
        help="versions of Python that the nodes' images have"
        f" (default: {sys.version_info[0]}.{sys.version_info[1]}, that of this command)",
    )
    parser.add_argument(
        "--all-versions", action="store_true", help="not only the default version of each"
    )
    parser.add_argument("--list", action="store_true", help="print what it would fetch")
    parser.set_defaults(run=run)


def _version(text: str) -> str:
    from disco.mirror.mirror import check_python

    try:
        return check_python(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(options: argparse.Namespace) -> int:
    """Carry out the command; 1 when something could not be had."""
    from disco.components.loader import load_catalogue
    from disco.data_files import data_dir
    from disco.mirror.mirror import OWN_PYTHON, Mirror, items

    given = options.framework_directory
    folders = [Path(p) for p in given.split(":") if p] if given else [data_dir() / "frameworks"]
    wanted = items(load_catalogue(folders), options.frameworks, options.all_versions)
    pythons = list(dict.fromkeys(options.python or [OWN_PYTHON]))
    if options.list:
        _show(wanted, pythons)
        return 0
    mirror = Mirror(options.directory, progress=lambda text: print(text, flush=True))
    mirror.fill(wanted, pythons)
    if not mirror.failures:
        print(f"{options.directory} is complete: {', '.join(i.name for i in wanted)}")
        return 0
    print(f"\n{len(mirror.failures)} could not be had:", file=sys.stderr)
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
