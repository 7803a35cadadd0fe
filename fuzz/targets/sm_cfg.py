"""The configuration file; the key secret, which a whole one makes, is not touched."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from disco.config import load_settings
from fuzz.target import Target

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
FILE = FOLDER / "sm.cfg"


def run(data: bytes) -> str:
    """Read a configuration, and what it warns of."""
    FILE.write_bytes(data)
    with mock.patch("disco.config.read_key_secrets", return_value=(b"x" * 64,)):
        settings = load_settings(FILE)
    return repr(settings).encode("utf-8", "replace").decode()


TARGET = Target(
    run,
    longest=16 * 1024,
    dictionary=(
        *("[general]\n", "[service_manager]\n", "[disco]\n", "[service_manager_admin]\n"),
        *(
            "design_uri=http://127.0.0.1:5000/v3\n",
            "port=",
            "workers=",
            "verify=",
            "mirror=http://[",
        ),
        *("cloud_timeout=", "framework_directory=", "manifest=", "waitcondition=", "log_file=~"),
    ),
)
