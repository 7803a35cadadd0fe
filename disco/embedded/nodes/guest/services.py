"""Starts, watches and stops services for PID 1 of a node without systemd."""

from __future__ import annotations

import pwd
import shlex
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import units
from .processes import Processes, send, session
from .units import Command, Unit

LOGS = Path("/run/disco-init/log")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: so many starts within so many seconds are given up as a loop, if the unit says nothing else
_BURST, _BURST_S = "5", "10s"


@dataclass
class Service:
    """A unit that was started once, and how it is."""

    unit: Unit
    state: str = "inactive"
    pid: int = 0
    status: int = 0
    stopping: bool = False
    starts: list[float] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Services:
    """All services of the node."""

    def __init__(self, processes: Processes, say: Callable[[str], None]) -> None:
        self._processes = processes
        self._say = say
        self._lock = threading.Lock()
        self._services: dict[str, Service] = {}
        LOGS.mkdir(parents=True, exist_ok=True)

    def get(self, name: str) -> Service | None:
        """The service of that name, with its unit file read anew when it does not run."""
        with self._lock:
            service = self._services.get(name)
            if service and service.state in {"active", "activating", "deactivating"}:
                return service
            unit = units.load(name)
            if unit is None:
                return service
            if service is None:
                service = self._services[name] = Service(unit)
            service.unit = unit
            return service

    def running(self) -> list[str]:
        """The names of services that run."""
        with self._lock:
            return [n for n, s in self._services.items() if s.state == "active"]

    # -- start ---------------------------------------------------------------

    def start(self, name: str, seen: frozenset[str] = frozenset()) -> bool:
        """Start a service and those that it requires; whether it runs then."""
        service = self.get(name)
        if service is None:
            return False
        for needed in service.unit.names("Unit.Requires") + service.unit.names("Unit.Wants"):
            if needed.endswith(".service") and needed not in seen and _ours(needed):
                self.start(needed, seen | {name})
        with service.lock:
            if service.state == "active":
                return True
            service.stopping = False
            service.starts.clear()
            return self._launch(service)

    def _launch(self, service: Service) -> bool:
        if _loops(service):
            self._set(service, "failed", "starts and ends again and again; given up")
            return False
        self._set(service, "activating")
        unit = service.unit
        try:
            environment = _environment(unit)
            for command in unit.commands("ExecStartPre"):
                if self._run(service, command, environment) != 0 and not command.may_fail:
                    self._set(service, "failed", "ExecStartPre failed")
                    return False
            ok = self._launch_main(service, environment)
            if ok:
                for command in unit.commands("ExecStartPost"):
                    self._run(service, command, environment)
        except (OSError, ValueError, KeyError) as exc:
            self._set(service, "failed", str(exc))
            return False
        return ok

    def _launch_main(self, service: Service, environment: dict[str, str]) -> bool:
        unit = service.unit
        if unit.type in {"oneshot", "forking"}:
            for command in unit.commands("ExecStart"):
                service.status = self._run(service, command, environment)
                if service.status and not command.may_fail:
                    self._set(service, "failed", f"ended with status {service.status}")
                    return False
            stays = unit.type == "forking" or unit.one("Service.RemainAfterExit") in {
                "yes",
                "true",
                "1",
            }
            service.pid = _pid_file(unit)
            self._set(service, "active" if stays else "inactive")
            return True
        command = unit.commands("ExecStart")[-1]
        service.pid = self._start(service, command, environment)
        self._set(service, "active")
        threading.Thread(target=self._watch, args=(service, service.pid), daemon=True).start()
        return True

    def _start(self, service: Service, command: Command, environment: dict[str, str]) -> int:
        unit = service.unit
        words = command.expand(environment)
        directory = unit.one("Service.WorkingDirectory", "/").lstrip("-")
        if directory == "~":
            directory = environment.get("HOME", "/")
        user = unit.one("Service.User") or None
        options: dict[str, object] = {"env": environment, "cwd": directory}
        options["files"] = _files_limit(unit)
        if user:
            group = unit.one("Service.Group") or None
            prefix = ["setpriv", f"--reuid={user}", "--init-groups"]
            words = [*prefix, f"--regid={group or _group_of(user)}", "--", *words]
        append = unit.one("Service.StandardOutput").partition("append:")[2]
        with (Path(append) if append else LOGS / unit.name).open("ab") as log:
            return self._processes.start(words, stdout=log, stderr=log, **options)

    def _run(self, service: Service, command: Command, environment: dict[str, str]) -> int:
        status = self._processes.wait(self._start(service, command, environment))
        return 0 if status is None else status

    def _watch(self, service: Service, pid: int) -> None:
        status = self._processes.wait(pid)
        with service.lock:
            if service.pid != pid:
                return
            service.status = status or 0
            send(session(pid), signal.SIGKILL)
            if service.stopping:
                self._set(service, "inactive")
                return
            if not service.unit.wants_restart(service.status):
                failed = service.status not in {0, -signal.SIGTERM}
                text = f"ended with status {service.status}" if failed else ""
                self._set(service, "failed" if failed else "inactive", text)
                return
            self._set(service, "activating", f"ended with status {service.status}; restarts")
        time.sleep(min(units.seconds(service.unit.one("Service.RestartSec", "100ms")), 60))
        with service.lock:
            if not service.stopping and service.pid == pid:
                self._launch(service)

    # -- stop ----------------------------------------------------------------

    def stop(self, name: str) -> bool:
        """Stop a service; False when there is none of that name."""
        service = self.get(name)
        if service is None:
            return False
        service.stopping = True
        with service.lock:
            pid, unit = service.pid, service.unit
            if service.state not in {"active", "activating"}:
                return True
            environment = _environment(unit) | {"MAINPID": str(pid)}
            for command in unit.commands("ExecStop"):
                self._run(service, command, environment)
            self._set(service, "deactivating")
        if pid:
            number = getattr(signal, unit.one("Service.KillSignal", "SIGTERM"), signal.SIGTERM)
            send(session(pid), number)
            limit = min(units.seconds(unit.one("Service.TimeoutStopSec", "10")), 90)
            deadline = time.monotonic() + limit
            while session(pid) and time.monotonic() < deadline:
                time.sleep(0.02)
            send(session(pid), signal.SIGKILL)
        with service.lock:
            self._set(service, "inactive")
        return True

    def reload(self, name: str) -> bool:
        """Run what the unit has for reloading."""
        service = self.get(name)
        if service is None or service.state != "active":
            return False
        environment = _environment(service.unit) | {"MAINPID": str(service.pid)}
        commands = service.unit.commands("ExecReload")
        return all(self._run(service, command, environment) == 0 for command in commands)

    def forget_failure(self, name: str) -> None:
        """Make a failed service inactive."""
        service = self.get(name)
        if service and service.state == "failed":
            self._set(service, "inactive")

    def _set(self, service: Service, state: str, text: str = "") -> None:
        service.state = state
        if text or state in {"active", "failed"}:
            self._say(f"{service.unit.name}: {state}{': ' if text else ''}{text}")


