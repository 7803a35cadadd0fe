"""ssh to a cluster's nodes, with a configuration and a key that exist only meanwhile."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
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

from disco.cli.bounded_process import last_words, read_output
from disco.cli.exit_status import CommandError, Status
from disco.cli.parser import port_number, user_name
from disco.client import Cluster, Node
from disco.heat.stack_status import (
    CREATE_IN_PROGRESS,
    RESUME_IN_PROGRESS,
    SUSPEND_COMPLETE,
    SUSPEND_IN_PROGRESS,
)

#: users of the images that DISCO is made for, tried in this order
USERS = ("ubuntu", "debian")
#: the second is the embedded cloud's, where it may not use port 22
PORTS = (22, 20022)
#: statuses in which nodes may not have started yet
_STARTING = (CREATE_IN_PROGRESS, RESUME_IN_PROGRESS)
#: exit status of ssh itself, in contrast to that of the command it runs
SSH_FAILED = 255
#: in a command's folder: held as long as the command lives
_LOCK = "disco.lock"
#: seconds for a trial login, and bytes that the node may print at it
LOGIN_SECONDS, MAX_GREETING = 60.0, 64 * 1024


@dataclass(frozen=True)
class Access:
    """How to reach the nodes of one cluster.

    Attributes:
        cluster: the cluster.
        nodes: its nodes, the master first.
        config: ssh's configuration, with a host for each node.
    """

    cluster: Cluster
    nodes: Sequence[Node]
    config: Path

    @property
    def master(self) -> str:
        """The master's host name."""
        return self.nodes[0].name

    def command(self, node: str, *options: str) -> list[str]:
        """The command line of an ssh to ``node``, after which words of a command may stand."""
        return ["ssh", "-F", str(self.config), *options, "--", node]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for a login that the defaults do not fit."""
    parser.add_argument(
        "-l",
        "--user",
        metavar="USER",
        type=user_name,
        help=f"user of the image (default: {' or '.join(USERS)})",
    )
    parser.add_argument(
        "-i", "--identity", metavar="FILE", help="your private key, if DISCO created none"
    )
    parser.add_argument(
        "--ssh-port",
        type=port_number,
        metavar="PORT",
        help="ssh port of the master (default: 22, else 20022)",
    )
    parser.add_argument(
        "--ssh-option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="option of ssh_config(5) for all nodes; may be repeated",
    )


@contextlib.contextmanager
def access(cluster: Cluster, nodes: Sequence[Node], args: argparse.Namespace) -> Iterator[Access]:
    """Access to the nodes; at the end of the block its key and configuration are removed.

    Raises:
        CommandError: ssh is not installed, the cluster is suspended, the master has no address
            or does not answer, or no user is let in.
        InvalidAnswer: the address or key is none; nothing is started.
    """
    if shutil.which("ssh") is None:
        raise CommandError(
            "The command ssh is not installed.", Status.FAILED, "Install an OpenSSH client."
        )
    if cluster.status in (SUSPEND_IN_PROGRESS, SUSPEND_COMPLETE):
        raise CommandError(
            f"The cluster {cluster.id} is suspended.",
            Status.CONFLICT,
            "Resume it first: disco resume.",
        )
    address = cluster.address
    if address is None:
        raise CommandError(
            f"The cluster {cluster.id} has no floating IP (it is {cluster.status}).",
            Status.CONFLICT,
            starting_hint(cluster),
        )
    with ended_in_order(), private_folder() as folder:
        key = _write_key(folder, cluster, args.identity)
        port = args.ssh_port or _find_port(address, cluster)
        config = folder / "config"
        for user in [args.user] if args.user else USERS:
            config.write_text(_config(cluster, nodes, address, port, user, key, args.ssh_option))
            candidate = Access(cluster, nodes, config)
            if args.user or _logs_in(candidate):
                break
        else:
            raise CommandError(
                f"The master at {address} refused the users {' and '.join(USERS)}.",
                Status.CREDENTIALS,
                "Use --user for the user of the image, and --identity for your own key.",
            )
        yield candidate


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only the user can read, in memory where possible; removed at the end.

    That of a command that was killed is removed by the next one.
    """
    place = _runtime_folder()
    if place is not None:
        _remove_abandoned(Path(place))
    with tempfile.TemporaryDirectory(prefix="disco-", dir=place) as name:
        folder = Path(name)  # made with mode 0700
        with (folder / "new").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "new").rename(folder / _LOCK)
            yield folder


