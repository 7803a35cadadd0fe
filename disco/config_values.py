"""Values of a configuration file: each is what it should be, or a fault that names it.

A value that is empty counts as not given. Comments behind values, which the ConfigParser of
Python 2 took off where they began with a semicolon, are taken off with a warning.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from disco.errors import Fault
from disco.untrusted import Malformed, read_int

BOOLEANS = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip
#: characters of a value that are repeated in a fault
SHOWN = 64
_COMMENT = re.compile(r"(?:^|\s);.*", re.S)
_NO_COMMENT = re.compile(r"\s#")
#: what is in no URL: blanks, and what stands around placeholders
_NOT_IN_URL = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})?|\[?[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\]?")


class ConfigValues:
    """One configuration file, with the faults and warnings so far."""

    def __init__(self, path: Path, parser: configparser.ConfigParser) -> None:
        self.base = path.resolve().parent
        self.path = path
        self.parser = parser
        self.faults: list[Fault] = []
        self.warnings: list[str] = []

    def fault(self, section: str, key: str, message: str, allowed: str | None = None) -> None:
        """Note a fault of one key; each fault once."""
        found = Fault(f"[{section}] {key}", message, allowed, "configuration")
        if found not in self.faults:
            self.faults.append(found)

    def get(self, section: str, key: str, default: str = "") -> str:
        """The text of a key, or ``default`` where it has none."""
        value = self.parser.get(section, key, fallback="").strip()
        if "\n" in value:
            self.fault(section, key, "continues on an indented line", "a value on one line")
            value = value.partition("\n")[0].strip()
        bare = _COMMENT.sub("", value).strip()
        if bare != value:
            warning = (
                f"{self.path}: [{section}] {key}: the comment behind the value is left out;"
                " put it on a line of its own"
            )
            if warning not in self.warnings:
                self.warnings.append(warning)
        if _NO_COMMENT.search(bare):
            self.fault(section, key, f"{shown(bare)} has a # in it", "comments on their own lines")
        return bare or default

    def file(self, section: str, key: str, value: str) -> Path:
        """A path relative to the file's folder; a fault where there can be no such file."""
        try:
            path = self.base / Path(value).expanduser()
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                path.stat()
        except (OSError, RuntimeError, ValueError) as error:
            # a name that is too long, the home of nobody, a zero byte
            reason = getattr(error, "strerror", None) or str(error)
            self.fault(section, key, f"{shown(value)} is no path: {reason}", "the path of a file")
            return self.base
        return path

    def readable(self, section: str, key: str, value: str) -> Path:
        """A file that is there and can be read."""
        path = self.file(section, key, value)
        if not path.is_file():
            self.fault(section, key, f"there is no file {path}")
        elif not os.access(path, os.R_OK):
            self.fault(section, key, f"the file {path} cannot be read by this user")
        return path

    def optional_file(self, section: str, key: str) -> Path | None:
        """A file that is there, if one is named."""
        value = self.get(section, key)
        return self.readable(section, key, value) if value else None

    def folders(self, section: str, key: str) -> tuple[Path, ...]:
        """Folders that are there, with ":" between them."""
        parts = filter(None, map(str.strip, self.get(section, key).split(":")))
        found = tuple(self.file(section, key, part) for part in parts)
        for folder in found:
            if not folder.is_dir():
                self.fault(section, key, f"there is no folder {folder}")
            elif not os.access(folder, os.R_OK | os.X_OK):
                self.fault(section, key, f"the folder {folder} cannot be read by this user")
        return found

    def log_file(self, section: str, key: str, default: str) -> Path | None:
        """A file that lines can be added to; None where none is wanted."""
        value = self.get(section, key, default)
        if value.lower() in ("-", "off"):
            return None
        path = self.file(section, key, value)
        if path.is_dir():
            self.fault(section, key, f"{path} is a folder", "the path of a file")
        elif not path.parent.is_dir():
            self.fault(section, key, f"there is no folder {path.parent}")
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            self.fault(section, key, f"{path} cannot be written by this user")
        return path

    def certificates(self, section: str, key: str) -> bool | str:
        """Whether certificates are checked, or the file or folder of those that are trusted."""
        value = self.get(section, key, "True")
        if value.lower() in BOOLEANS:
            return BOOLEANS[value.lower()]
        path = self.file(section, key, value)
        if path.is_dir():
            return str(path)
        before = len(self.faults)
        self.readable(section, key, value)
        if len(self.faults) == before:
            try:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.load_verify_locations(path)
            except (OSError, ValueError):
                message = f"{path} has no certificates"
                self.fault(section, key, message, "True, False, or certificates of CAs in PEM")
        return str(path)

    def url(self, section: str, key: str) -> str | None:
        """A URL of HTTP, without a slash at its end; None where none is given."""
        value = self.get(section, key)
        if not value:
            return None
        if reason := wrong_url(value):
            self.fault(section, key, f"{shown(value)} {reason}", "http://... or https://...")
        return value.rstrip("/")

    def host(self, section: str, key: str, default: str = "") -> str:
        """A host name or an address."""
        value = self.get(section, key, default)
        if value and not _HOST.fullmatch(value):
            allowed = "the name or address of a host, without a port"
            self.fault(section, key, f"{shown(value)} is not a host", allowed)
        return value

    def number(self, section: str, key: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.get(section, key, str(default))
        try:
            return read_int(value, low, high)
        except Malformed:
            self.fault(section, key, f"{shown(value)} is out of range", f"{low} to {high}")
            return default

    def boolean(self, section: str, key: str, default: bool) -> bool:
        """True or False, in the words that are usual."""
        value = self.get(section, key, str(default)).lower()
        if value not in BOOLEANS:
            self.fault(section, key, f"{shown(value)} is not a truth value", "True or False")
        return BOOLEANS.get(value, default)

    def choice(self, section: str, key: str, *allowed: str) -> str:
        """One of some words; the first is the default."""
        value = self.get(section, key, allowed[0]).lower()
        if value not in allowed:
            self.fault(section, key, f"unknown value {shown(value)}", ", ".join(allowed))
        return value


def shown(value: str) -> str:
    """A value as a fault repeats it."""
    return repr(value if len(value) <= SHOWN else f"{value[:SHOWN]}...")


def wrong_url(text: str) -> str | None:
    """Why a text is no address of a service, as the end of a sentence; None if it is one."""
    if found := _NOT_IN_URL.search(text):
        return "has a blank in it" if found[0].isspace() else f"has {found[0]!r} in it"
    try:
        parts = urlsplit(text)
        # a port that is none raises as late as it is asked for
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        return "is not a URL"
    if "@" in parts.netloc:
        return "has a user or a password in it"
    if parts.query or parts.fragment:
        return "has ? or # in it"
    return None
