"""``service_manager``: runs DISCO for an OpenStack, or for the embedded cloud."""

from __future__ import annotations

import argparse
import contextlib
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
from disco.server.shared_folder import shared_folder

#: entry points of clouds that can be started on this machine
EMBEDDED_COMMAND = "disco.clouds"
EXAMPLES = """\
examples:
  service_manager -c etc/sm.cfg            run DISCO for the OpenStack of design_uri
  service_manager -c etc/sm.cfg --check    say whether that would work
  service_manager --embedded               run it with a Keystone and a Heat on this machine
  service_manager --embedded --nodes none  the same, with servers that run nothing
  service_manager --embedded -c my.cfg     the same, with settings of yours
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command; the original had ``-c``."""
    parser = argparse.ArgumentParser(
        prog="service_manager",
        description="Run DISCO, the service that creates computing clusters on OpenStack.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-c",
        "--config",
        "--config-file",
        dest="config_file",
        type=Path,
        metavar="FILE",
        help="configuration of the service, sm.cfg (default: the variable SM_CONFIG_PATH); with"
        " --embedded, settings beside those of its cloud",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="try the configuration, Keystone, and with OS_* of the environment the other"
        " services; say what is wrong, and exit with 0 if nothing is, with 1, or with 2 for a"
        " file that cannot be used",
    )
    parser.add_argument("--version", action="version", version=f"disco {__version__}")
    embedded = parser.add_argument_group("the embedded cloud")
    embedded.add_argument(
        "--embedded",
        action="store_true",
        help="start a cloud on this machine, and DISCO for it",
    )
    embedded.add_argument(
        "--state",
        type=Path,
        default=Path("~/.local/share/disco/embedded"),
        metavar="DIR",
        help="folder for all data of the cloud (default: %(default)s)",
    )
    embedded.add_argument(
        "--nodes",
        choices=("auto", "system", "user", "none"),
        default="auto",
        help="run nodes as root (system), in user namespaces (user), or not at all (none)"
        " (default: %(default)s, the best that this machine allows)",
    )
    embedded.add_argument(
        "--port", type=int, default=8888, help="port of DISCO (default: %(default)s)"
    )
    embedded.add_argument(
        "--cloud-port",
        type=int,
        default=5000,
        help="port of Keystone; the other services use the next one (default: %(default)s)",
    )
    embedded.add_argument(
        "--object-store",
        action="store_true",
        help="start an object store too, on the port after those: Swift, with its S3 interface",
    )
    embedded.add_argument(
        "--quiet", action="store_true", help="do not print commands to paste in another shell"
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
            if options.check:
                parser.error("--embedded makes its own cloud and cannot be used with --check")
            return _embedded(options)
        if importlib.util.find_spec("falcon") is None:
            return _is_missing("service", "server")
        if config is None:
            parser.error("-c FILE or --embedded is required")
        settings = load_settings(config, write=not options.check)
        if options.check:
            from disco.server.check import check_settings

            return 0 if check_settings(settings, os.environ, print) else 1
        # imported modules stay, so collecting garbage only takes time (see `serve`)
        gc.disable()
        with shared_folder() if settings.metrics else contextlib.nullcontext():
            from disco.server.gunicorn_app import serve

            serve(settings)
    except DiscoError as error:
        print(f"service_manager: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return 2
    return 0


def _is_missing(part: str, extra: str) -> int:
    """Say how a part that is not installed is; returns the exit status."""
    print(
        f"service_manager: The {part} is not installed. Run: pip install 'disco-clusters[{extra}]'",
        file=sys.stderr,
    )
    return 2


def _embedded(options: argparse.Namespace) -> int:
    """Start the embedded cloud, which is an extra that the service does not import."""
    if importlib.util.find_spec("keystone") is None or importlib.util.find_spec("heat") is None:
        return _is_missing("embedded cloud", "embedded")
    # a checkout that was installed under an older name has the same entry point twice
    command = next(iter(entry_points(group=EMBEDDED_COMMAND, name="embedded")))
    status: int = command.load()(
        state=options.state.expanduser(),
        nodes=options.nodes,
        port=options.port,
        cloud_port=options.cloud_port,
        object_store=options.object_store,
        config=options.config_file,
        quiet=options.quiet,
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
