"""Namespaces in which the whole cloud lives, so that the machine's own things are left alone.

The root directory inside is an overlay over a Debian with OpenStack's packages; ports, bridges,
iptables and sysctls are those of a network namespace; every process ends with the first one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from disco.embedded.nodes.container.syscalls import CLONE_NEWNET, setns
from tests.openstack.settings import EXTERNAL_CIDR, Running, State

HERE = Path(__file__).parent


class BoxError(Exception):
    """The box or something in it did not do what it should; the text says what."""


@contextlib.contextmanager
def own_network() -> Iterator[None]:
    """Come back to the network that this process is in now; starting a box leaves it."""
    with open("/proc/self/ns/net", "rb") as namespace:
        try:
            yield
        finally:
            setns(namespace.fileno(), CLONE_NEWNET)


class Box:
    """A running box."""

    def __init__(self, state: State, running: Running) -> None:
        self.state = state
        self.running = running

    @classmethod
    def find(cls, state: State) -> Box | None:
        """The one that runs with this folder, if any."""
        running = Running.read(state)
        if running is None or _first_file(running.pid) != b"/mnt/code/init.py":
            return None
        return cls(state, running)

    @classmethod
    def clean(cls, state: State) -> bool:
        """Remove what is left of a box whose first process was killed; whether there was one."""
        running = Running.read(state)
        if running is None or cls.find(state):
            return False
        _end_egress(running)
        _remove_groups(running.group)
        _discard(state.run)
        return True

    @classmethod
    def start(cls, state: State) -> Box:
        """Make the namespaces.

        Raises BoxError with what the machine says if that fails.
        """
        if not cls.clean(state):
            _discard(state.run)
        for folder in (state.run, state.logs):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
        group = f"disco-openstack-{os.getpid()}"
        command = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork"]
        command += ["--kill-child", "--propagation", "private", "sh", str(HERE / "init.sh")]
        command += map(str, (state.root, state.run, state.logs, HERE, group))
        log = state.logs / "box.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            )
        deadline = time.monotonic() + 30
        while not (state.run / "ready").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                _remove_groups(group)
                raise BoxError(f"the box cannot be made: {log.read_text()[-800:]}")
            time.sleep(0.05)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        box = cls(state, Running(pid=int(children.split()[0]), group=group))
        box.running.write(state)
        return box

    def command(self, *words: str) -> list[str]:
        """The command that runs ``words`` inside."""
        kinds = ("--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup", "--root", "--wd")
        join = ("sh", str(HERE / "enter.sh"), str(self.state.run), self.running.group)
        return [*join, "nsenter", "--target", str(self.running.pid), *kinds, "--", *words]

    def run(self, *words: str, log: str = "", stdin: str | None = None) -> str:
        """Run a command inside, to its end; what it wrote, if that is not logged.

        Raises BoxError if it fails.
        """
        done = subprocess.run(
            self.command(*words),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"},
        )
        if log:
            with (self.state.logs / f"{log}.log").open("a") as out:
                out.write(f"$ {' '.join(words)}\n{done.stdout}")
        if done.returncode != 0:
            raise BoxError(f"{' '.join(words)[:200]}: {done.stdout.strip()[-800:]}")
        return done.stdout

    def enter_network(self) -> None:
        """Have this process, and all that it starts, see the box's network."""
        with open(f"/proc/{self.running.pid}/ns/net", "rb") as namespace:
            setns(namespace.fileno(), CLONE_NEWNET)

    def connect(self) -> None:
        """Let instances reach the world (name servers, archives), but nothing of the machine's."""
        command = ["slirp4netns", "--configure", "--mtu=1500", "--disable-host-loopback"]
        with (self.state.logs / "egress.log").open("wb") as out:
            process = subprocess.Popen(
                [*command, str(self.running.pid), "tap0"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.running = Running(self.running.pid, process.pid, self.running.group)
        self.running.write(self.state)
        rule = ("POSTROUTING", "-s", EXTERNAL_CIDR, "-o", "tap0", "-j", "MASQUERADE")
        self.run("iptables", "-t", "nat", "-A", *rule)

    def stop(self) -> None:
        """End everything inside, and remove what it had."""
        running = self.running
        _end_egress(running)
        handle = os.pidfd_open(running.pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while Path(f"/proc/{running.pid}").exists() and not _is_zombie(running.pid):
            if time.monotonic() > deadline:
                raise BoxError(f"process {running.pid} does not end")
            _thaw(running.group)
            time.sleep(0.05)
        os.close(handle)
        _remove_groups(running.group)
        _discard(self.state.run)


def _end_egress(running: Running) -> None:
    """End the connection to the world, if the number is still that of this box's."""
    if running.egress_pid and str(running.pid) in _words(running.egress_pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.egress_pid, signal.SIGTERM)


def _first_file(pid: int) -> bytes:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1]
    return b""


def _words(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def list_groups(name: str = "disco-openstack-*") -> list[Path]:
    """The control groups of this name, in every hierarchy."""
    found: list[Path] = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, *_ = line.split()
        if kind in ("cgroup", "cgroup2"):
            found += [group for group in Path(folder).glob(name) if group.is_dir()]
    return found


def _remove_groups(name: str) -> None:
    """Remove the groups from the innermost on; the kernel may take a moment to empty them."""
    deadline = time.monotonic() + 20
    while name and (left := list_groups(name)):
        _thaw(name)
        for group in left:
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        if time.monotonic() > deadline:
            raise BoxError(f"these control groups cannot be removed: {left}")
        time.sleep(0.05)


def _thaw(name: str) -> None:
    """Let suspended containers go on: what is frozen by version 1 cannot be killed."""
    for group in list_groups(name) if name else []:
        for file in group.rglob("freezer.state"):
            with contextlib.suppress(OSError):
                file.write_text("THAWED")


def _discard(run: Path) -> None:
    if run.exists():
        shutil.rmtree(run)
