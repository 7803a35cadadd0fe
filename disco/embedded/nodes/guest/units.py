"""Reads service units, as far as nodes without systemd understand them (systemd.unit(5))."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

DIRECTORIES = ("/etc/systemd/system", "/run/systemd/system", "/lib/systemd/system")


def parse(text: str) -> dict[str, list[str]]:
    """Settings as ``Section.Name`` with all their values; an empty value forgets those before."""
    settings: dict[str, list[str]] = {}
    section = ""
    text = re.sub(r"\\\n(?:[#;].*\n)*", " ", text)
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if match := re.fullmatch(r"\[(.+)\]", line):
            section = match[1]
        elif "=" in line:
            name, _, value = line.partition("=")
            key = f"{section}.{name.strip()}"
            if value.strip():
                settings.setdefault(key, []).append(value.strip())
            else:
                settings[key] = []
    return settings


def seconds(text: str) -> float:
    """A time span such as ``5``, ``500ms`` or ``1min 30s``."""
    if text.strip() in {"infinity", "0"}:
        return float("inf")
    units = {"us": 1e-6, "ms": 1e-3, "": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}
    parts = re.findall(r"([\d.]+)\s*([a-z]*)", text)
    return sum(float(number) * units.get(unit, 1) for number, unit in parts)


def environment_file(text: str) -> dict[str, str]:
    """Variables of an ``EnvironmentFile``."""
    variables = {}
    for line in text.splitlines():
        if match := re.match(r"\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$", line):
            try:
                variables[match[1]] = "".join(shlex.split(match[2]))
            except ValueError:
                variables[match[1]] = match[2]
    return variables


@dataclass(frozen=True)
class Command:
    """One ``Exec...`` line; with ``-`` before it, its failure does not count."""

    words: tuple[str, ...]
    may_fail: bool = False

    @classmethod
    def of(cls, line: str) -> Command:
        """Split the line as systemd does."""
        prefix = re.match(r"[@:+!-]*", line)
        flags = prefix[0] if prefix else ""
        return cls(tuple(shlex.split(line[len(flags) :])), "-" in flags)

    def expand(self, environment: Mapping[str, str]) -> list[str]:
        """The words with variables replaced: ``$NAME`` alone may become several."""
        words: list[str] = []
        for word in self.words:
            if match := re.fullmatch(r"\$(\w+)", word):
                words += shlex.split(environment.get(match[1], ""))
            else:
                text = re.sub(r"\$\{(\w+)\}", lambda m: environment.get(m[1], ""), word)
                words.append(text.replace("$$", "$"))
        return words


@dataclass(frozen=True)
class Unit:
    """A service unit."""

    name: str
    settings: Mapping[str, list[str]] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        """Every value of a setting."""
        return list(self.settings.get(name, []))

    def one(self, name: str, default: str = "") -> str:
        """The last value of a setting."""
        return (self.settings.get(name) or [default])[-1]

    def names(self, name: str) -> list[str]:
        """The values of a setting that lists units."""
        return [word for value in self.all(name) for word in value.split()]

    def commands(self, name: str) -> list[Command]:
        """The commands of an ``Exec...`` setting."""
        return [Command.of(line) for line in self.all(f"Service.{name}")]

    @property
    def type(self) -> str:
        """The service type; those that need D-Bus or a socket count as ``simple``."""
        kind = self.one("Service.Type", "simple")
        return kind if kind in {"oneshot", "forking"} else "simple"

    def wants_restart(self, status: int) -> bool:
        """Whether the service is to be started again after it ended with ``status``."""
        policy = self.one("Service.Restart", "no")
        never = self.one("Service.RestartPreventExitStatus").split()
        if str(status) in never:
            return False
        if policy == "always":
            return True
        if policy == "on-success":
            return status == 0
        if policy in {"on-abnormal", "on-abort", "on-watchdog"}:
            return status < 0
        return policy == "on-failure" and status != 0


def full_name(name: str) -> str:
    """The name with its ending."""
    ending = re.search(r"\.(service|target|socket|timer|mount|path)$", name)
    return name if ending else f"{name}.service"


def find(name: str, root: Path = Path("/")) -> Path | None:
    """The unit file, that of the template for an instance; None when there is none."""
    names = [name]
    if match := re.fullmatch(r"(.+@)(.+)(\.\w+)", name):
        names.append(match[1] + match[3])
    for directory in DIRECTORIES:
        for each in names:
            file = root / directory.lstrip("/") / each
            if file.exists() or file.is_symlink():
                return file
    return None


def load(name: str, root: Path = Path("/")) -> Unit | None:
    """The unit with its drop-ins; None when there is none or it is masked."""
    file = find(name, root)
    if file is None or file.resolve() == Path("/dev/null"):
        return None
    text = file.read_text("utf-8", "replace")
    for directory in DIRECTORIES:
        for more in sorted((root / directory.lstrip("/") / f"{name}.d").glob("*.conf")):
            text += "\n" + more.read_text("utf-8", "replace")
    stem = name.rsplit(".", 1)[0]
    instance = stem.partition("@")[2]
    for specifier, value in (("%n", name), ("%N", stem), ("%i", instance), ("%I", instance)):
        text = text.replace(specifier, value)
    return Unit(name, parse(text.replace("%%", "%")))


def order_units(units: Iterable[Unit]) -> list[Unit]:
    """The units in an order that heeds ``After`` and ``Before``."""
    known = {unit.name: unit for unit in units}
    before = {name: set(unit.names("Unit.After")) & set(known) for name, unit in known.items()}
    for name, unit in known.items():
        for later in set(unit.names("Unit.Before")) & set(known):
            before[later].add(name)
    order: list[Unit] = []
    waiting = sorted(known)
    while waiting:
        ready = [n for n in waiting if not before[n] & set(waiting) - {n}]
        for name in ready or waiting[:1]:  # a cycle is broken at its first member
            order.append(known[name])
            waiting.remove(name)
    return order
