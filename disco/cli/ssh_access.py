"""ssh to a cluster's nodes: a configuration and a key that live as long as the command."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from disco.cli.exit_status import CommandError, Status
from disco.client import Cluster

#: users of the images that DISCO is made for, tried in this order
USERS = ("ubuntu", "debian")
#: where the embedded cloud has ssh when it may not have port 22
PORTS = (22, 20022)
#: exit status of ssh itself, as opposed to the command's that it runs
SSH_FAILED = 255


@dataclass(frozen=True)
class Access:
    """How to reach the nodes of one cluster.

    Attributes:
        cluster: whose nodes.
        config: ssh's configuration, with a host for the master and each worker.
    """

    cluster: Cluster
    config: Path

    def command(self, node: str, *options: str) -> list[str]:
        """The words of an ssh to ``node``."""
        return ["ssh", "-F", str(self.config), *options, node]


def add_options(parser: argparse.ArgumentParser) -> None:
    """How to log in, where the defaults do not fit."""
    parser.add_argument(
        "-l", "--user", metavar="USER", help=f"the image's user (default: {' or '.join(USERS)})"
    )
    parser.add_argument(
        "-i", "--identity", metavar="FILE", help="your private key, where DISCO made none"
    )
    parser.add_argument(
        "--ssh-port", type=int, metavar="PORT", help="of the master (default: 22, else 20022)"
    )
    parser.add_argument(
        "--ssh-option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a line of ssh_config(5) for all nodes; may be repeated",
    )


@contextlib.contextmanager
def access(cluster: Cluster, args: argparse.Namespace) -> Iterator[Access]:
    """Access that ends with the block: the key is removed with its folder.

    Raises:
        CommandError: there is no ssh, no address, no answer, or no user that fits.
    """
    if shutil.which("ssh") is None:
        raise CommandError("ssh is not installed.", Status.FAILED)
    address = cluster.address
    if address is None:
        raise CommandError(
            f"The cluster {cluster.id} has no address: it is {cluster.status}.", Status.CONFLICT
        )
    with _ended_in_order(), private_folder() as folder:
        key = _write_key(folder, cluster, args.identity)
        port = args.ssh_port or _find_port(address)
        config = folder / "config"
        for user in [args.user] if args.user else USERS:
            config.write_text(_config(cluster, address, port, user, key, args.ssh_option))
            found = Access(cluster, config)
            if args.user or _logs_in(found):
                break
        else:
            raise CommandError(
                f"{address} lets none of {', '.join(USERS)} in.",
                Status.CREDENTIALS,
                "Give the image's user with --user, and your own key with --identity.",
            )
        yield found


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for nobody else, in memory where the system offers it; removed at the end."""
    with tempfile.TemporaryDirectory(prefix="disco-", dir=_runtime_folder()) as name:
        yield Path(name)  # made with mode 0700


def _runtime_folder() -> str | None:
    name = os.environ.get("XDG_RUNTIME_DIR")
    if not name:
        return None
    try:
        found = os.stat(name)
    except OSError:
        return None
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return name if mine and not stat.S_IMODE(found.st_mode) & 0o077 else None


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """A signal that ends the command removes the key first."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _leave) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


def _write_key(folder: Path, cluster: Cluster, identity: str | None) -> Path | None:
    if identity:
        return Path(identity).expanduser().absolute()
    if cluster.private_key is None:
        return None  # the user's own: from the agent, or where ssh looks for keys
    key = folder / "key"
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(cluster.private_key)
    return key


def _find_port(address: str) -> int:
    for port in PORTS:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((address, port), timeout=5) as probe,
        ):
            probe.settimeout(5)
            if probe.recv(4) == b"SSH-":
                return port
    raise CommandError(
        f"{address} does not answer on port {PORTS[0]}.",
        Status.UNAVAILABLE,
        "disco show tells whether the cluster is up; a firewall may be in between.",
    )


def known_hosts() -> Path:
    """Where host keys are kept, under names of clusters: addresses are used again."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(state) / "disco"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "known_hosts"


def _config(
    cluster: Cluster,
    address: str,
    port: int,
    user: str,
    key: Path | None,
    options: Sequence[str],
) -> str:
    """The configuration of ssh; workers are reached through the master."""
    hosts = known_hosts()
    common = [
        f"User {user}",
        f'UserKnownHostsFile "{hosts}"',
        "StrictHostKeyChecking accept-new",
        "LogLevel ERROR",
        "ConnectTimeout 15",
        "ServerAliveInterval 15",
    ]
    if key is not None:
        common += [f'IdentityFile "{key}"', "IdentitiesOnly yes"]
    own = [option.replace("=", " ", 1) for option in options]
    if any("\n" in line for line in own):
        raise CommandError("--ssh-option: a line, without a line break", Status.USAGE)
    master = cluster.master_name
    blocks = [("*", own)] if own else []
    blocks.append((master, [f"HostName {address}", f"Port {port}", f"HostKeyAlias {cluster.id}"]))
    blocks += [
        (name, [f"ProxyJump {master}", f"HostKeyAlias {cluster.id}-{name}"])
        for name in cluster.worker_names
    ]
    blocks.append(("*", common))
    return "".join(f"Host {name}\n  " + "\n  ".join(lines) + "\n" for name, lines in blocks)


def _logs_in(access: Access) -> bool:
    """Whether the user of this configuration is let in.

    Raises:
        CommandError: something else is wrong than the user.
    """
    words = access.command(access.cluster.master_name, "-o", "BatchMode=yes", "-n")
    done = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if done.returncode == SSH_FAILED and "Permission denied" not in done.stderr:
        raise CommandError(
            f"ssh to the master failed: {done.stderr.strip()}",
            Status.UNAVAILABLE,
            "Host keys of clusters are in " + str(known_hosts())
            if "host key" in done.stderr.lower()
            else None,
        )
    return done.returncode == 0


def find_node(cluster: Cluster, name: str | None) -> str:
    """The node that is meant by a name, or by a worker's number.

    Raises:
        CommandError: the cluster has no such node.
    """
    if name in (None, "master", cluster.master_name):
        return cluster.master_name
    if name is not None and name.isdigit() and 1 <= int(name) <= len(cluster.worker_names):
        return cluster.worker_names[int(name) - 1]
    if name in cluster.worker_names:
        return name
    nodes = ", ".join([cluster.master_name, *cluster.worker_names][:10])
    raise CommandError(f"There is no node {name}.", Status.NOT_FOUND, f"There are {nodes}.")


def run_in_terminal(words: Sequence[str], **more: Any) -> int:
    """Run ssh for the user: Ctrl-C is for it, and not for this command."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # what is ignored is inherited, and ssh would never hear of Ctrl-C
        process = subprocess.Popen(words, preexec_fn=_hear_interrupts, **more)
        try:
            return process.wait()
        finally:
            stop(process)
    finally:
        signal.signal(signal.SIGINT, before)


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def stop(process: subprocess.Popen[Any]) -> None:
    """End a process, if it has not ended."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