def _remove_abandoned(place: Path) -> None:
    """Remove the folders whose commands do not hold their locks any more."""
    for path in place.glob(f"disco-*/{_LOCK}"):
        with contextlib.suppress(OSError), path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)


def _runtime_folder() -> str | None:
    name = os.environ.get("XDG_RUNTIME_DIR")
    if not name:
        return None
    try:
        folder = os.stat(name)
    except OSError:
        return None
    mine = stat.S_ISDIR(folder.st_mode) and folder.st_uid == os.geteuid()
    return name if mine and not stat.S_IMODE(folder.st_mode) & 0o077 else None


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Let a signal that ends the command do first what is to be done at its end."""
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
        return None  # the user's own key: from the agent, or where ssh looks
    key = folder / "key"
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(cluster.private_key)
    return key


def _find_port(address: str, cluster: Cluster) -> int:
    for port in PORTS:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((address, port), timeout=5) as probe,
        ):
            probe.settimeout(5)
            if probe.recv(4) == b"SSH-":
                return port
    raise CommandError(
        f"No ssh server answers at {address} on port {' or '.join(map(str, PORTS))}.",
        Status.UNAVAILABLE,
        starting_hint(cluster)
        or "disco show tells whether the cluster is up. A firewall may block the port.",
    )


def starting_hint(cluster: Cluster) -> str | None:
    """What to do about a cluster that is not reached because it only begins."""
    if cluster.status not in _STARTING:
        return None
    return f"Its nodes are still starting: disco watch {cluster.id} shows their progress."


def known_hosts() -> Path:
    """The file of host keys, by cluster, because clouds use addresses again."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(state) / "disco"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "known_hosts"


def _config(
    cluster: Cluster,
    nodes: Sequence[Node],
    address: str,
    port: int,
    user: str,
    key: Path | None,
    options: Sequence[str],
) -> str:
    """The configuration of ssh, to workers through the master."""
    hosts = known_hosts()
    common = [
        f"User {user}",
        f"UserKnownHostsFile {quoted(hosts)}",
        "StrictHostKeyChecking accept-new",
        "LogLevel ERROR",
        "ConnectTimeout 15",
        "ServerAliveInterval 15",
    ]
    if key is not None:
        common += [f"IdentityFile {quoted(key)}", "IdentitiesOnly yes"]
    own = [option.replace("=", " ", 1) for option in options]
    if any(not line.isprintable() for line in own):
        raise CommandError("--ssh-option: must not contain a line break.", Status.USAGE)
    master, *workers = nodes
    blocks = [("*", own)] if own else []
    blocks.append(
        (master.name, [f"HostName {address}", f"Port {port}", f"HostKeyAlias {cluster.id}"])
    )
    blocks += [
        (worker.name, [f"ProxyJump {master.name}", f"HostKeyAlias {cluster.id}-{worker.name}"])
        for worker in workers
    ]
    blocks.append(("*", common))
    return "".join(f"Host {name}\n  " + "\n  ".join(lines) + "\n" for name, lines in blocks)


def quoted(path: Path) -> str:
    """A path for ssh's configuration, in which ``%`` and ``${`` stand for something else.

    Raises:
        CommandError: there is no way to write it.
    """
    text = str(path)
    if not text.isprintable() or any(mark in text for mark in ('"', "\\", "${")):
        raise CommandError(
            f'ssh cannot use the path "{text}".',
            Status.FAILED,
            'Use one without quotes, backslashes, "${" and control characters.',
        )
    return f'"{text.replace("%", "%%")}"'


def _logs_in(access: Access) -> bool:
    """Whether the master lets the configuration's user in.

    Raises:
        CommandError: ssh failed for another reason.
    """
    words = access.command(access.master, "-o", "BatchMode=yes", "-n")
    try:
        done = read_output([*words, "true"], MAX_GREETING, LOGIN_SECONDS, LOGIN_SECONDS)
    except TimeoutError:
        raise CommandError(
            f"ssh to the master did not end within {LOGIN_SECONDS:g} s.", Status.UNAVAILABLE
        ) from None
    if done.status == SSH_FAILED and "Permission denied" not in done.errors:
        raise CommandError(
            f"ssh to the master failed: {last_words(done.errors)}",
            Status.UNAVAILABLE,
            f"Host keys of clusters are in {known_hosts()}."
            if "host key" in done.errors.lower()
            else None,
        )
    return done.status == 0


def run_in_terminal(words: Sequence[str], **more: Any) -> int:
    """Run ssh in the user's terminal, where Ctrl-C is for ssh and not for this command."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # ssh would inherit the ignored signal
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