def _loops(service: Service) -> bool:
    """Note a start; whether there were more of them lately than the unit allows."""
    span = service.unit.one("Unit.StartLimitIntervalSec", _BURST_S)
    if span in {"0", "infinity"}:
        return False
    now = time.monotonic()
    service.starts = [t for t in service.starts if now - t < units.seconds(span)] + [now]
    return len(service.starts) > int(service.unit.one("Unit.StartLimitBurst", _BURST))


def _files_limit(unit: Unit) -> int:
    """How many open files the unit asks for; 0 for no wish."""
    text = unit.one("Service.LimitNOFILE").partition(":")[0]
    return int(text) if text.isdigit() else 0


def _ours(name: str) -> bool:
    """Whether a node without systemd runs this unit: not systemd's own, nor cloud-init's."""
    return not name.startswith(("systemd-", "cloud-", "dbus", "e2scrub", "getty", "console-"))


def startable(name: str) -> bool:
    """Whether an enabled unit is to be started at boot."""
    return name.endswith(".service") and _ours(name)


def _environment(unit: Unit) -> dict[str, str]:
    variables = {"PATH": _PATH, "LANG": "C.UTF-8"}
    user = unit.one("Service.User")
    if user:
        entry = pwd.getpwnam(user)
        variables |= {"USER": user, "LOGNAME": user, "HOME": entry.pw_dir, "SHELL": entry.pw_shell}
    for value in unit.all("Service.Environment"):
        for pair in shlex.split(value):
            name, _, text = pair.partition("=")
            variables[name] = text
    for value in unit.all("Service.EnvironmentFile"):
        file = Path(value.lstrip("-"))
        if file.exists() or not value.startswith("-"):
            variables |= units.environment_file(file.read_text("utf-8"))
    for kind, root in (("Runtime", "/run"), ("State", "/var/lib"), ("Logs", "/var/log")):
        for name in unit.names(f"Service.{kind}Directory"):
            directory = Path(root, name)
            directory.mkdir(parents=True, exist_ok=True)
            if user:
                shutil.chown(directory, user)
    return variables


def _group_of(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _pid_file(unit: Unit) -> int:
    file = unit.one("Service.PIDFile")
    try:
        return int(Path(file).read_text("ascii")) if file else 0
    except (OSError, ValueError):
        return 0
