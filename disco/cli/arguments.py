"""Arguments and options that several commands take."""

from __future__ import annotations

import argparse

from disco.cli.parser import seconds


def add_cluster(parser: argparse.ArgumentParser, many: bool = False) -> None:
    """The argument that names a cluster, or several."""
    parser.add_argument(
        "clusters" if many else "cluster",
        metavar="CLUSTER",
        nargs="+" if many else None,
        help="name or id of a cluster, or at least the first four characters of the id",
    )


def add_waiting(parser: argparse.ArgumentParser, what: str, minutes: int) -> None:
    """``--wait``, ``--no-wait`` and ``--timeout``."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--wait", action="store_true", default=True, help=f"return when {what} (the default)"
    )
    either.add_argument(
        "--no-wait", action="store_false", dest="wait", help="return as soon as it has begun"
    )
    add_timeout(parser, minutes)


def add_timeout(parser: argparse.ArgumentParser, minutes: int | None) -> None:
    """``--timeout``."""
    default = f"{minutes}m" if minutes else "no limit"
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="TIME",
        default=minutes * 60.0 if minutes else None,
        help=f"how long to wait, such as 90, 90s, 15m or 1h (default: {default})",
    )
