"""The first process of the box: buries what ends there, and takes everything with it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

signals = {signal.SIGCHLD, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
Path("/mnt/run/ready").touch()
while signal.sigwait(signals) != signal.SIGTERM:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
