"""What this machine allows, and how the node agent is started."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import disco
from disco.embedded.nodes.image.recipe import KEYRING
from disco.embedded.nodes.protocol import HostStatus

#: programs that nodes need, and the Debian packages that bring them
_COMMON = {
    "ip": "iproute2",
    "mount": "mount",
    "unshare": "util-linux",
    "mmdebstrap": "mmdebstrap",
    KEYRING: "debian-archive-keyring",
}
_SYSTEM = _COMMON | {"systemd-nspawn": "systemd-container"}
_USER = _COMMON | {"newuidmap": "uidmap"}
_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
_PROBE_S = 30

_MEANINGS = {
    "namespaces": "namespaces cannot be made here ({error}): in a container, run it privileged",
    "overlay": "the state directory's file system carries no overlay ({error}): "
    "choose a directory on ext4, xfs, btrfs or tmpfs",
    "network": "virtual networks cannot be made here ({error}): "
    "a kernel with veth and bridge is needed, in a container the right to use them",
    "cgroup": "control groups cannot be made here ({error}): "
    "in a container, /sys/fs/cgroup must be writable",
    "proc": "/proc cannot be mounted here ({error}): in a container, run it privileged",
}


def user_namespace() -> list[str]:
    """The command prefix that makes an ordinary user root of a user namespace."""
    return ["unshare", "--user", "--map-root-user", "--map-auto", "--"]


def _environment() -> dict[str, str]:
    """The environment of processes that must find this very package, and administrator's tools."""
    root = str(Path(disco.__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    search = f"{os.environ.get('PATH', '/usr/bin:/bin')}:{_PATH}"
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PATH": search}


def missing_programs(needed: dict[str, str]) -> str | None:
    """How to install what is not there of ``needed``: program or file to Debian package."""
    path = _environment()["PATH"]
    packages = sorted(
        {
            package
            for name, package in needed.items()
            if not (Path(name).exists() if name.startswith("/") else shutil.which(name, path=path))
        }
    )
    if not packages:
        return None
    return f"programs are missing: apt-get install -y {' '.join(packages)}"


def _sysctl(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text("ascii").strip()
    except OSError:
        return ""


def _no_user_namespace(error: str) -> str:
    """Why an ordinary user cannot have a user namespace, from what the kernel says of itself."""
    if _sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor keeps users from making user namespaces: "
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (as root) allows them"
        )
    if _sysctl("kernel/unprivileged_userns_clone") == "0":
        return (
            "this kernel keeps users from making user namespaces: "
            "sysctl -w kernel.unprivileged_userns_clone=1 (as root) allows them"
        )
    if _sysctl("user/max_user_namespaces") == "0":
        return (
            "user namespaces are switched off: "
            "sysctl -w user.max_user_namespaces=10000 (as root) allows them"
        )
    user = getpass.getuser()
    if not any(_has_range(Path(f"/etc/{name}"), user) for name in ("subuid",)):
        return (
            f"user {user} has no subordinate ids: usermod --add-subuids 100000-165535 "
            f"--add-subgids 100000-165535 {user} (as root) gives them"
        )
    return f"user namespaces cannot be made here ({error}): in a container, run it privileged"


def _has_range(file: Path, user: str) -> bool:
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError:
        return False
    return any(line.split(":", 1)[0] in {user, str(os.getuid())} for line in lines)


def _probe(mode: str, directory: Path) -> str | None:
    """Try it; what is in the way, in one sentence."""
    prefix = user_namespace() if mode == "user" else []
    command = [
        *prefix,
        sys.executable,
        "-m",
        "disco.embedded.nodes.agent.probe",
        mode,
        str(directory),
    ]
    try:
        done = subprocess.run(
            command,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=_PROBE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"a trial of {mode} nodes did not end in {_PROBE_S} s"
    try:
        failure = json.loads(done.stdout)
    except ValueError:
        error = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return _no_user_namespace(error) if mode == "user" else f"a trial failed: {error}"
    return _MEANINGS[failure["step"]].format(error=failure["error"]) if failure else None


def _system(directory: Path) -> str | None:
    if os.geteuid() != 0:
        return "system nodes need root"
    return missing_programs(_SYSTEM) or _probe("system", directory)


def _user(directory: Path) -> str | None:
    if os.geteuid() == 0:
        return "user nodes are for ordinary users; root has system nodes"
    return missing_programs(_USER) or _probe("user", directory)


def detect(mode: str, state_dir: Path | None = None) -> HostStatus:
    """What nodes this machine allows, by trying it.

    ``mode`` is ``auto``, ``system``, ``user`` or ``none``. The answer's mode is
    the one asked for (with ``auto``, the one that fits this user), or ``none``
    with the reason and what would allow it. ``state_dir`` is where the nodes'
    disks will be.
    """
    if mode == "none":
        return HostStatus("none", "Nodes are switched off with --nodes none.")
    if not sys.platform.startswith("linux"):
        return HostStatus("none", f"nodes need Linux and this is {sys.platform}: use a Linux VM")
    directory = state_dir if state_dir and state_dir.is_dir() else Path(tempfile.gettempdir())
    if mode == "auto":
        mode = "system" if os.geteuid() == 0 else "user"
    if mode == "system":
        reason = _system(directory)
        return HostStatus("none", reason) if reason else HostStatus("system")
    if mode == "user":
        reason = _user(directory)
        return HostStatus("none", reason) if reason else HostStatus("user")
    raise ValueError(f"unknown mode {mode!r}")


def start_agent(
    state_dir: Path, mode: str, cloud_ports: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    """Start the node agent of one cloud; it stops when this process ends.

    ``cloud_ports`` are ports on the host's 127.0.0.1 that nodes reach as
    169.254.169.254. The log is ``agent.log`` in ``state_dir``, the socket
    ``agent.sock``: see ``AgentClient.wait_ready``. SIGTERM shuts the nodes
    down and keeps their disks.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    prefix = user_namespace() if mode == "user" else []
    command = [*prefix, sys.executable, "-m", "disco.embedded.nodes.agent"]
    command += ["--state", str(state_dir), "--mode", mode, "--parent", str(os.getpid())]
    for port in cloud_ports:
        command += ["--relay-port", str(port)]
    with (state_dir / "agent.log").open("ab") as output:
        return subprocess.Popen(
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C is for the cloud, which stops its agent itself
            start_new_session=True,
        )


def discard_state(state_dir: Path) -> None:
    """Remove the nodes' directory of a cloud whose agent was stopped.

    An ordinary user cannot do that with ``rm``: files on the nodes' disks
    belong to the user's subordinate ids.
    """
    prefix = [] if os.geteuid() == 0 else user_namespace()
    command = [*prefix, "rm", "-rf", "--", str(state_dir)]
    subprocess.run(command, env=_environment(), check=True, capture_output=True)
