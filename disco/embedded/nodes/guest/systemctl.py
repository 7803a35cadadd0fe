"""``systemctl`` and ``journalctl`` without systemd: what installation scripts use of them."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import units
from .init import ask
from .services import LOGS

_ETC = Path("/etc/systemd/system")
_NO_SUCH_UNIT = 5
_INACTIVE = 3


def enable(name: str, on: bool) -> int:
    """Make or remove the links that the unit's ``[Install]`` section asks for."""
    unit = units.load(name)
    file = units.find(name)
    if unit is None or file is None:
        print(f"Failed to enable unit: Unit file {name} does not exist.", file=sys.stderr)
        return 1
    for kind in ("wants", "requires"):
        setting = "Install.WantedBy" if kind == "wants" else "Install.RequiredBy"
        for target in unit.names(setting):
            link = _ETC / f"{target}.{kind}" / name
            link.unlink(missing_ok=True)
            if on:
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file)
    return 0


def is_enabled(name: str) -> int:
    """Print whether the unit starts at boot."""
    file = units.find(name)
    if file is None:
        print(f"Failed to get unit file state for {name}: No such file", file=sys.stderr)
        return 1
    if file.resolve() == Path("/dev/null"):
        print("masked")
        return 1
    unit = units.load(name)
    if unit is not None and not unit.names("Install.WantedBy"):
        print("static")
        return 0
    enabled = any(_ETC.glob(f"*.wants/{name}"))
    print("enabled" if enabled else "disabled")
    return 0 if enabled else 1


def mask(name: str, on: bool) -> int:
    """Link the unit to nothing, or remove that link."""
    link = _ETC / name
    if on:
        if link.exists() and not link.is_symlink():
            print(f"Failed to mask unit: File {link} already exists.", file=sys.stderr)
            return 1
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    elif link.is_symlink() and link.resolve() == Path("/dev/null"):
        link.unlink()
    return 0


def _act(verb: str, name: str, quiet: bool) -> int:
    answer = ask({"verb": verb, "unit": name})
    if answer["state"] == "not-found":
        if name.endswith((".target", ".socket", ".timer", ".mount")):
            return 0
        if not quiet:
            print(f"Failed to {verb} {name}: Unit {name} not found.", file=sys.stderr)
        return _NO_SUCH_UNIT
    if not answer["ok"]:
        print(f"Job for {name} failed. See: journalctl -u {name}", file=sys.stderr)
    return 0 if answer["ok"] else 1


def _is(wanted: str, name: str, quiet: bool) -> int:
    state = str(ask({"verb": "show", "unit": name})["state"])
    shown = "inactive" if state == "not-found" else state
    if not quiet:
        print(shown)
    return 0 if shown == wanted else (_INACTIVE if wanted == "active" else 1)


def _status(name: str) -> int:
    answer = ask({"verb": "show", "unit": name})
    print(f"{name}\n     Active: {answer['state']}\n   Main PID: {answer.get('pid', 0)}")
    tail(name, 10)
    return 0 if answer["state"] == "active" else _INACTIVE


def _show(name: str, options: Sequence[str]) -> int:
    answer = ask({"verb": "show", "unit": name})
    values = {
        "ActiveState": "inactive" if answer["state"] == "not-found" else answer["state"],
        "SubState": "running" if answer["state"] == "active" else "dead",
        "LoadState": "not-found" if answer["state"] == "not-found" else "loaded",
        "MainPID": str(answer.get("pid", 0)),
        "ExecMainStatus": str(answer.get("status", 0)),
        "Result": "exit-code" if answer["state"] == "failed" else "success",
    }
    wanted = [w for o in options if o.startswith(("-p", "--property")) for w in _names(o)]
    for key in wanted or values:
        value = values.get(key, "")
        print(value if "--value" in options else f"{key}={value}")
    return 0


def _names(option: str) -> list[str]:
    return option.removeprefix("--property").removeprefix("-p").lstrip("=").split(",")


def tail(pattern: str, lines: int) -> None:
    """Print the last lines that services wrote."""
    for file in sorted(LOGS.glob("*")):
        if fnmatch.fnmatch(file.name, pattern):
            for line in file.read_text("utf-8", "replace").splitlines()[-lines:]:
                print(line)


def one(verb: str, name: str, options: Sequence[str]) -> int:
    """Carry out one verb for one unit."""
    quiet = "-q" in options or "--quiet" in options
    aliases = {"try-restart": "restart", "reload-or-restart": "restart", "kill": "stop"}
    verb = aliases.get(verb, verb)
    if verb in {"enable", "disable"}:
        code = enable(name, verb == "enable")
        if "--now" in options and not code:
            code = _act("start" if verb == "enable" else "stop", name, quiet)
        return code
    if verb in {"mask", "unmask"}:
        return mask(name, verb == "mask")
    if verb == "is-enabled":
        return is_enabled(name)
    if verb in {"is-active", "is-failed"}:
        return _is(verb.removeprefix("is-"), name, quiet)
    if verb == "status":
        return _status(name)
    if verb == "show":
        return _show(name, options)
    if verb in {"start", "stop", "restart", "reload", "reset-failed"}:
        if "--no-block" in options:
            command = [sys.executable, "-m", "guest.systemctl", verb, name]
            subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
            return 0
        return _act(verb, name, quiet)
    print(f"systemctl {verb} does nothing on this node", file=sys.stderr)
    return 0


def expand(patterns: Sequence[str]) -> list[str]:
    """The units that names and patterns stand for."""
    names: list[str] = []
    for pattern in patterns:
        if not any(c in pattern for c in "*?["):
            names.append(units.full_name(pattern))
            continue
        for directory in units.DIRECTORIES:
            matches = {file.name for file in Path(directory).glob(units.full_name(pattern))}
            names += sorted(matches - set(names))
    return names


def systemctl(arguments: Sequence[str]) -> int:
    """The command."""
    options = [a for a in arguments if a.startswith("-")]
    for index, argument in enumerate(arguments):  # "-p NAME" is one option
        if argument in {"-p", "--property"} and index + 1 < len(arguments):
            options.append(f"-p{arguments[index + 1]}")
    taken = {o[2:] for o in options if o.startswith("-p")}
    words = [a for a in arguments if not a.startswith("-") and a not in taken]
    verb, names = (words[0], words[1:]) if words else ("list-units", [])
    if verb in {"poweroff", "reboot", "halt"}:
        ask({"verb": "reboot" if verb == "reboot" else "poweroff"})
        return 0
    if verb == "is-system-running":
        print(ask({"verb": "phase"})["state"])
        return 0
    results = [one(verb, name, options) for name in expand(names)]
    if verb in {"is-active", "is-failed"}:
        return min(results, default=1)
    return max(results, default=0)


def journalctl(arguments: Sequence[str]) -> int:
    """Print what services wrote: ``-u UNIT`` and ``-n LINES`` count, all else is taken as given."""
    pattern, lines = "*", 1000
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if option in {"-u", "--unit"}:
            pattern = units.full_name(value)
        elif option in {"-n", "--lines"} and value.isdigit():
            lines = int(value)
    tail(pattern, lines)
    return 0


if __name__ == "__main__":
    given = sys.argv[1:]
    raise SystemExit(journalctl(given[1:]) if given[:1] == ["journal"] else systemctl(given))
