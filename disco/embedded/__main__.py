"""Run the embedded cloud alone: ``python -m disco.embedded --state DIR``."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from disco.embedded.cloud import EmbeddedCloud
from disco.errors import DiscoError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m disco.embedded",
        description="A real Keystone and a real Heat on loopback, for use without an OpenStack.",
    )
    parser.add_argument("--state", required=True, metavar="DIR", help="where all state is kept")
    parser.add_argument("--nodes", choices=["auto", "system", "user", "none"], default="auto")
    parser.add_argument(
        "--cloud-port", type=int, default=5000, metavar="PORT", help="Keystone; Heat is on PORT+1"
    )
    parser.add_argument(
        "--object-store", action="store_true", help="Swift with its S3 interface too, on PORT+2"
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    return parser.parse_args()


def main() -> int:
    """Start, wait for SIGTERM or Ctrl-C, stop."""
    arguments = _arguments()

    def say(text: str) -> None:
        if not arguments.quiet:
            print(text, flush=True)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    cloud = EmbeddedCloud(
        arguments.state,
        nodes=arguments.nodes,
        cloud_port=arguments.cloud_port,
        object_store=arguments.object_store,
    )
    began = time.monotonic()
    try:
        cloud.start()
        if cloud.host_status.reason:
            say(cloud.host_status.reason)
        say(f"The cloud is up after {time.monotonic() - began:.1f} s: {cloud.auth_url}")
        say(f"source {cloud.openrc}")
        cloud.wait()
    except KeyboardInterrupt:
        say("Stopping.")
    except DiscoError as error:
        print(f"{error.message} {error.hint or ''}".strip(), file=sys.stderr)
        return 1
    finally:
        # a second Ctrl-C must not leave half of it running
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        cloud.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
