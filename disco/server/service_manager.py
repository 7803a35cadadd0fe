"""``service_manager``: the server, on an OpenStack or on the embedded cloud."""

from __future__ import annotations

import argparse
import gc
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from disco import __version__
from disco.config import load_settings
from disco.errors import DiscoError

#: entry points of clouds that can be started on this machine
EMBEDDED_COMMAND = "disco.clouds"
EXAMPLES = """\
examples:
  service_manager -c etc/sm.cfg            serve, on the OpenStack that design_uri names
  service_manager --embedded               no OpenStack: a real Keystone and Heat on this machine
  service_manager --embedded --nodes none  the same, and servers run nothing
"""


def build_parser() -> argparse.ArgumentParser:
    """The command's options; ``-c`` is the original's."""
    parser = argparse.ArgumentParser(
        prog="service_manager",
        description="DISCO: one HTTP request becomes a computing cluster on OpenStack.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-c",
        "--config-file",
        type=Path,
        metavar="FILE",
        help="the service's configuration, sm.cfg (or the environment's SM_CONFIG_PATH)",
    )
    parser.add_argument("--version", action="version", version=f"disco {__version__}")
    embedded = parser.add_argument_group("the embedded cloud")
    embedded.add_argument(
        "--embedded", action="store_true", help="start a cloud on this machine and serve it"
    )
    embedded.add_argument(
        "--state",
        type=Path,
        default=Path("~/.local/share/disco/embedded"),
        metavar="DIR",
        help="where the cloud keeps everything (default: %(default)s)",
    )
    embedded.add_argument(
        "--nodes",
        choices=("auto", "system", "user", "none"),
        default="auto",
        help="how servers become nodes: as root, in user namespaces, or not at all"
        " (default: %(default)s, the best that this machine allows)",
    )
    embedded.add_argument(
        "--port", type=int, default=8888, help="DISCO's port (default: %(default)s)"
    )
    embedded.add_argument(
        "--cloud-port",
        type=int,
        default=5000,
        help="Keystone's port; the other services get the next one (default: %(default)s)",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    config: Path | None = options.config_file
    if config is None and os.environ.get("SM_CONFIG_PATH"):
        config = Path(os.environ["SM_CONFIG_PATH"])
    try:
        if options.embedded:
            if options.config_file is not None:
                parser.error("--embedded makes its own configuration; leave -c out")
            return _embedded(options)
        if config is None:
            parser.error("one of -c FILE and --embedded is needed")
        settings = load_settings(config)
        # what is loaded stays: looking for garbage in it only takes time (see `serve`)
        gc.disable()
        from disco.server.gunicorn_app import serve

        serve(settings)
    except DiscoError as error:
        print(f"service_manager: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return 2
    return 0


def _embedded(options: argparse.Namespace) -> int:
    """Kept apart: the embedded cloud is an extra, and the service does not know it."""
    if importlib.util.find_spec("keystone") is None or importlib.util.find_spec("heat") is None:
        print(
            "service_manager: The embedded cloud is not installed. "
            "Run: pip install 'disco-clusters[embedded]'",
            file=sys.stderr,
        )
        return 2
    # a checkout that was installed under an older name has the same entry point twice
    command = next(iter(entry_points(group=EMBEDDED_COMMAND, name="embedded")))
    status: int = command.load()(
        state=options.state.expanduser(),
        nodes=options.nodes,
        port=options.port,
        cloud_port=options.cloud_port,
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
