"""The services' processes: started, watched, served and ended with their parent."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from cheroot import wsgi

from disco.embedded.control.config_files import HOST
from disco.embedded.state_dir import StateDir
from disco.errors import ConfigurationError

PR_SET_PDEATHSIG = 1
READY = b"ready\n"
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 10
#: a connection is closed that was idle for so long; cheroot's 10 s is a time after which clients
#: do ask again, and a request that crosses the close gets no answer
IDLE_S = 300
#: as many may be idle; a client beyond them connects for each request
CONNECTIONS = 100


class Child:
    """A service process of the embedded cloud, seen from its parent."""

    def __init__(
        self,
        name: str,
        state: StateDir,
        port: int,
        nodes: str = "none",
        *,
        object_store: bool = False,
    ) -> None:
        self.name = name.replace("_", " ")
        self.port = port
        self._errors = state.logs / f"{name}.err"
        self._log = state.logs / f"{name}.log"
        environment = dict(os.environ)
        # so that children find the very same code, however the parent found it
        root = str(Path(__file__).resolve().parents[3])
        paths = [root, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
        environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
        for variable in [name for name in environment if name.startswith("OS_")]:
            del environment[variable]  # a sourced openrc is not meant for the services
        command = [
            sys.executable, "-m", f"disco.embedded.control.{name}_process",
            "--state", str(state.path), "--port", str(port), "--parent", str(os.getpid()),
            "--nodes", nodes,
        ]  # fmt: skip
        if object_store:
            command.append("--object-store")
        # The kernel's death signal follows the thread that forked, not the process.
        if threading.current_thread() is threading.main_thread():
            command.append("--death-signal")
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                start_new_session=True,  # Ctrl-C is the parent's to handle
            )

    def wait_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Wait for the child's own word that it listens.

        Raises:
            ConfigurationError: it died or did not get ready; with what it said.
        """
        pipe: IO[bytes] | None = self.process.stdout
        assert pipe is not None
        deadline = time.monotonic() + timeout_s
        while True:
            left = deadline - time.monotonic()
            readable, _, _ = select.select([pipe], [], [], max(left, 0))
            if readable:
                line = pipe.readline()
                if line == READY:
                    return
                if not line:
                    self.process.wait(STOP_TIMEOUT_S)
                    raise ConfigurationError(
                        f"The embedded {self.name} did not start.{self._last_words()}"
                    )
            elif left <= 0:
                raise ConfigurationError(
                    f"The embedded {self.name} was not ready after {timeout_s:.0f} seconds."
                    f"{self._last_words()}"
                )

    def _last_words(self) -> str:
        words = ""
        for path, mark in ((self._errors, ""), (self._log, " CRITICAL ")):
            with contextlib.suppress(OSError):
                lines = path.read_text(errors="replace").strip().splitlines()
                told = [line for line in lines if mark in line]
                if told:
                    words = f" It said (see {path}): {told[-1][-500:]}"
        return words

    def terminate(self) -> None:
        """Ask the process to finish its work and end."""
        if self.process.poll() is None:
            self.process.terminate()

    def wait_gone(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Wait for the end; after ``timeout_s`` it is made."""
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def child_arguments(name: str) -> argparse.Namespace:
    """Read what `Child` gave, and tie this process to its parent's life."""
    # what is loaded stays: looking for garbage in it is a sixth of the start (see `serve`)
    gc.disable()
    parser = argparse.ArgumentParser(prog=f"disco.embedded.control.{name}_process")
    parser.add_argument("--state", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--nodes", default="none")
    parser.add_argument("--object-store", action="store_true")
    parser.add_argument("--death-signal", action="store_true")
    arguments = parser.parse_args()
    sys.argv = sys.argv[:1]  # oslo.config would read them again
    _die_with(arguments.parent, use_signal=arguments.death_signal)
    return arguments


def _die_with(parent: int, *, use_signal: bool) -> None:
    if use_signal and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_TIMEOUT_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def serve(application: Any, port: int, threads: int, on_stop: Callable[[], None]) -> None:
    """Serve until SIGTERM; says ``ready`` on standard output when it listens."""
    server = wsgi.Server(
        (HOST, port), application, numthreads=threads, request_queue_size=128, timeout=IDLE_S
    )
    server.keep_alive_conn_limit = CONNECTIONS
    server.prepare()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    acceptor = threading.Thread(target=server.serve, name="acceptor", daemon=True)
    acceptor.start()
    gc.freeze()
    gc.enable()
    os.write(1, READY)
    stop.wait()
    threading.Timer(STOP_TIMEOUT_S - 2, os._exit, (1,)).start()
    server.stop()
    on_stop()
    # threads of the services' libraries are not all daemons; nothing is left to do
    os._exit(0)
