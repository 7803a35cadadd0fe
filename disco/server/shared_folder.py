"""The folder in which the processes of the service keep their numbers for Prometheus.

It must be named before prometheus_client is imported, which chooses then how it counts; so
nothing here imports it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

#: read by prometheus_client
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextlib.contextmanager
def shared_folder() -> Iterator[str]:
    """A folder of this process and those that it forks, removed when this process ends."""
    owner, folder = os.getpid(), tempfile.mkdtemp(prefix="disco-metrics-")
    os.environ[VARIABLE] = folder
    try:
        yield folder
    finally:
        # forked processes come by here, too
        if os.getpid() == owner:
            os.environ.pop(VARIABLE, None)
            shutil.rmtree(folder, ignore_errors=True)
