"""One node: its root file system, its process, its state."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from disco.embedded.nodes.agent import store
from disco.embedded.nodes.container import config_drive
from disco.embedded.nodes.container.cgroups import Cgroup
from disco.embedded.nodes.container.machine import REBOOT, Boot, Machine
from disco.embedded.nodes.container.syscalls import mount, unmount
from disco.embedded.nodes.container.user_namespace import children, freeze_by_signals
from disco.embedded.nodes.net.netns import NetNamespace
from disco.embedded.nodes.net.tenant_network import TenantNetwork
from disco.embedded.nodes.protocol import NetworkSpec, NodeInfo, NodeSpec, NodeState

log = logging.getLogger(__name__)

#: how long a node may take to shut down cleanly before it is ended
POWER_OFF_S = 8.0
_CONSOLE_LIMIT = 4 << 20
_FAULT_LINES = 12
_SEED = "var/lib/cloud/seed/config_drive/openstack/latest"


@dataclass
class Record:
    """What is on disk of a node: ``node.json``."""

    spec: NodeSpec
    state: NodeState = "BUILD"
    fault: str | None = None
    #: the read-only layers of its image, the topmost first
    layers: tuple[str, ...] = ()
    #: the volumes that it has, and their GiB
    volumes: dict[str, int] = field(default_factory=dict)


class Node:
    """A node and everything it has on this machine.

    ``lock`` serialises what is done to it; the watching thread takes it only
    to note how the node ended.
    """

    def __init__(self, record: Record, folder: Path, machine: Machine, cgroup: Cgroup) -> None:
        self.record = record
        self.folder = folder
        self.lock = threading.RLock()
        self.deleted = False
        #: called when it was started, beside everything else
        self.started: Callable[[Node], None] | None = None
        self._machine = machine
        self._cgroup = cgroup
        self._netns: NetNamespace | None = None
        self._networks: dict[str, TenantNetwork] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._stopping = False

    @property
    def spec(self) -> NodeSpec:
        """The server as it was asked for."""
        return self.record.spec

    @property
    def console(self) -> Path:
        """The console log."""
        return self.folder / "console.log"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """What keeps the node's PID 1, its parent; None while it does not run."""
        return self._process if self.running else None

    def info(self) -> NodeInfo:
        """The node's state now."""
        return NodeInfo(self.spec.server_id, self.record.state, self.record.fault)

    def save(self) -> None:
        """Write ``node.json``."""
        store.write(self.folder / "node.json", self.record)

    def set_state(self, state: NodeState, fault: str | None = None) -> None:
        """Note a new state, on disk as well."""
        if self.deleted:
            return
        self.record.state, self.record.fault = state, fault
        self.save()
        log.info("node %s (%s) is %s", self.spec.server_id, self.spec.name, state)

    # -- start ---------------------------------------------------------------

    def boot(self, networks: Mapping[str, TenantNetwork]) -> None:
        """Start the node with the disk it has. Raises OSError; the state is the caller's."""
        with self.lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._stopping = False
            self._cgroup.create(self.spec.vcpus, self.spec.ram_mb)
            root = self._mount()
            self._plug(networks)
            assert self._netns is not None
            _shorten(self.console)
            boot = Boot(
                self.spec,
                root,
                self._netns,
                self._cgroup.entrances,
                self.console,
                self._nameservers(),
            )
            self._seed(root, {n: networks[n].spec for n in self._networks})
            self._machine.prepare(boot)
            process = self._machine.start(boot)
            self._process = process
            if self.started is not None:
                threading.Thread(target=self.started, args=(self,), daemon=True).start()
            self._watcher = threading.Thread(
                target=self._watch, args=(process,), name="node", daemon=True
            )
            self._watcher.start()

    def _mount(self) -> Path:
        root = self.folder / "root"
        if root.is_mount():
            return root
        upper, work = self.folder / "upper", self.folder / "work"
        for each in (root, upper, work):
            each.mkdir(parents=True, exist_ok=True)
        lower = ":".join(self.record.layers)
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        mount("overlay", str(root), "overlay", 0, options + self._machine.overlay_options)
        return root

    def _plug(self, networks: Mapping[str, TenantNetwork]) -> None:
        if self._netns is not None:
            return
        netns = NetNamespace()
        netns.sysctl(
            {
                "net.ipv6.conf.all.disable_ipv6": "1",
                "net.ipv6.conf.default.disable_ipv6": "1",
            }
        )
        netns.ip(["link set lo up"])
        self._netns = netns
        for index, nic in enumerate(self.spec.nics):
            network = networks[nic.network_id]
            network.plug(nic, index, netns, configure=self._machine.configures_network)
            self._networks[nic.network_id] = network

    def unplug(self, port_id: str) -> None:
        """Take the interface of a port away, for good."""
        with self.lock:
            for nic in self.spec.nics:
                if nic.port_id == port_id and nic.network_id in self._networks:
                    self._networks[nic.network_id].unplug(nic)
            left = tuple(nic for nic in self.spec.nics if nic.port_id != port_id)
            self.record.spec = replace(self.spec, nics=left)
            used = {nic.network_id for nic in left}
            self._networks = {n: network for n, network in self._networks.items() if n in used}
            self.save()

    def _seed(self, root: Path, networks: Mapping[str, NetworkSpec]) -> None:
        folder = root / _SEED
        first = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        folder.parent.parent.chmod(0o700)
        for name, body in config_drive.documents(self.spec, networks, self.nameserver()).items():
            (folder / name).write_bytes(body)
        if first and self.spec.nics:
            name = config_drive.hostname(self.spec.name)
            line = f"{self.spec.nics[0].address} {name}.novalocal {name}\n"
            (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{line}", "ascii")

    def nameserver(self) -> str | None:
        """What the node asks for names when its network does not say."""
        first = self._networks.get(self.spec.nics[0].network_id) if self.spec.nics else None
        return first.nameserver if first else None

    def _nameservers(self) -> tuple[str, ...]:
        named = tuple(a for network in self._networks.values() for a in network.spec.dns)
        given = self.nameserver()
        return named or ((given,) if given else ())

    # -- end -----------------------------------------------------------------

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        status = process.wait()
        with self.lock:
            if self._stopping or process is not self._process:
                return
            self._process = None
            self._cgroup.kill()
            if status == REBOOT:
                log.info("node %s reboots", self.spec.server_id)
                try:
                    self.boot(self._networks)
                except OSError as exc:
                    self.set_state("ERROR", f"The node did not start again: {exc}")
            elif status == 0:
                self.set_state("SHUTOFF")
            else:
                self.set_state("ERROR", self._ended(status))

    def _ended(self, status: int) -> str:
        tail = self.console_text(_FAULT_LINES).strip()
        return f"The node ended unexpectedly (status {status}). Last lines of its console:\n{tail}"

    def power_off(self, timeout: float = POWER_OFF_S) -> None:
        """Shut the node down, cleanly if it does so in time; the state is the caller's."""
        with self.lock:
            process = self._process
            self._stopping = True
        if process is not None and process.poll() is None:
            self.freeze(False)
            self._machine.power_off(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout)
        self._kill()

    def _kill(self) -> None:
        with self.lock:
            self._stopping = True
            process, self._process = self._process, None
            self._cgroup.freeze(False)
            if process is not None and process.poll() is None:
                _kill_tree(process)
            self._cgroup.kill()
        if process is not None:
            process.wait(5)

    def reboot(self, networks: Mapping[str, TenantNetwork]) -> None:
        """Shut down and start again, with the same disk."""
        self.power_off()
        self.boot(networks)

    def freeze(self, frozen: bool) -> bool:
        """Stop or go on with all the node's processes; False when the machine cannot."""
        if self._cgroup.freeze(frozen):
            return True
        return self._process is not None and freeze_by_signals(self._process, frozen)

    @property
    def running(self) -> bool:
        """Whether the node has a process, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def release(self) -> None:
        """Give back mounts, interfaces and control group of a node that was shut down."""
        with self.lock:
            self._kill()
            root = self.folder / "root"
            while root.is_mount():
                unmount(str(root))
            for nic in self.spec.nics:
                if network := self._networks.pop(nic.network_id, None):
                    network.unplug(nic)
            if self._netns is not None:
                self._netns.close()
                self._netns = None
            self._cgroup.remove()

    def destroy(self) -> None:
        """End the node and remove everything it had."""
        self.deleted = True
        self.release()
        discard_folder(self.folder)

    # -- console -------------------------------------------------------------

    def console_text(self, lines: int | None = None) -> str:
        """The console log, without terminal control codes."""
        try:
            text = self.console.read_text("utf-8", "replace")
        except OSError:
            return ""
        text = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])", "", text)
        rows = [line.rstrip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
        if lines is not None:
            rows = rows[-lines:] if lines > 0 else []
        return "".join(f"{line}\n" for line in rows)


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children; the child of a container's keeper is its PID 1."""
    for pid in children(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.kill()


def discard_folder(folder: Path) -> None:
    """Remove a folder that a process which just ended may still hold a file in."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
    shutil.rmtree(folder)


def _shorten(file: Path) -> None:
    """Keep the end of a log that grew too long, when the node starts again."""
    if file.exists() and file.stat().st_size > _CONSOLE_LIMIT:
        file.write_bytes(file.read_bytes()[-_CONSOLE_LIMIT // 2 :])
